import { utf8 } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import { FakeStorage } from './testing/fake-storage.ts';
import { codeOf, World, type Joined } from './testing/world.ts';
import type { SettingName } from './types.ts';

const dayMs = 24 * 60 * 60 * 1_000;

function setting({ room }: Joined, name: SettingName) {
  const found = room.settings().find((other) => other.name === name);
  if (!found) throw new Error(`no setting ${name}`);
  return found;
}

const shows = (world: World, name: SettingName, value: number, ...members: Joined[]) =>
  world.until(`all go by ${value}`, () =>
    members.every((member) => setting(member, name).value === value),
  );

/** Rounds run while `ms` pass. */
async function rounds(world: World, { room }: Joined, ms: number): Promise<number> {
  const before = room.stats().roundsRun;
  await world.pass(ms);
  return room.stats().roundsRun - before;
}

describe('a setting of the room', () => {
  it('C1: holds for all at once, those who come later too, and says who set it when', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    expect(setting(bob, 'fanout')).toEqual({
      name: 'fanout',
      value: 2,
      default: 2,
      range: [1, 16],
    });
    const slow = await rounds(world, bob, 3_000);
    const told: number[] = [];
    bob.room.on('settings', () => told.push(setting(bob, 'intervalMs').value));
    await ann.room.setSetting('intervalMs', 200);
    expect(setting(ann, 'intervalMs').value).toBe(200);
    await shows(world, 'intervalMs', 200, bob);
    await world.until('the event came', () => told.at(-1) === 200);
    expect(await rounds(world, bob, 3_000)).toBeGreaterThan(3 * slow);
    const { setBy, setAt = 0 } = setting(bob, 'intervalMs');
    expect(setBy).toEqual({ author: ann.room.self.author, name: 'Ann' });
    expect(Math.abs(setAt - world.clock.now())).toBeLessThan(60_000);
    const cyd = await world.join(ann.room.link, { name: 'Cyd' });
    await shows(world, 'intervalMs', 200, cyd);
  });

  it('that expires gives place to the default everywhere, with nothing written', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    await ann.room.put('.room/settings', 'fanout', 5, { expires_in: 60 });
    await ann.room.put('.room/settings', 'frameBytes', 4_096, { expires_in: 100 * 24 * 3_600 });
    await shows(world, 'fanout', 5, ann, bob);
    await shows(world, 'frameBytes', 4_096, ann, bob);
    const told: number[] = [];
    bob.room.on('settings', () => told.push(setting(bob, 'fanout').value));
    await world.pass(55_000);
    expect(setting(bob, 'fanout').value).toBe(5);
    await world.pass(6_000);
    for (const member of [ann, bob]) {
      expect(setting(member, 'fanout').value).toBe(2);
      expect(setting(member, 'frameBytes').value).toBe(4_096);
    }
    expect(told.at(-1)).toBe(2);
  });

  it('that is taken back gives place to the default', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    await ann.room.setSetting('frameBytes', 4_096);
    await shows(world, 'frameBytes', 4_096, bob);
    await bob.room.setSetting('frameBytes', undefined);
    await shows(world, 'frameBytes', 65_536, ann, bob);
    expect(setting(ann, 'frameBytes').setBy).toBeUndefined();
    await bob.room.setSetting('frameBytes', undefined);
  });

  it('is remembered, and beats what a member has chosen for itself', async () => {
    const world = new World();
    const ann = await world.join(undefined, { name: 'Ann', fanout: 3, intervalMs: 500 });
    expect(setting(ann, 'fanout')).toMatchObject({ value: 3, default: 3 });
    expect(setting(ann, 'fanout').setBy).toBeUndefined();
    await ann.room.setSetting('fanout', 4);
    expect(setting(ann, 'fanout')).toMatchObject({ value: 4, default: 3 });
    expect(setting(ann, 'intervalMs').value).toBe(500);
    await ann.room.leave();
    const again = await world.join(ann.room.link, { name: 'Ann', home: ann.home, fanout: 5 });
    expect(setting(again, 'fanout')).toMatchObject({ value: 4, default: 5 });
    await again.room.setSetting('fanout', undefined);
    expect(setting(again, 'fanout').value).toBe(5);
  });

  it('is a reader not to choose', async () => {
    const world = new World();
    const [ann] = await world.pair();
    const reader = await world.join(ann.room.readOnlyLink, { name: 'Reader' });
    expect(await codeOf(reader.room.setSetting('fanout', 3))).toBe('read-only');
    expect(setting(reader, 'fanout').value).toBe(2);
    await ann.room.setSetting('fanout', 3);
    await shows(world, 'fanout', 3, reader);
  });
});

describe('C2: a setting that is invalid', () => {
  const ranges = { intervalMs: [200, 60_000], fanout: [1, 16], frameBytes: [4_096, 65_536] };

  it.each(Object.entries(ranges))('is refused before it is written: %s', async (key, range) => {
    const name = key as SettingName;
    const [least = 0, most = 0] = range;
    const { room } = await new World().join(undefined, { name: 'Ann' });
    for (const value of [least - 1, most + 1, least + 0.5, NaN, Infinity, '300' as unknown]) {
      expect(await codeOf(room.setSetting(name, value as number))).toBe('setting-invalid');
    }
    expect(await room.history('.room/settings', name)).toEqual([]);
    for (const value of [least, most]) {
      await room.setSetting(name, value);
      expect((await room.get('.room/settings', name))?.value).toBe(value);
    }
  });

  it('is refused where there is no such setting, and when a member joins', async () => {
    const world = new World();
    const { room } = await world.join(undefined, { name: 'Ann' });
    for (const name of ['other', '__proto__', 'toString']) {
      expect(await codeOf(room.setSetting(name as SettingName, 1))).toBe('setting-invalid');
      expect(await codeOf(room.setSetting(name as SettingName, undefined))).toBe('setting-invalid');
    }
    expect(await codeOf(world.join(undefined, { fanout: 17 }))).toBe('setting-invalid');
    expect(await codeOf(world.join(undefined, { intervalMs: 1 }))).toBe('setting-invalid');
  });

  it('is passed over where it is read, and a problem that names it until it is mended', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    const problems = () => bob.room.status().problems;
    for (const value of [0, 17, '3', { fanout: 3 }, null]) {
      await ann.room.put('.room/settings', 'fanout', value);
      await world.until('Bob is told', () => problems().length === 1);
      expect(problems()[0]?.code).toBe('setting-invalid');
      expect(problems()[0]?.message).toContain('Ann set fanout');
      expect(setting(bob, 'fanout')).toEqual({
        name: 'fanout',
        value: 2,
        default: 2,
        range: [1, 16],
      });
      await bob.room.setSetting('fanout', 5);
      expect(problems()).toEqual([]);
      await shows(world, 'fanout', 5, ann);
    }
  });
});

describe('C2: a value too large to be a setting', () => {
  const spaces = ' '.repeat(40_000);

  it('is none, though it is a whole number behind spaces: whoever lacks it yet judges alike', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    const value = utf8(`${spaces}3`);
    await ann.room.put('.room/settings', 'fanout', value, { mime_type: 'application/json' });
    expect((await ann.room.get('.room/settings', 'fanout'))?.value).toBe(3);
    await world.until('Bob holds it', async () => {
      const entry = await bob.room.get('.room/settings', 'fanout');
      return entry?.value === 3;
    });
    for (const { room } of [ann, bob]) {
      await world.until('both are told', () => room.status().problems.length === 1);
      expect(room.status().problems[0]?.code).toBe('setting-invalid');
    }
    expect([ann, bob].map((member) => setting(member, 'fanout').value)).toEqual([2, 2]);
  });

  it('is passed over unread, when the room opens and when it changes', async () => {
    const world = new World();
    const ann = await world.join(undefined, { name: 'Ann' });
    await ann.room.put('.room/settings', 'fanout', `${spaces}3`);
    await ann.room.leave();
    const storage = new FakeStorage(ann.home.device);
    const again = await world.join(ann.room.link, { home: ann.home, ports: { storage } });
    const problems = () => again.room.status().problems.map(({ code }) => code);
    expect(problems()).toEqual(['setting-invalid']);
    await again.room.setSetting('intervalMs', 500);
    await again.room.put('.room/settings', 'fanout', `${spaces}44`);
    expect(problems()).toEqual(['setting-invalid']);
    expect(setting(again, 'intervalMs').value).toBe(500);
    expect(storage.valueReads).toBe(0);
    expect((await again.room.get('.room/settings', 'fanout'))?.value).toBe(`${spaces}44`);
  });

  it('keeps no room from opening where storage fails to give it, and no other setting from holding', async () => {
    const world = new World();
    const ann = await world.join(undefined, { name: 'Ann' });
    await ann.room.setSetting('frameBytes', 4_096);
    await ann.room.put('.room/settings', 'fanout', spaces);
    await ann.room.leave();
    const storage = new FakeStorage(ann.home.device);
    storage.failReads = true;
    const again = await world.join(ann.room.link, { home: ann.home, ports: { storage } });
    expect(await codeOf(again.room.get('.room/settings', 'fanout'))).toBe('storage-lost');
    expect(setting(again, 'fanout').value).toBe(2);
    expect(setting(again, 'frameBytes').value).toBe(4_096);
    await again.room.setSetting('intervalMs', 500);
    expect(setting(again, 'intervalMs').value).toBe(500);
  });
});

describe('C1: settings', () => {
  it('set by two at once are the same for all, and whoever knows both wins over both', async () => {
    const world = new World();
    const [ann, bob, cyd] = await world.trio();
    await Promise.all([ann.room.setSetting('fanout', 3), bob.room.setSetting('fanout', 4)]);
    const values = () => [ann, bob, cyd].map((member) => setting(member, 'fanout').value);
    await world.until('all hold both', async () => {
      const histories = await Promise.all(
        [ann, bob, cyd].map(({ room }) => room.history('.room/settings', 'fanout')),
      );
      return histories.every(({ length }) => length === 2);
    });
    await world.until('all agree', () => new Set(values()).size === 1);
    expect([3, 4]).toContain(values()[0]);
    await cyd.room.setSetting('fanout', 5);
    await shows(world, 'fanout', 5, ann, bob, cyd);
  });

  it('by a clock a day ahead are replaced by whoever has seen them', async () => {
    const world = new World();
    const ann = await world.join(undefined, { name: 'Ann', aheadMs: dayMs });
    const bob = await world.join(ann.room.link, { name: 'Bob' });
    await world.linked(ann, bob);
    await ann.room.setSetting('fanout', 9);
    await shows(world, 'fanout', 9, bob);
    await bob.room.setSetting('fanout', 3);
    await shows(world, 'fanout', 3, ann, bob);
    expect(setting(ann, 'fanout').setBy?.name).toBe('Bob');
  });

  it('by a clock far ahead hold for nobody else, and lock nothing', async () => {
    const world = new World();
    const ann = await world.join(undefined, { name: 'Ann', aheadMs: 900 * dayMs });
    const bob = await world.join(ann.room.link, { name: 'Bob' });
    const cyd = await world.join(ann.room.link, { name: 'Cyd' });
    await world.linked(ann, bob, cyd);
    await ann.room.setSetting('fanout', 9);
    await world.inSync(bob, cyd);
    expect(setting(bob, 'fanout').value).toBe(2);
    await bob.room.setSetting('fanout', 3);
    await shows(world, 'fanout', 3, bob, cyd);
    await cyd.room.setSetting('fanout', 4);
    await shows(world, 'fanout', 4, bob, cyd);
  });

  it('are in no list, search, watch or export of notes, unless asked for', async () => {
    const world = new World();
    const { room } = await world.join(undefined, { name: 'Ann' });
    const watched: string[] = [];
    const events = room.watch();
    void (async () => {
      for await (const { key } of events) watched.push(key);
    })();
    await room.setSetting('fanout', 3);
    await room.put('notes', 'a', 'fanout');
    expect((await room.list()).items.map(({ key }) => key)).toEqual(['a']);
    expect((await room.listNamespaces()).map(({ namespace }) => namespace)).toEqual(['notes']);
    expect((await room.search('fanout')).items.map(({ key }) => key)).toEqual(['a']);
    expect(room.stats().entries).toBe(1);
    let exported = '';
    for await (const line of room.exportJsonl()) exported += line;
    expect(exported).not.toContain('.room');
    await world.until('the note was told', () => watched.includes('a'));
    expect(watched).toEqual(['a']);
    const own = await room.list('.room');
    expect(own.items.map(({ namespace, key }) => [namespace, key])).toEqual([
      ['.room/settings', 'fanout'],
    ]);
    expect((await room.changes()).items.map(({ key }) => key)).toContain('fanout');
  });
});
