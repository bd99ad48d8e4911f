import { createServer as createHttpServer } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listen, urlOf } from './listen.ts';
import { createServer } from './server.ts';
import { member, serve, topicA } from './testing/harness.ts';

describe('closing', () => {
  test('says goodbye to every socket and frees the port', async () => {
    const { server, port, open, joined } = await serve();
    const waiting = await open();
    const inside = await joined(topicA, member(1));
    await server.close();
    expect(await waiting.closed).toEqual({ code: 1001, reason: 'shutdown' });
    expect(await inside.closed).toEqual({ code: 1001, reason: 'shutdown' });
    const next = createServer({ host: '127.0.0.1', port });
    onTestFinished(() => next.close());
    expect(await next.listen()).toEqual({ url: `http://127.0.0.1:${port}`, port });
  });

  test('does not wait for those who do not answer', async () => {
    const { server, port, joined } = await serve({ closeTimeoutMs: 30 });
    const stuck = await joined(topicA, member(1));
    stuck.socket.pause();
    const idle = connect(port, '127.0.0.1');
    onTestFinished(() => void idle.destroy());
    await new Promise((resolve) => idle.once('connect', resolve));
    idle.write('GET /health HTTP/1.1\r\n');
    await server.close();
  });

  test('may be asked for twice, and before the port is open', async () => {
    const { server } = await serve();
    await Promise.all([server.close(), server.close()]);
    await createServer({ host: '127.0.0.1', port: 0 }).close();
  });
});

describe('opening', () => {
  test('localhost is open on every loopback address the machine has', async () => {
    const { port } = await serve({ host: 'localhost' });
    for (const host of ['127.0.0.1', 'localhost']) {
      expect((await fetch(`http://${host}:${port}/health`)).status).toBe(200);
    }
  });

  test('a port in use is explained, with what to do', async () => {
    const { port } = await serve();
    const second = createServer({ host: '127.0.0.1', port });
    await expect(second.listen()).rejects.toThrow(
      new RegExp(`Port ${port} is in use.*PORT=${port + 1} npm start`),
    );
  });

  test('a half-open pair of addresses is closed again', async () => {
    const { port } = await serve({ host: '127.0.0.1' });
    const second = createServer({ host: 'localhost', port });
    await expect(second.listen()).rejects.toThrow('in use');
    await second.close();
  });

  test('a host that is not ours is explained', async () => {
    await expect(listen(() => createHttpServer(), '203.0.113.1', 0)).rejects.toThrow(/^HOST must/);
  });

  test.each([
    ['localhost', 'http://localhost:8787'],
    ['0.0.0.0', 'http://localhost:8787'],
    ['::', 'http://localhost:8787'],
    ['192.0.2.4', 'http://192.0.2.4:8787'],
    ['2001:db8::1', 'http://[2001:db8::1]:8787'],
  ])('%s is shown as %s', (host, url) => {
    expect(urlOf(host, 8787)).toBe(url);
  });
});
