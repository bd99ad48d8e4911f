import { sha256 } from '@noble/hashes/sha2.js';
import { concat, label, utf8 } from '@grapevine/wire';
import type { Transport } from '@grapevine/ports';
import { closeOf, openPair, runTransportTests, sessionPair } from '@grapevine/ports/conformance';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createTabsTransport } from './transport.ts';

runTransportTests('the tabs transport', () => ({
  createTransport: () => createTabsTransport({ channelName: 'conformance', hash: sha256 }),
  bindings: 'per-channel',
}));

describe('the tabs transport', () => {
  const transports: Transport[] = [];
  const channels: BroadcastChannel[] = [];
  const make = (options: Partial<Parameters<typeof createTabsTransport>[0]> = {}): Transport => {
    const transport = createTabsTransport({ channelName: 'tabs', hash: sha256, ...options });
    transports.push(transport);
    return transport;
  };
  const channelOf = (name: string): BroadcastChannel => {
    const channel = new BroadcastChannel(name);
    channels.push(channel);
    return channel;
  };

  afterEach(() => {
    for (const transport of transports.splice(0)) transport.close();
    for (const channel of channels.splice(0)) channel.close();
  });

  it('S4: the binding is the hash of the label and the channel name', async () => {
    const { low } = await openPair(make(), make());
    expect(low.binding).toEqual(sha256(concat(label('tabs'), utf8('tabs'))));
  });

  it('keeps two channel names apart', async () => {
    const [lower, higher] = sessionPair();
    const timers: (() => void)[] = [];
    const clock = {
      now: () => 0,
      monotonic: () => 0,
      after: (_: number, callback: () => void) => {
        timers.push(callback);
        return () => undefined;
      },
    };
    const one = make({ channelName: 'one', clock }).connect(lower, higher, () => undefined);
    const two = make({ channelName: 'two' }).connect(higher, lower, () => undefined);
    const bystander = await openPair(make({ channelName: 'one' }), make({ channelName: 'one' }));
    expect(bystander.low.queuedBytes).toBe(0);
    for (const fire of timers) fire();
    await expect(one.opened).rejects.toMatchObject({ code: 'link-failed' });
    two.abort();
    await expect(two.opened).rejects.toMatchObject({ code: 'link-aborted' });
  });

  it('a dial the other tab gives up fails here', async () => {
    const [lower, higher] = sessionPair();
    const calls = channelOf('tabs calls');
    const attempt = new Promise<string>((resolve) => {
      calls.onmessage = (event: MessageEvent<{ attempt: string }>) => resolve(event.data.attempt);
    });
    const pending = make().connect(lower, higher, () => undefined);
    channelOf(`tabs link ${await attempt}`).postMessage({ kind: 'close' });
    await expect(pending.opened).rejects.toMatchObject({ code: 'link-failed' });
  });

  it('whatever else is said on its channels changes nothing', async () => {
    const [lower, higher] = sessionPair();
    const calls = channelOf('tabs calls');
    const attempt = new Promise<string>((resolve) => {
      calls.onmessage = (event: MessageEvent<{ attempt: string }>) => resolve(event.data.attempt);
    });
    const noise: unknown[] = [
      null,
      7,
      'open',
      {},
      { kind: 'open', from: lower, to: higher, attempt: 'x' },
      { kind: 'open', from: lower, to: higher, attempt: 5 },
      { kind: 'open', from: lower, to: 'nobody', attempt: '0011223344556677' },
      { kind: 'ask', from: 9, to: higher },
      { kind: 'data', bytes: 'text' },
      { kind: 'data', bytes: new Uint8Array(0) },
      { kind: 'data', bytes: new Uint8Array(65_537) },
      { kind: 'locked', lock: 'x'.repeat(1_000) },
      { kind: 'accept', extra: new Map() },
    ];
    const low = make().connect(lower, higher, () => undefined);
    const link = channelOf(`tabs link ${await attempt}`);
    const high = make().connect(higher, lower, () => undefined);
    for (const message of noise) calls.postMessage(message);
    const ends = await Promise.all([low.opened, high.opened]);
    for (const message of noise) link.postMessage(message);
    const arrived = new Promise((resolve) => (ends[1].onMessage = resolve));
    ends[0].send(Uint8Array.of(3));
    expect(await arrived).toEqual(Uint8Array.of(3));
  });

  it('an end that holds more unread messages than a link may hold is closed', async () => {
    const { low, high } = await openPair(make(), make());
    const lost = closeOf(low);
    for (let i = 0; i < 17; i++) low.send(new Uint8Array(65_536));
    expect(await lost).toBe('lost');
    expect(await closeOf(high)).toBe('lost');
  });

  it('without locks a link works as well', async () => {
    const request = vi.fn(() => Promise.reject(new Error('not here')));
    const { low, high } = await openPair(make({ locks: undefined }), make({ locks: { request } }));
    const arrived = new Promise((resolve) => (high.onMessage = resolve));
    low.send(Uint8Array.of(1));
    expect(await arrived).toEqual(Uint8Array.of(1));
    expect(request).toHaveBeenCalled();
  });
});
