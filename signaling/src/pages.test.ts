import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError } from './config.ts';
import { contentSecurityPolicy } from './headers.ts';
import { createServer } from './server.ts';
import { member, serve, topicA } from './testing/harness.ts';

const root = mkdtempSync(join(tmpdir(), 'grapevine-site-'));
const staticDir = join(root, 'site');
const script = 'console.log("hello");\n'.repeat(200);

beforeAll(() => {
  mkdirSync(join(staticDir, 'assets'), { recursive: true });
  writeFileSync(join(root, 'secret.txt'), 'secret');
  writeFileSync(join(staticDir, 'index.html'), '<!doctype html><title>Grapevine</title>');
  writeFileSync(join(staticDir, 'sw.js'), 'self;');
  writeFileSync(join(staticDir, 'assets', 'app-1a2b.js'), script);
  writeFileSync(join(staticDir, 'app.webmanifest'), '{}');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** fetch() tidies a path up before it sends it; this does not. */
function rawGet(
  port: number,
  path: string,
  method = 'GET',
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on('error', reject).end();
  });
}

describe('reports', () => {
  test('health counts sockets and topics and names nobody', async () => {
    const { joined, origin, health } = await serve();
    await joined(topicA, member(1));
    await joined(topicA, member(2));
    expect(await health()).toMatchObject({ status: 'ok', sockets: 2, topics: 1 });
    const response = await fetch(`${origin}/health`);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const text = await response.text();
    expect(text).not.toContain(topicA);
    expect(text).not.toContain(member(1));
  });

  test('a connection is kept for the next request for longer than a proxy keeps its own', async () => {
    const { origin } = await serve();
    const { headers } = await fetch(`${origin}/health`);
    expect(headers.get('keep-alive')).toBe('timeout=65');
  });

  test('config.json tells the app where things are', async () => {
    const iceServers = [{ urls: 'stun:stun.example.org' }];
    const signalingUrl = 'wss://signal.example.org/signal';
    const lanHosts = ['192.0.2.4'];
    const { origin, port } = await serve({ iceServers, signalingUrl, lanHosts });
    const response = await fetch(`${origin}/config.json`);
    expect(await response.json()).toEqual({
      signaling: signalingUrl,
      iceServers,
      lan: [`http://192.0.2.4:${port}`],
    });
  });

  test('config.json without settings is empty, not absent', async () => {
    const { origin } = await serve();
    const response = await fetch(`${origin}/config.json`);
    expect(await response.json()).toEqual({ signaling: null, iceServers: [], lan: [] });
  });
});

describe('files', () => {
  test('the app is served with types, and cached only under hashed names', async () => {
    const { origin } = await serve({ staticDir });
    const head = async (path: string): Promise<(string | null)[]> => {
      const { status, headers } = await fetch(`${origin}${path}`);
      return [String(status), headers.get('content-type'), headers.get('cache-control')];
    };
    const immutable = 'public, max-age=31536000, immutable';
    expect(await head('/')).toEqual(['200', 'text/html; charset=utf-8', 'no-cache']);
    expect(await head('/?a=b')).toEqual(['200', 'text/html; charset=utf-8', 'no-cache']);
    expect(await head('/sw.js')).toEqual(['200', 'text/javascript; charset=utf-8', 'no-cache']);
    expect((await head('/app.webmanifest'))[1]).toMatch(/^application\/manifest\+json/);
    expect(await head('/assets/app-1a2b.js')).toEqual([
      '200',
      'text/javascript; charset=utf-8',
      immutable,
    ]);
  });

  test('what compresses travels compressed, to those who accept it', async () => {
    const { origin } = await serve({ staticDir });
    const asset = `${origin}/assets/app-1a2b.js`;
    const packed = await fetch(asset, { headers: { 'Accept-Encoding': 'br, gzip' } });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(Number(packed.headers.get('content-length'))).toBeLessThan(script.length / 4);
    expect(await packed.text()).toBe(script);
    for (const coding of ['identity', 'gzip;q=0', 'gzip; q=0.0']) {
      const plain = await fetch(asset, { headers: { 'Accept-Encoding': coding } });
      expect(plain.headers.get('content-encoding')).toBeNull();
      expect(await plain.text()).toBe(script);
    }
  });

  test('an unchanged file is not sent again', async () => {
    const { origin } = await serve({ staticDir });
    const etag = (await fetch(`${origin}/`)).headers.get('etag') ?? '';
    const again = await fetch(`${origin}/`, { headers: { 'If-None-Match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  test.each([
    '/nothing',
    '/assets',
    '/assets/',
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '/..\\secret.txt',
    '//secret.txt',
    '/index.html%00.js',
    '/%E0%A4%A',
    '/constructor',
  ])('%s is not found', async (path) => {
    const { port } = await serve({ staticDir });
    expect(await rawGet(port, path)).toEqual({ status: 404, body: 'Not found\n' });
  });

  test('only reading is allowed', async () => {
    const { port } = await serve({ staticDir });
    expect((await rawGet(port, '/', 'POST')).status).toBe(405);
    expect(await rawGet(port, '/', 'HEAD')).toEqual({ status: 200, body: '' });
  });

  test('a folder without an app is an error at the start', () => {
    expect(() => createServer({ staticDir: join(root, 'none') })).toThrow(ConfigError);
    expect(() => createServer({ staticDir: join(staticDir, 'assets') })).toThrow(/index.html/);
  });
});

describe('headers', () => {
  test('every answer carries the policy, also one that refuses', async () => {
    const { origin, port } = await serve({ staticDir });
    for (const path of ['/', '/health', '/nothing']) {
      const { headers } = await fetch(`${origin}${path}`);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain(
        `connect-src 'self' ws://127.0.0.1:${port} wss://127.0.0.1:${port};`,
      );
      expect(policy).toContain(
        "require-trusted-types-for 'script'; trusted-types lit-html grapevine",
      );
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('permissions-policy')).toContain('camera=()');
    }
  });

  test('no opener policy under a plain http address of the network, where it is an error', async () => {
    const { port } = await serve({ staticDir, lanHosts: ['192.0.2.4', 'fd00::4'] });
    const policyUnder = (host: string): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const headers = { host };
        const sent = request({ host: '127.0.0.1', port, headers }, (response) => {
          resolve(response.resume().headers['cross-origin-opener-policy']);
        });
        sent.on('error', reject).end();
      });
    expect(await policyUnder(`192.0.2.4:${port}`)).toBeUndefined();
    expect(await policyUnder(`[fd00::4]:${port}`)).toBeUndefined();
    expect(await policyUnder(`localhost:${port}`)).toBe('same-origin');
    expect(await policyUnder('room.example')).toBe('same-origin');
  });

  test('a signaling server elsewhere is the only other one a page may reach', () => {
    const policy = contentSecurityPolicy('here.example', 'wss://there.example/signal');
    expect(policy).toContain("connect-src 'self' wss://there.example;");
  });

  test.each(["a; script-src 'unsafe-inline'", 'a b', "*.example 'self'", '', undefined])(
    'a Host header of %j adds nothing to the policy',
    (host) => {
      expect(contentSecurityPolicy(host, null)).toContain("connect-src 'self'; img-src");
    },
  );
});
