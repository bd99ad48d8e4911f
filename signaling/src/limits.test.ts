import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { from, member, serve, topicA, topicB, type Client } from './testing/harness.ts';

async function refusal(client: Client): Promise<{ code: string; close: number; reason: string }> {
  const { code } = await client.next('refused');
  const { code: close, reason } = await client.closed;
  return { code, close, reason };
}

describe('for one address', () => {
  test('sockets are limited, others are not touched, and a closed one makes room', async () => {
    const { open, health } = await serve({ trustedProxies: 1, maxSocketsPerAddress: 2 });
    const first = await open(from('2001:db8:0:1::1'));
    await open(from('2001:db8:0:1::2'));
    const third = await open(from('2001:db8:0:1:ffff::3'));
    const code = 'address-full';
    expect(await refusal(third)).toEqual({ code, close: 1013, reason: code });
    await open(from('2001:db8:0:2::1'));
    first.socket.close();
    await first.closed;
    const fourth = await open(from('2001:db8:0:1::4'));
    fourth.send({ type: 'join', topic: topicA, member: member(4) });
    await fourth.next('welcome');
    expect((await health()).refused[code]).toBe(1);
  });

  test('joins by the minute are limited', async () => {
    const { open, joined } = await serve({ trustedProxies: 1, maxJoinsPerMinute: 2 });
    await joined(topicA, member(1), from('203.0.113.1'));
    await joined(topicA, member(2), from('203.0.113.1'));
    const third = await open(from('203.0.113.1'));
    third.send({ type: 'join', topic: topicA, member: member(3) });
    const code = 'rate-limited';
    expect(await refusal(third)).toEqual({ code, close: 1008, reason: code });
    await joined(topicA, member(3), from('203.0.113.2'));
  });

  test('loopback is exempt from both', async () => {
    const { joined } = await serve({ maxSocketsPerAddress: 1, maxJoinsPerMinute: 1 });
    for (let id = 1; id <= 4; id += 1) await joined(topicA, member(id));
  });

  test('a forwarded address counts for nothing without TRUST_PROXY', async () => {
    const { joined } = await serve({ maxSocketsPerAddress: 1 });
    await joined(topicA, member(1), from('203.0.113.1'));
    await joined(topicA, member(2), from('203.0.113.1'));
  });
});

describe('for one socket', () => {
  test('messages past burst and rate are dropped, and told so once', async () => {
    const { joined, health } = await serve({ messageBurst: 4, messagesPerSecond: 1 });
    const a = await joined(topicA, member(1));
    const b = await joined(topicA, member(2));
    for (const data of ['AA', 'BB', 'CC', 'DD', 'EE'])
      a.send({ type: 'send', to: member(2), data });
    expect((await a.next('refused')).code).toBe('rate-limited');
    // The join took one of the four.
    for (const data of ['AA', 'BB', 'CC']) expect((await b.next('message')).data).toBe(data);
    expect(await b.sample()).toEqual([member(1)]);
    expect((await health()).refused['rate-limited']).toBe(2);
  });

  test.each(['messages', 'pings'])('who floods on with %s is closed', async (kind) => {
    const { joined } = await serve({ messageBurst: 4, messagesPerSecond: 1 });
    const flooder = await joined(topicA, member(1));
    for (let sent = 0; sent < 40; sent += 1) {
      if (kind === 'pings') flooder.socket.ping();
      else flooder.send({ type: 'sample' });
    }
    expect(await flooder.closed).toEqual({ code: 1008, reason: 'rate-limited' });
  });

  test('a frame of exactly the limit passes, one byte more is refused', async () => {
    const { joined, health } = await serve({ maxMessageBytes: 1000 });
    const a = await joined(topicA, member(1));
    const b = await joined(topicA, member(2));
    const empty = JSON.stringify({ type: 'send', to: member(2), data: '' });
    const pad = ' '.repeat((1000 - empty.length) % 4 === 1 ? 1 : 0);
    const data = 'A'.repeat(1000 - empty.length - pad.length);
    a.socket.send(`${empty.replace('""', `"${data}"`)}${pad}`);
    expect((await b.next('message')).data).toBe(data);
    a.socket.send(`${empty.replace('""', `"${data}"`)}${pad} `);
    expect(await refusal(a)).toEqual({ code: 'too-large', close: 1009, reason: 'too-large' });
    expect((await health()).refused['too-large']).toBe(1);
  });

  test('a frame far too large is cut off before it is read', async () => {
    const { joined, health } = await serve({ maxMessageBytes: 1000 });
    const client = await joined(topicA, member(1));
    client.socket.send('x'.repeat(100_000));
    expect((await client.closed).code).toBe(1009);
    expect((await health()).refused['too-large']).toBe(1);
  });

  test('a message in too many fragments is cut off', async () => {
    const { joined, health } = await serve({ maxFragments: 4 });
    const client = await joined(topicA, member(1));
    for (let sent = 0; sent < 6; sent += 1) client.socket.send(' ', { fin: false });
    expect((await client.closed).code).toBe(1008);
    expect((await health()).refused['too-large']).toBe(1);
  });

  test('a join must come in time', async () => {
    const { open, health } = await serve({ joinTimeoutMs: 30 });
    const code = 'join-timeout';
    expect(await refusal(await open())).toEqual({ code, close: 1008, reason: code });
    expect((await health()).refused[code]).toBe(1);
  });

  test('two missed pings end it; answered ones do not', async () => {
    const { joined } = await serve({ pingIntervalMs: 30 });
    const silent = await joined(topicA, member(1), { autoPong: false });
    const answering = await joined(topicA, member(2));
    let pings = 0;
    silent.socket.on('ping', () => (pings += 1));
    await silent.closed;
    expect(pings).toBe(2);
    expect(await answering.sample()).toEqual([]);
  });

  test('a reader that does not read is dropped, and its memory with it', async () => {
    const many = { messageBurst: 100_000, messagesPerSecond: 100_000 };
    const { joined, health } = await serve({ ...many, maxBufferedBytes: 100_000 });
    const writer = await joined(topicA, member(1));
    const stuck = await joined(topicA, member(2));
    stuck.socket.pause();
    const data = 'A'.repeat(30_000);
    // The kernel takes some megabytes before the server has to keep anything itself.
    for (let sent = 0; ; sent += 1) {
      if (sent > 5000) throw new Error('the slow reader was never dropped');
      writer.send({ type: 'send', to: member(2), data });
      writer.send({ type: 'sample' });
      const frame = await writer.frame();
      if (frame.type === 'absent') break;
    }
    expect((await writer.next('members')).members).toEqual([]);
    expect((await health()).refused['slow-reader']).toBe(1);
  });
});

describe('for topic and server', () => {
  test('a topic has so many members', async () => {
    const { open, joined } = await serve({ maxTopicMembers: 2 });
    await joined(topicA, member(1));
    await joined(topicA, member(2));
    const third = await open();
    third.send({ type: 'join', topic: topicA, member: member(3) });
    const code = 'topic-full';
    expect(await refusal(third)).toEqual({ code, close: 1013, reason: code });
    await joined(topicB, member(3));
  });

  test('the server has so many sockets, and still answers requests', async () => {
    const { open, health } = await serve({ maxSockets: 1 });
    await open();
    await expect(open()).rejects.toThrow('503');
    expect((await health()).refused['server-full']).toBe(1);
  });

  test('a request that never ends is cut off', async () => {
    const { port } = await serve({ headersTimeoutMs: 100 });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /health HTTP/1.1\r\nHost: a\r\nX-Slow: ');
    const answer: Buffer[] = [];
    for await (const chunk of socket) answer.push(chunk as Buffer);
    expect(Buffer.concat(answer).toString()).toMatch(/^HTTP\/1.1 408 /);
  });

  test('a connection to spare that nobody writes to ends without an answer', async () => {
    const { port } = await serve({ headersTimeoutMs: 100 });
    const answer: Buffer[] = [];
    for await (const chunk of connect(port, '127.0.0.1')) answer.push(chunk as Buffer);
    expect(answer).toEqual([]);
  });

  test('what is no request is refused', async () => {
    const { port } = await serve();
    const socket = connect(port, '127.0.0.1');
    socket.write('no request at all\r\n\r\n');
    const answer: Buffer[] = [];
    for await (const chunk of socket) answer.push(chunk as Buffer);
    expect(Buffer.concat(answer).toString()).toMatch(/^HTTP\/1.1 400 /);
  });

  test('headers of more than 8 KiB are refused', async () => {
    const { origin } = await serve();
    const response = await fetch(`${origin}/health`, { headers: { 'X-Long': 'x'.repeat(9000) } });
    expect(response.status).toBe(431);
  });
});
