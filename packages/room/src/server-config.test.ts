import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { createServerConfig, readServerConfig } from './server-config.ts';

const origin = 'http://localhost:8787';

it('takes signaling and ICE servers from a well-formed answer', () => {
  const iceServers = [{ urls: 'turn:turn.example', username: 'u', credential: 'c' }];
  expect(readServerConfig({ signaling: 'wss://meet.example/signal', iceServers }, origin)).toEqual({
    signaling: 'wss://meet.example/signal',
    iceServers,
  });
});

it('defaults to the page origin over ws, or wss where the page is https', () => {
  expect(readServerConfig(undefined, origin).signaling).toBe('ws://localhost:8787/signal');
  expect(readServerConfig({}, 'https://a.example').signaling).toBe('wss://a.example/signal');
});

it('is total: no answer makes it throw or return something unusable', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      const config = readServerConfig(json, origin);
      expect(config.signaling).toMatch(/^wss?:/);
      for (const server of config.iceServers) expect(server.urls).toBeDefined();
    }),
  );
});

it('is asked for once, and again only where there was no answer', async () => {
  const answers = [
    () => Promise.reject(new TypeError('offline')),
    () => Promise.resolve(new Response('<!doctype html>')),
    () => Promise.resolve(Response.json({ signaling: 'wss://meet.example/signal' })),
  ];
  let asked = 0;
  vi.stubGlobal('fetch', (url: string, options: RequestInit) => {
    expect(url).toBe(`${origin}/config.json`);
    expect(options.signal).toBeInstanceOf(AbortSignal);
    return answers[asked++]?.();
  });
  try {
    const config = createServerConfig(origin);
    expect((await config()).signaling).toBe('ws://localhost:8787/signal');
    expect((await config()).signaling).toBe('ws://localhost:8787/signal');
    const both = await Promise.all([config(), config()]);
    for (const { signaling } of both) expect(signaling).toBe('wss://meet.example/signal');
    expect(asked).toBe(3);
  } finally {
    vi.unstubAllGlobals();
  }
});
