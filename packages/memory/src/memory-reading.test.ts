import { GrapevineError } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import { FakeClock, FakeMember, fakeRoom } from './testing/fake-member.ts';

function alone(): FakeMember {
  return fakeRoom('a').members[0] as FakeMember;
}

async function codeOf(attempt: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof attempt === 'function' ? attempt() : attempt);
  } catch (error) {
    if (error instanceof GrapevineError) return error.code;
    throw error;
  }
  return 'none';
}

describe('list', () => {
  it('pages through a prefix in order, whatever is written meanwhile', async () => {
    const { memory } = alone();
    for (let i = 0; i < 120; i++)
      await memory.put(i % 2 ? 'a/b' : 'a', `k${String(i).padStart(3, '0')}`, i);
    await memory.put('a-c', 'beside', 1);
    await memory.put('', 'top', 1);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await memory.list('a', { limit: 7, ...(cursor !== undefined && { cursor }) });
      seen.push(...page.items.map(({ namespace, key }) => `${namespace} ${key}`));
      cursor = page.cursor;
      await memory.put('a', `k000-${seen.length}`, 'before the cursor');
      await memory.delete('a', 'k000');
    } while (cursor !== undefined);
    expect(seen).toHaveLength(new Set(seen).size);
    expect(seen.filter((name) => !name.includes('-'))).toHaveLength(120);
    expect(seen.some((name) => name.startsWith('a-c'))).toBe(false);
    expect(
      (await memory.list('a', { exact: true, limit: 1_000 })).items.every(
        ({ namespace }) => namespace === 'a',
      ),
    ).toBe(true);
    expect((await memory.list('', { exact: true })).items.map(({ key }) => key)).toEqual(['top']);
  });

  it('refuses cursors it has not given', async () => {
    const { memory } = alone();
    for (const cursor of ['', 'x', '!!', 'bGlzdA', 'c2VhcmNoOjE']) {
      expect(await codeOf(memory.list('', { cursor }))).toBe('cursor-invalid');
      expect(await codeOf(memory.changes({ since: cursor }))).toBe('cursor-invalid');
    }
    for (const cursor of ['x', 'bGlzdDph', 'c2VhcmNoOng']) {
      expect(await codeOf(memory.search('x', { cursor }))).toBe('cursor-invalid');
    }
  });

  it('lists conflicts alone and sums up namespaces', async () => {
    const [a, b] = fakeRoom('a', 'b').members as [FakeMember, FakeMember];
    for (const { memory } of [a, b]) await memory.put('x/y', 'both', memory === a.memory ? 1 : 2);
    await a.memory.put('x', 'calm', 1);
    await a.memory.put('', 'top', 1);
    await a.memory.put('x-z', 'k', 1);
    b.tell([a]);
    expect((await a.memory.list('', { conflicts: true })).items.map(({ key }) => key)).toEqual([
      'both',
    ]);
    expect(await a.memory.listNamespaces()).toEqual([
      { namespace: '', entries: 1 },
      { namespace: 'x', entries: 2 },
      { namespace: 'x-z', entries: 1 },
      { namespace: 'x/y', entries: 1 },
    ]);
    expect(await a.memory.listNamespaces('x')).toEqual([
      { namespace: 'x', entries: 2 },
      { namespace: 'x/y', entries: 1 },
    ]);
  });

  it('C1: what is below .room only to whoever asks for it by that name', async () => {
    const { memory } = alone();
    await memory.put('.room/settings', 'fanout', 3);
    await memory.put('.room', 'top', 'three');
    await memory.put('.roomy', 'note', 'three');
    const keys = async (namespace?: string) =>
      (await memory.list(namespace)).items.map(({ key }) => key);
    expect(await keys()).toEqual(['note']);
    expect(await keys('.room')).toEqual(['top', 'fanout']);
    expect(await keys('.room/settings')).toEqual(['fanout']);
    expect((await memory.get('.room/settings', 'fanout'))?.value).toBe(3);
    const names = async (prefix?: string) =>
      (await memory.listNamespaces(prefix)).map(({ namespace }) => namespace);
    expect(await names()).toEqual(['.roomy']);
    expect(await names('.room')).toEqual(['.room', '.room/settings']);
    expect((await memory.search('three')).items.map(({ key }) => key)).toEqual(['note']);
    expect(memory.size).toBe(1);
    const lines: string[] = [];
    for await (const line of memory.exportJsonl()) lines.push(line);
    expect(lines).toHaveLength(2);
    for await (const line of memory.exportJsonl('.room')) lines.push(line);
    expect(lines).toHaveLength(5);
    expect((await memory.changes()).items).toHaveLength(3);
    await memory.delete('.room', 'top');
    expect(memory.size).toBe(1);
  });

  it('ends a page early rather than read large values without end', async () => {
    const { memory } = alone();
    for (const key of ['a', 'b', 'c'])
      await memory.put('', key, new Uint8Array(9_000_000).fill(key.charCodeAt(0)));
    const first = await memory.list();
    expect(first.items.map(({ key }) => key)).toEqual(['a']);
    const rest = await memory.list('', { cursor: first.cursor ?? '' });
    expect(rest.items.map(({ key }) => key)).toEqual(['b']);
    expect(rest.items[0]?.available).toBe(true);
  });
});

describe('a glance', () => {
  it('gives what is in memory, as get does, and nothing of what is deleted or expired', async () => {
    const { memory, clock } = alone();
    await memory.put('n', 'k', { a: 1 }, { tags: ['t'], pinned: true });
    await memory.append('n', 'log', 'one ');
    await memory.append('n', 'log', 'two');
    for (const key of ['k', 'log', 'none']) {
      expect(memory.glance('n', key)).toEqual(await memory.get('n', key));
    }
    expect(memory.glance('n', 'log')?.value).toBe('one two');
    await memory.put('n', 'short', 1, { expires_in: 1 });
    await memory.delete('n', 'k');
    clock.ms += 2_000;
    expect([memory.glance('n', 'k'), memory.glance('n', 'short')]).toEqual([undefined, undefined]);
  });

  it('reads no value that is not inline, and joins no large one of small pieces', async () => {
    const member = alone();
    const { memory } = member;
    await memory.put('n', 'large', 'x'.repeat(32_769));
    await memory.put('n', 'whole', 'x'.repeat(32_768));
    for (let i = 0; i < 3; i++) await memory.append('n', 'pieces', 'y'.repeat(16_384));
    const before = member.reads;
    expect(memory.glance('n', 'large')).toMatchObject({ available: false, size: 32_769 });
    expect(memory.glance('n', 'large')?.value).toBeUndefined();
    expect(memory.glance('n', 'pieces')).toMatchObject({ available: false, size: 49_152 });
    expect(memory.glance('n', 'whole')).toMatchObject({ available: true, size: 32_768 });
    expect(member.reads).toBe(before);
  });
});

describe('detached values', () => {
  it('that storage fails to give are told of once they arrive, and nobody is left with a rejection', async () => {
    const unheard: unknown[] = [];
    const hear = (error: unknown): void => void unheard.push(error);
    process.on('unhandledRejection', hear);
    try {
      const [a, b] = fakeRoom('a', 'b').members as [FakeMember, FakeMember];
      const events = b.memory.watch();
      await a.memory.put('', 'large', 'needle '.repeat(10_000));
      b.failReads = true;
      a.tell([b]);
      expect(b.reads).toBe(1);
      // Node tells of rejections nobody heard before the next turn of its loop.
      await new Promise((resolve) => setTimeout(resolve));
      expect(unheard).toEqual([]);
      b.failReads = false;
      a.tellValues(b);
      expect((await events.next()).value).toMatchObject({ key: 'large', type: 'put' });
    } finally {
      process.off('unhandledRejection', hear);
    }
  });

  it('are not available until they arrive, and are told of then', async () => {
    const [a, b] = fakeRoom('a', 'b').members as [FakeMember, FakeMember];
    const events = b.memory.watch();
    const changed: string[] = [];
    b.memory.onChange((ids) => changed.push(...ids));
    const { id } = await a.memory.put('', 'large', 'needle '.repeat(10_000));
    await a.memory.put('', 'small', 1);
    a.tell([b]);
    expect(await b.memory.get('', 'large')).toMatchObject({
      available: false,
      value: undefined,
      size: 70_000,
    });
    expect((await events.next()).value).toMatchObject({ key: 'small' });
    expect((await b.memory.search('needle')).items).toEqual([]);
    a.tellValues(b);
    expect((await events.next()).value).toMatchObject({ key: 'large', type: 'put', local: false });
    expect(changed.filter((one) => one === id)).toHaveLength(2);
    expect((await b.memory.get('', 'large'))?.available).toBe(true);
    expect((await b.memory.search('needle')).items.map(({ key }) => key)).toEqual(['large']);
  });

  it('are told of at once where they were written here or are here already', async () => {
    const [a, b] = fakeRoom('a', 'b').members as [FakeMember, FakeMember];
    const local = a.memory.watch();
    await a.memory.put('', 'k', 'x'.repeat(40_000));
    expect((await local.next()).value).toMatchObject({ key: 'k', local: true });
    const remote = b.memory.watch();
    for (const [hash, bytes] of a.stored) b.stored.set(hash, bytes);
    a.tell([b]);
    expect((await remote.next()).value).toMatchObject({ key: 'k', local: false });
    await a.memory.append('', 'k', 'end');
    a.tell([b], 1);
    expect((await remote.next()).value).toMatchObject({ key: 'k' });
    expect((await b.memory.get('', 'k'))?.size).toBe(40_003);
  });
});

describe('watch', () => {
  it('tells of puts, deletions and conflicts below its prefix', async () => {
    const [a, b] = fakeRoom('a', 'b').members as [FakeMember, FakeMember];
    const events = a.memory.watch('n');
    await a.memory.put('n/below', 'k', 1);
    await a.memory.put('nn', 'beside', 1);
    await b.memory.put('n', 'c', 1);
    await a.memory.put('n', 'c', 2);
    b.tell([a]);
    await a.memory.delete('n/below', 'k');
    const told = [await events.next(), await events.next()].map(({ value }) => value);
    expect(told).toMatchObject([
      { type: 'conflict', namespace: 'n', key: 'c', local: false },
      { type: 'delete', namespace: 'n/below', key: 'k', local: true },
    ]);
    a.memory.retract(b.session, 1);
    expect((await events.next()).value).toMatchObject({ type: 'put', key: 'c' });
  });

  it('a slow reader gets the latest of each entry and no more than there are entries', async () => {
    const { memory } = alone();
    const events = memory.watch();
    for (let round = 0; round < 50; round++) {
      for (const key of ['x', 'y', 'z']) await memory.put('', key, round);
    }
    const told = [await events.next(), await events.next(), await events.next()];
    expect(told.map(({ value }) => value?.key)).toEqual(['x', 'y', 'z']);
    for (const { value } of told) {
      expect((await memory.get('', value?.key ?? ''))?.version).toBe(value?.version);
    }
    const next = events.next();
    await memory.put('', 'w', 1);
    expect((await next).value).toMatchObject({ key: 'w' });
  });

  it('C1: tells of what is below .room whoever watches that', async () => {
    const { memory } = alone();
    const told: string[] = [];
    for (const prefix of ['', '.room']) {
      const events = memory.watch(prefix);
      void (async () => {
        for await (const { key } of events) told.push(`${prefix} ${key}`);
      })();
    }
    await memory.put('.room/settings', 'fanout', 3);
    await memory.put('', 'note', 1);
    while (told.length < 2) await new Promise((resolve) => void setTimeout(resolve));
    expect(told.sort()).toEqual([' note', '.room fanout']);
  });

  it('ends by return and by signal, also for who waits', async () => {
    const { memory } = alone();
    const controller = new AbortController();
    const events = memory.watch('', { signal: controller.signal });
    const waiting = events.next();
    controller.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    await memory.put('', 'k', 1);
    expect((await events.next()).done).toBe(true);
    expect((await memory.watch('', { signal: AbortSignal.abort() }).next()).done).toBe(true);
    const other = memory.watch();
    await memory.put('', 'l', 1);
    for await (const event of other) {
      expect(event.key).toBe('l');
      break;
    }
    expect((await other.next()).done).toBe(true);
  });
});

describe('changes', () => {
  it('gives every version once, in whole deltas, also what arrives late and old', async () => {
    const [a, b] = fakeRoom('a', 'b').members as [FakeMember, FakeMember];
    await b.memory.put('', 'early', 'b1');
    for (let i = 0; i < 5; i++) await a.memory.put('', `k${i}`, i);
    await a.memory.batch(
      [1, 2, 3].map((i) => ({ put: { namespace: 'batch', key: `k${i}`, value: i } })),
    );
    const seen: string[] = [];
    let since: string | undefined;
    for (;;) {
      const page = await a.memory.changes({ limit: 2, ...(since !== undefined && { since }) });
      if (page.items.length === 0) break;
      seen.push(...page.items.map(({ namespace, key }) => `${namespace}/${key}`));
      since = page.cursor;
      b.tell([a]);
    }
    expect(seen).toEqual([
      '/k0',
      '/k1',
      '/early',
      '/k2',
      '/k3',
      '/k4',
      'batch/k1',
      'batch/k2',
      'batch/k3',
    ]);
    const reloaded = new FakeMember('again', new FakeClock());
    reloaded.memory.apply([...b.log, ...a.log], false);
    const page = await reloaded.memory.changes({ ...(since !== undefined && { since }) });
    expect(page.items).toEqual([]);
    expect(page.cursor).toBe(since);
  });
});

describe('authors', () => {
  it('have friendly names until they say another, the latest by clock', async () => {
    const [a, b] = fakeRoom('a', 'b').members as [FakeMember, FakeMember];
    await a.memory.put('', 'k', 'v');
    a.tell([b]);
    expect(b.memory.actor(a.author).name).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+$/);
    await a.memory.setProfile({ name: 'Ada', kind: 'person' });
    await a.memory.setProfile({ name: 'Ada', kind: 'person' });
    expect(a.log).toHaveLength(2);
    await a.memory.setProfile({ name: 'Ada 2', kind: 'agent' });
    const [, first, second] = a.log;
    if (second) b.memory.apply([second], false);
    if (first) b.memory.apply([first], false);
    expect(b.memory.actor(a.author)).toEqual({ id: a.author, name: 'Ada 2', kind: 'agent' });
    expect((await b.memory.search('Ada')).items.map(({ key }) => key)).toEqual(['k']);
    b.memory.retract(a.session, 3);
    expect(b.memory.actor(a.author)).toMatchObject({ name: 'Ada', kind: 'person' });
    for (const name of ['', 'x'.repeat(65), 'bell\u0007']) {
      expect(await codeOf(a.memory.setProfile({ name, kind: 'person' }))).toBe('name-invalid');
    }
  });
});
