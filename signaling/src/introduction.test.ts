import { describe, expect, test } from 'vitest';
import { from, member, serve, topicA, topicB } from './testing/harness.ts';

describe('joining', () => {
  test('a newcomer is told who is there, and itself is not among them', async () => {
    const { open, joined } = await serve();
    await joined(topicA, member(1));
    const second = await open();
    second.send({ type: 'join', topic: topicA, member: member(2) });
    expect(await second.next('welcome')).toEqual({ type: 'welcome', members: [member(1)] });
  });

  test('nobody learns of members of another topic', async () => {
    const { joined } = await serve();
    await joined(topicA, member(1));
    const other = await joined(topicB, member(2));
    expect(await other.sample()).toEqual([]);
    other.send({ type: 'send', to: member(1), data: 'AA' });
    expect(await other.next('absent')).toEqual({ type: 'absent', to: member(1) });
  });

  test('a sample names eight at most, and others the next time', async () => {
    const { joined } = await serve();
    const others = Array.from({ length: 12 }, (_, index) => member(index + 1));
    await Promise.all(others.map((id) => joined(topicA, id)));
    const asker = await joined(topicA, member(99));
    const seen = new Set<string>();
    // 12 others, 8 a time: the chance that 30 samples miss one of them is below 1e-13.
    for (let round = 0; round < 30; round += 1) {
      const sample = await asker.sample();
      expect(new Set(sample).size).toBe(8);
      for (const id of sample) seen.add(id);
    }
    expect([...seen].sort()).toEqual(others.sort());
  });

  test('one socket is one member of one topic', async () => {
    const { joined, health } = await serve();
    const client = await joined(topicA, member(1));
    client.send({ type: 'join', topic: topicB, member: member(2) });
    expect((await client.next('refused')).code).toBe('already-joined');
    expect(await client.sample()).toEqual([]);
    expect((await health()).topics).toBe(1);
  });
});

describe('sending', () => {
  test('a message arrives unchanged, with the name of its sender', async () => {
    const { joined } = await serve();
    const a = await joined(topicA, member(1));
    const b = await joined(topicA, member(2));
    a.send({ type: 'send', to: member(2), data: 'c2VhbGVk', from: member(7) });
    expect(await b.next('message')).toEqual({
      type: 'message',
      from: member(1),
      data: 'c2VhbGVk',
    });
  });

  test('who left, closed or was never there is absent', async () => {
    const { joined } = await serve();
    const a = await joined(topicA, member(1));
    const b = await joined(topicA, member(2));
    const c = await joined(topicA, member(3));
    b.send({ type: 'leave' });
    expect(await b.closed).toEqual({ code: 1000, reason: 'left' });
    c.socket.close();
    await c.closed;
    for (const id of [member(2), member(3), member(4)]) {
      a.send({ type: 'send', to: id, data: 'AA' });
      expect(await a.next('absent')).toEqual({ type: 'absent', to: id });
    }
    expect(await a.sample()).toEqual([]);
  });

  test('before joining nothing can be sent or asked', async () => {
    const { open, joined, health } = await serve();
    await joined(topicA, member(1));
    const client = await open();
    client.send({ type: 'send', to: member(1), data: 'AA' });
    expect((await client.next('refused')).code).toBe('not-joined');
    client.send({ type: 'sample' });
    expect((await client.next('refused')).code).toBe('not-joined');
    client.send({ type: 'join', topic: topicA, member: member(2) });
    await client.next('welcome');
    expect((await health()).refused['not-joined']).toBe(2);
  });
});

describe('a member id that is taken', () => {
  test('stays with a member that lives, however often and from where it is claimed', async () => {
    const { open, joined, health } = await serve({ trustedProxies: 1 });
    const holder = await joined(topicA, member(1));
    const outsiders = [await open(from('203.0.113.1')), await open(from('203.0.113.2'))];
    for (const outsider of outsiders) {
      outsider.send({ type: 'join', topic: topicA, member: member(1) });
    }
    for (const outsider of outsiders) {
      expect((await outsider.next('refused')).code).toBe('member-taken');
      expect((await outsider.closed).reason).toBe('member-taken');
    }
    expect(await holder.sample()).toEqual([]);
    expect((await health()).refused['member-taken']).toBe(2);
  });

  test('goes to the newcomer when the older socket shows no sign of life', async () => {
    const { open, joined } = await serve({ claimTimeoutMs: 50 });
    // A line that went dead: the kernel still takes what is sent, nobody answers.
    const dead = await joined(topicA, member(1), { autoPong: false });
    const friend = await joined(topicA, member(2));
    const newer = await open();
    newer.send({ type: 'join', topic: topicA, member: member(1) });
    expect((await newer.next('welcome')).members).toEqual([member(2)]);
    await dead.closed;
    friend.send({ type: 'send', to: member(1), data: 'AA' });
    expect((await newer.next('message')).from).toBe(member(2));
  });

  test('goes to the newcomer when all that comes is what an older line still held', async () => {
    const { open, joined } = await serve({ claimTimeoutMs: 200 });
    const older = await joined(topicA, member(1), { autoPong: false });
    older.socket.once('ping', () => {
      older.send({ type: 'sample' });
      older.socket.pong();
    });
    const newer = await open();
    newer.send({ type: 'join', topic: topicA, member: member(1) });
    await newer.next('welcome');
    await older.closed;
  });

  test('goes to the newcomer at once when the older socket closes while it is asked', async () => {
    const { open, joined } = await serve({ claimTimeoutMs: 600_000 });
    const older = await joined(topicA, member(1), { autoPong: false });
    const asked = new Promise((resolve) => older.socket.once('ping', resolve));
    const newer = await open();
    newer.send({ type: 'join', topic: topicA, member: member(1) });
    await asked;
    older.socket.terminate();
    await newer.next('welcome');
  });

  test('a newcomer that gives up while it waits leaves the holder alone', async () => {
    const { open, joined } = await serve({ claimTimeoutMs: 600_000 });
    const holder = await joined(topicA, member(1), { autoPong: false });
    const asked = new Promise((resolve) => holder.socket.once('ping', resolve));
    const newer = await open();
    newer.send({ type: 'join', topic: topicA, member: member(1) });
    await asked;
    newer.socket.terminate();
    await newer.closed;
    expect(await holder.sample()).toEqual([]);
  });
});
