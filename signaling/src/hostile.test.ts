import fc from 'fast-check';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { decodeFrame } from './protocol.ts';
import { Client, member, serve, topicA } from './testing/harness.ts';

test.each([
  ['no JSON', Buffer.from('hello'), false],
  ['an unknown type', Buffer.from('{"type":"hello"}'), false],
  ['a valid frame as binary', Buffer.from('{"type":"sample"}'), true],
  ['nothing', Buffer.alloc(0), false],
])('%s is refused, counted and closed', async (_, data, binary) => {
  const { joined, health } = await serve();
  const client = await joined(topicA, member(1));
  client.socket.send(data, { binary });
  expect((await client.next('refused')).code).toBe('malformed');
  expect(await client.closed).toEqual({ code: 1008, reason: 'malformed' });
  expect((await health()).refused['malformed']).toBe(1);
});

test('text that is not UTF-8 is closed and counted', async () => {
  const { joined, health } = await serve();
  const client = await joined(topicA, member(1));
  client.socket.send(Buffer.from([0xc3, 0x28]), { binary: false });
  expect((await client.closed).code).toBe(1007);
  expect((await health()).refused['malformed']).toBe(1);
});

test('random frames harm nobody: each is answered, the others stay connected', async () => {
  const { port, joined, health } = await serve();
  const witness = await joined(topicA, member(1));
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc
      .record({ type: fc.constantFrom('join', 'send', 'sample', 'leave', '__proto__') })
      .map((frame) => JSON.stringify(frame)),
  );
  const frame = fc.record({ text, binary: fc.boolean() });
  let malformed = 0;
  await fc.assert(
    fc.asyncProperty(frame, async ({ text: sent, binary }) => {
      const valid = !binary && decodeFrame(Buffer.from(sent).toString()) !== undefined;
      const client = await Client.open(port);
      client.socket.send(Buffer.from(sent), { binary });
      if (valid) client.socket.close();
      else {
        malformed += 1;
        expect((await client.next('refused')).code).toBe('malformed');
      }
      await client.closed;
    }),
    { numRuns: 150 },
  );
  expect((await health()).refused['malformed']).toBe(malformed);
  expect(await witness.sample()).toEqual([]);
});

test('random bytes after the handshake harm nobody', async () => {
  const { port, joined, health } = await serve();
  const witness = await joined(topicA, member(1));
  const handshake =
    'GET /signal HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 64 }), async (bytes) => {
      const socket = connect(port, '127.0.0.1');
      const over = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => undefined).resume();
      socket.write(handshake);
      socket.end(bytes);
      await over;
    }),
    { numRuns: 150 },
  );
  expect(await witness.sample()).toEqual([]);
  expect((await health()).status).toBe('ok');
});

test.each([
  ['http://evil.example', false],
  ['null', false],
  ['http://127.0.0.1:1', false],
  ['http://127.0.0.1.evil.example', false],
  ['https://app.example', true],
  [undefined, true],
])('a page of origin %s may connect: %s', async (origin, allowed) => {
  const { open, health } = await serve({ allowedOrigins: ['https://app.example'] });
  const opened = open(origin === undefined ? {} : { origin });
  if (allowed) await opened;
  else await expect(opened).rejects.toThrow('403');
  expect((await health()).refused['origin']).toBe(allowed ? 0 : 1);
});

test("the server's own pages may connect, under whatever name it is reached", async () => {
  const { open, origin, port } = await serve();
  await open({ origin });
  const host = `grapevine.example:${port}`;
  await open({ origin: `http://${host}`, headers: { Host: host } });
  await open({ origin: 'https://proxied.example', headers: { Host: 'proxied.example:443' } });
});

test('no other path takes a socket', async () => {
  const { port } = await serve();
  for (const path of ['', 'signal/', 'signal2', '%zz']) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/${path}`);
    const failure = new Promise<Error>((resolve) => socket.once('error', resolve));
    expect((await failure).message).toContain('404');
  }
});
