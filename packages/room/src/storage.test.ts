import { hlcToMs } from '@grapevine/replica';
import { describe, expect, it } from 'vitest';
import { codeOf, World, type Home } from './testing/world.ts';

const codes = (room: { status(): { problems: { code: string }[] } }) =>
  room.status().problems.map(({ code }) => code);

function rowsOf({ device }: Home) {
  return [...device.values()].flatMap(({ deltas }) =>
    [...deltas.values()].flatMap((feed) => [...feed.values()]),
  );
}

describe('two tabs of one profile', () => {
  it('store each delta once on the device they share', async () => {
    const world = new World();
    const home = world.newHome();
    const first = await world.join(undefined, { name: 'Ann', home, withTabs: true });
    await first.room.put('notes', 'a', 'of the first');
    const second = await world.join(first.room.link, { name: 'Ann', home, withTabs: true });
    await world.linked(first, second);
    expect(second.room.self.author).toBe(first.room.self.author);
    await second.room.put('notes', 'b', 'of the second');
    await world.shows('b', 'of the second', first);
    await world.shows('a', 'of the first', second);
    await world.inSync(first, second);
    await Promise.all([first.room.leave(), second.room.leave()]);
    const places = rowsOf(home).map(({ session, seq }) => `${session} ${seq}`);
    expect(new Set(places).size).toBe(places.length);
    const again = await world.join(first.room.link, { home });
    expect(again.room.stats().entries).toBe(2);
    expect(codes(again.room)).toEqual([]);
  });
});

describe('a damaged row', () => {
  it('is left out, told, fetched again from a member and replaced', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    for (const key of ['a', 'b', 'c']) await ann.room.put('notes', key, `value ${key}`);
    await world.shows('c', 'value c', bob);
    await bob.room.leave();
    const row = rowsOf(bob.home).find(({ seq }) => seq === 4);
    if (!row) throw new Error('a row');
    const intact = row.bytes.slice();
    row.bytes[row.bytes.length - 1] = ~(row.bytes.at(-1) ?? 0);

    const offline = await world.join(ann.room.link, {
      home: bob.home,
      withoutNetwork: true,
      ports: { signaling: undefined },
    });
    expect(offline.room.stats().entries).toBe(1);
    expect(codes(offline.room)).toEqual(['storage-damaged']);
    await offline.room.leave();

    const online = await world.join(ann.room.link, { name: 'Bob', home: bob.home });
    expect(codes(online.room)).toEqual(['storage-damaged']);
    await world.shows('c', 'value c', online);
    await world.until('it is over', () => codes(online.room).length === 0);
    expect(online.storage.replacements).toBeGreaterThan(0);
    await online.room.leave();
    expect(rowsOf(bob.home).find(({ seq }) => seq === 4)?.bytes).toEqual(intact);
  });
});

describe('a full disk', () => {
  it('rejects the write with a code; the value is there all the same, and saved later', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    await ann.room.put('notes', 'a', 'saved');
    ann.storage.fill();
    expect(await codeOf(ann.room.put('notes', 'b', 'not yet'))).toBe('storage-full');
    expect(codes(ann.room)).toEqual(['storage-full']);
    await world.shows('b', 'not yet', ann, bob);
    await ann.storage.makeRoom();
    expect(codes(ann.room)).toEqual([]);
    await ann.room.leave();
    const again = await world.join(ann.room.link, { home: ann.home });
    await world.shows('b', 'not yet', again);
  });

  it('that refuses even to hold what waits gets it once there is room', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    await ann.room.put('notes', 'a', 'saved');
    await world.shows('a', 'saved', bob);
    for (const { storage } of [ann, bob]) storage.fill(false);
    const large = 'large '.repeat(10_000);
    expect(await codeOf(ann.room.put('notes', 'b', 'refused'))).toBe('storage-overflow');
    expect(await codeOf(ann.room.put('notes', 'c', large))).toBe('storage-overflow');
    await world.shows('b', 'refused', ann, bob);
    await world.shows('c', large, bob);
    await world.pass(100);
    for (const { storage } of [ann, bob]) await storage.makeRoom();
    for (const member of [ann, bob]) {
      await member.room.leave();
      const again = await world.join(ann.room.link, { home: member.home, withoutNetwork: true });
      expect((await again.room.get('notes', 'b'))?.value).toBe('refused');
      expect((await again.room.get('notes', 'c'))?.value).toBe(large);
      await again.room.leave();
    }
  });

  it('at the first write of all does not fail the ones after it', async () => {
    const world = new World();
    const ann = await world.join(undefined, { name: 'Ann' });
    ann.storage.fill();
    expect(await codeOf(ann.room.put('notes', 'a', 1))).toBe('storage-full');
    await ann.storage.makeRoom();
    await ann.room.put('notes', 'b', 2);
    await ann.room.leave();
    const again = await world.join(ann.room.link, { home: ann.home });
    expect(again.room.self.author).toBe(ann.room.self.author);
    expect(again.room.stats().entries).toBe(2);
  });
});

describe('L7: a clock that is far ahead', () => {
  const dayMs = 24 * 60 * 60 * 1000;

  it('keeps what it wrote out of sight until it is its time, and says so', async () => {
    const world = new World();
    const bob = await world.join(undefined, { name: 'Bob' });
    const ann = await world.join(bob.room.link, { name: 'Ann', aheadMs: 3 * dayMs });
    await world.linked(ann, bob);
    ann.room.doc('page').getText('body').insert(0, 'from the future');
    await ann.room.put('notes', 'a', 'from the future');
    await world.inSync(ann, bob);
    expect(await bob.room.get('notes', 'a')).toBeUndefined();
    expect(bob.room.doc('page').getText('body').toJSON()).toBe('');
    expect(codes(bob.room)).toEqual(['clock-ahead']);
    await bob.room.put('notes', 'b', 'dated today');
    const [written] = await bob.room.history('notes', 'b');
    expect(hlcToMs(written?.hlc ?? 0)).toBeLessThan(world.clock.now() + dayMs);

    await Promise.all([ann.room.leave(), bob.room.leave()]);
    const again = await world.join(bob.room.link, { home: bob.home });
    expect(await again.room.get('notes', 'a')).toBeUndefined();
    expect(codes(again.room)).toEqual(['clock-ahead']);
    world.skippedMs = dayMs;
    world.clock.advance(60_000);
    await world.shows('a', 'from the future', again);
    expect(again.room.doc('page').getText('body').toJSON()).toBe('from the future');
    expect(codes(again.room)).toEqual([]);
  });

  it('does not make others look ahead to those whose clocks differ a little', async () => {
    const world = new World();
    const bob = await world.join(undefined, { name: 'Bob', aheadMs: -60_000 });
    const seen = new Set<string>();
    bob.room.on('status', () => codes(bob.room).forEach((code) => seen.add(code)));
    const ann = await world.join(bob.room.link, { name: 'Ann' });
    const ahead = await world.join(bob.room.link, { name: 'Cyd', aheadMs: dayMs - 30_000 });
    await world.linked(ann, bob, ahead);
    await ahead.room.put('notes', 'a', 'a day ahead');
    await world.shows('a', 'a day ahead', ann);
    await ann.room.put('notes', 'b', 'written after it');
    await world.shows('b', 'written after it', bob);
    expect([...seen]).toEqual([]);
  });
});
