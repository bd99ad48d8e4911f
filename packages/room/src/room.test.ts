import { limits } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import { codeOf, World, type Joined } from './testing/world.ts';
import type { Room } from './types.ts';

/** What `room.watch` has told so far. */
function watched(room: Room): { key: string; type: string; local: boolean }[] {
  const told: { key: string; type: string; local: boolean }[] = [];
  const events = room.watch();
  void (async () => {
    for await (const { key, type, local } of events) told.push({ key, type, local });
  })();
  return told;
}

/** Errors that reach the page's handler while `run` runs. */
async function uncaughtDuring(
  run: (seen: readonly unknown[]) => Promise<void>,
): Promise<unknown[]> {
  const seen: unknown[] = [];
  const add = (error: unknown): void => void seen.push(error);
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', add);
  try {
    await run(seen);
  } finally {
    process.removeListener('uncaughtException', add);
    for (const other of others) process.on('uncaughtException', other);
  }
  return seen;
}

const values = async ({ room }: Joined, key: string) =>
  (await room.history('notes', key)).map(({ value }) => value);

describe('members of a room', () => {
  it('share what is put, appended and deleted', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    await ann.room.put('notes', 'a', 'hello');
    await world.shows('a', 'hello', ann, bob);
    await bob.room.append('notes', 'a', ' world');
    await world.shows('a', 'hello world', ann, bob);
    await ann.room.delete('notes', 'a');
    await world.until('it is gone', async () => (await bob.room.get('notes', 'a')) === undefined);
    expect((await bob.room.history('notes', 'a')).map(({ operation }) => operation)).toEqual([
      'deleted',
      'appended',
      'created',
    ]);
  });

  it('of three hold the same when all have written, and say that they are in sync', async () => {
    const world = new World();
    const all = await world.trio();
    await Promise.all(all.map(({ room }, i) => room.put('notes', `${i}`, `of ${i}`)));
    for (const [i] of all.entries()) await world.shows(`${i}`, `of ${i}`, ...all);
    await world.inSync(...all);
    for (const { room } of all) {
      expect(room.status()).toMatchObject({ members: 3, inSyncWith: 2, pending: 0, problems: [] });
    }
  });

  it('see a conflict where two wrote at once, and its end on all when one resolves it', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    await Promise.all([
      ann.room.put('notes', 'a', { by: 'Ann' }),
      bob.room.put('notes', 'a', { by: 'Bob' }),
    ]);
    const conflicts = async ({ room }: Joined) => (await room.get('notes', 'a'))?.conflict === true;
    await world.until('both see it', async () => (await conflicts(ann)) && (await conflicts(bob)));
    expect(await values(ann, 'a')).toEqual(await values(bob, 'a'));
    expect(await values(ann, 'a')).toHaveLength(2);
    await bob.room.resolve('notes', 'a', { value: 'both' });
    await world.shows('a', 'both', ann, bob);
    expect(await conflicts(ann)).toBe(false);
  });

  it('are told by watch what changed, and whether they did it themselves', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    const [atAnn, atBob] = [watched(ann.room), watched(bob.room)];
    await ann.room.put('notes', 'a', 1);
    await world.until('both were told', () => atAnn.length > 0 && atBob.length > 0);
    expect(atAnn).toEqual([{ key: 'a', type: 'put', local: true }]);
    expect(atBob).toEqual([{ key: 'a', type: 'put', local: false }]);
  });

  it('see who is here under which name, and since when', async () => {
    const world = new World();
    const before = world.clock.now();
    const [ann, bob] = await world.pair();
    const list = () => ann.room.members().map(({ name, state, self }) => ({ name, state, self }));
    await world.until('Bob is listed', () => list().length === 2);
    expect(list()).toEqual([
      { name: 'Ann', state: 'alive', self: true },
      { name: 'Bob', state: 'alive', self: false },
    ]);
    for (const { since } of ann.room.members()) expect(since).toBeGreaterThanOrEqual(before);
    await world.pass(2_500);
    expect(ann.room.members()[1]?.link).toEqual({
      transport: 'webrtc',
      path: 'host',
      rttMs: undefined,
    });
    await bob.room.setName('Robert');
    await world.until('the new name is shown', () => list()[1]?.name === 'Robert');
  });

  it('see the name of whoever wrote also when it has long gone', async () => {
    const world = new World();
    const ann = await world.join(undefined, { name: 'Ann' });
    const agent = await world.join(ann.room.link, { name: 'Indexer', kind: 'agent' });
    await agent.room.put('notes', 'a', 'found');
    await world.shows('a', 'found', ann);
    await agent.room.leave();
    const later = await world.join(ann.room.link, { name: 'Cyd' });
    await world.shows('a', 'found', later);
    expect((await later.room.get('notes', 'a'))?.updated_by).toMatchObject({
      name: 'Indexer',
      kind: 'agent',
    });
  });

  it('who come late get all that was written before', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    for (let i = 0; i < 300; i++) void ann.room.put('notes', `k${i}`, `v${i}`);
    await bob.room.put('notes', 'b', 'of Bob');
    const cyd = await world.join(ann.room.link, { name: 'Cyd' });
    await world.until('Cyd holds all', () => cyd.room.stats().entries === 301);
    await world.inSync(ann, bob, cyd);
    expect((await cyd.room.get('notes', 'k299'))?.value).toBe('v299');
  });
});

describe('a reader', () => {
  it('cannot write, and says so with a code', async () => {
    const world = new World();
    const [ann] = await world.pair();
    const reader = await world.join(ann.room.readOnlyLink, { name: 'Reader' });
    expect(reader.room.readOnly).toBe(true);
    expect(reader.room.link).toBe(reader.room.readOnlyLink);
    expect(await codeOf(reader.room.put('notes', 'a', 1))).toBe('read-only');
    expect(() => reader.room.doc('d').getText('t').insert(0, 'x')).toThrow(/read-only/);
    expect(reader.room.doc('d').getText('t').toJSON()).toBe('');
  });

  it('passes on what others write to those who cannot reach each other', async () => {
    const world = new World();
    world.block('Ann', 'Bob');
    const ann = await world.join(undefined, { name: 'Ann' });
    const reader = await world.join(ann.room.readOnlyLink, { name: 'Reader' });
    const bob = await world.join(ann.room.link, { name: 'Bob' });
    await world.until('the reader is linked to both', () => reader.room.stats().links === 2);
    await ann.room.put('notes', 'a', 'over the reader');
    await world.shows('a', 'over the reader', bob, reader);
    await bob.room.put('notes', 'b', 'and back');
    await world.shows('b', 'and back', ann);
    expect(ann.room.stats().links).toBe(1);
  });
});

describe('documents and awareness', () => {
  it('of two who type at once into one text converge', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    const [a, b] = [ann, bob].map(({ room }) => room.doc('page').getText('body'));
    if (!a || !b) throw new Error('two texts');
    a.insert(0, 'Hello');
    b.insert(0, 'World');
    await world.until('both hold both words', () => a.length === 10 && b.toJSON() === a.toJSON());
    a.delete(0, 5);
    b.insert(10, '!');
    await world.until('and both edits', () => a.length === 6 && a.toJSON() === b.toJSON());
    expect(['Hello!', 'World!']).toContain(a.toJSON());
  });

  it('Y5: a message that is too large to travel inline is shown once it has come', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    const text = 'long '.repeat(20_000);
    ann.room.doc('page').getText('body').insert(0, text);
    const body = bob.room.doc('page').getText('body');
    await world.until('Bob reads it', () => body.length === text.length);
    expect(body.toJSON()).toBe(text);
    await world.until('nothing is pending', () => bob.room.status().pending === 0);
  });

  it('tells that nothing is pending any more when a detached message has been applied', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    const body = bob.room.doc('page').getText('body');
    await world.inSync(ann, bob);
    const told: number[] = [];
    bob.room.on('status', () => void told.push(bob.room.status().pending));
    ann.room.doc('page').getText('body').insert(0, 'long '.repeat(20_000));
    await world.until('Bob reads it', () => body.length > 0);
    expect(bob.room.status().pending).toBe(0);
    // Before the next round, which would tell it too.
    await world.turn();
    expect(told.at(-1)).toBe(0);
  });

  it('show the cursor of others until they leave', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    ann.room.awareness.setLocalState({ cursor: 7 });
    const states = () => [...bob.room.awareness.getStates().values()];
    await world.until('Bob sees it', () => states().some((state) => state['cursor'] === 7));
    const cyd = await world.join(ann.room.link, { name: 'Cyd' });
    await world.until('one who comes later sees it too', () =>
      [...cyd.room.awareness.getStates().values()].some((state) => state['cursor'] === 7),
    );
    await ann.room.leave();
    await world.until('it is gone', () => !states().some((state) => state['cursor'] === 7));
  });

  it('an observer that throws on a cursor costs nobody a delta', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    const thrown = await uncaughtDuring(async (seen) => {
      bob.room.awareness.on('change', () => {
        throw new Error('a bug of the application');
      });
      ann.room.awareness.setLocalState({ cursor: 1 });
      await ann.room.put('notes', 'a', 'after it');
      await world.shows('a', 'after it', bob);
      await world.until('its author hears of it', () => seen.length > 0);
    });
    expect(thrown.map(String)).toEqual(['Error: a bug of the application']);
    expect(bob.room.stats().links).toBe(1);
  });

  it('an awareness state that is too large is refused when it is set, and stops no link', async () => {
    const world = new World();
    const ann = await world.join(undefined, { name: 'Ann' });
    const state = { text: 'x'.repeat(limits.ephemeralBytes) };
    expect(() => ann.room.awareness.setLocalState(state)).toThrow(/awareness state/);
    let told = false;
    ann.room.on('members', () => (told = true));
    const bob = await world.join(ann.room.link, { name: 'Bob' });
    await world.linked(ann, bob);
    await world.until('Ann hears of Bob', () => told && ann.room.members().length === 2);
  });
});

describe('setName', () => {
  it.each(['', '   ', 'x'.repeat(65), 'line\nbreak', '\ud800'])('refuses %j', async (name) => {
    const world = new World();
    const { room } = await world.join(undefined, { name: 'Ann' });
    expect(await codeOf(room.setName(name))).toBe('name-invalid');
    expect(room.self.name).toBe('Ann');
    expect(await codeOf(world.join(undefined, { name }))).toBe('name-invalid');
  });

  it('is remembered on this device', async () => {
    const world = new World();
    const home = world.newHome();
    const first = await world.join(undefined, { home });
    await first.room.setName('  Ada  ');
    await first.room.leave();
    const again = await world.join(first.room.link, { home });
    expect(again.room.self.name).toBe('Ada');
  });
});

describe('leaving', () => {
  it('S6: is seen by the others at once as a goodbye', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    const state = () => ann.room.members().find(({ id }) => id === bob.room.self.id)?.state;
    await world.until('Bob is listed', () => state() === 'alive');
    await bob.room.leave();
    await world.until('Ann sees it', () => state() === 'left');
    expect(ann.room.stats().links).toBe(0);
    expect(ann.room.status()).toMatchObject({ state: 'alone', members: 1 });
  });

  it('makes every verb fail with a code, as a rejection where it gives a promise', async () => {
    const world = new World();
    const { room, storage } = await world.join(undefined);
    let left = 0;
    room.on('left', () => left++);
    const leaving = room.leave();
    expect(room.leave()).toBe(leaving);
    await leaving;
    await world.until('the event came', () => left === 1);
    expect(await codeOf(room.put('notes', 'a', 1))).toBe('room-left');
    expect(await codeOf(room.get('notes', 'a'))).toBe('room-left');
    expect(await codeOf(room.setName('Ann'))).toBe('room-left');
    expect(() => room.watch()).toThrow(/left/);
    expect(() => room.doc('d')).toThrow(/left/);
    expect(room.status().state).toBe('left');
    expect(storage.isOpen).toBe(false);
  });

  it('ends what watches, and leaves no timer behind', async () => {
    const world = new World();
    const { room } = await world.join(undefined);
    const events = room.watch()[Symbol.asyncIterator]();
    const next = events.next();
    await room.leave();
    expect(await next).toMatchObject({ done: true });
    expect(world.clock.pending).toBe(0);
  });

  it('neither loses nor holds back a write that nobody waited for', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    const put = ann.room.put('notes', 'a', 'last words');
    await ann.room.leave();
    await put;
    await world.shows('a', 'last words', bob);
    const again = await world.join(ann.room.link, { name: 'Ann', home: ann.home });
    expect((await again.room.get('notes', 'a'))?.value).toBe('last words');
  });
});
