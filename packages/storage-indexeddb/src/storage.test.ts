import 'fake-indexeddb/auto';
import type { DeltaRow, Storage, StoredRoom } from '@grapevine/ports';
import {
  createMemoryDevice,
  createMemoryStorage,
  deltaRow,
  deltaRows,
  freshSession,
  freshTopic,
  runStorageTests,
} from '@grapevine/ports/conformance';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createIndexedDbStorage, forgetRoom, listRooms } from './index.ts';
import { Disk, openRaw } from './testing/disk.ts';
import { codeOf, openTab } from './testing/tab.ts';

runStorageTests('createIndexedDbStorage', () => ({ createStorage: createIndexedDbStorage }));

describe('what is created', () => {
  it('nothing before the first write, whatever is read', async () => {
    const { disk, storage, problems } = await openTab();
    await storage.readSetting('name');
    await storage.readValue('00'.repeat(32));
    expect(await disk.names()).toEqual([]);
    await storage.close();
    expect(await disk.names()).toEqual([]);
    expect(problems.codes).toEqual([]);
  });

  it('one database for each room, named after its topic', async () => {
    const { disk, storage, topic } = await openTab();
    await storage.write({ deltas: deltaRows(freshSession(), 1, 2) });
    expect(await disk.databases()).toEqual([{ name: `grapevine:${topic}`, version: 1 }]);
  });

  it('the rooms of a device can be listed and forgotten', async () => {
    const disk = new Disk();
    const [one, other] = [await openTab(disk), await openTab(disk)];
    for (const { storage } of [one, other]) await storage.writeSetting('name', 'x');
    (await openRaw(disk, 'of another app', 1)).close();
    expect((await listRooms(disk))?.sort()).toEqual([one.topic, other.topic].sort());
    await forgetRoom(one.topic, disk);
    expect(await listRooms(disk)).toEqual([other.topic]);
    await forgetRoom(freshTopic(), disk);
  });

  it('a room forgotten in one tab is created anew by what another writes', async () => {
    const { disk, storage, topic, problems } = await openTab();
    await storage.write({ deltas: deltaRows(freshSession(), 1, 5) });
    await forgetRoom(topic, disk);
    expect(await storage.readSetting('name')).toBeUndefined();
    expect(await disk.names()).toEqual([]);
    const rows = deltaRows(freshSession(), 1, 2);
    await storage.write({ deltas: rows });
    expect((await openTab(disk, topic)).room.deltas).toEqual(rows);
    expect(problems.codes).toEqual([]);
  });

  it('a room that another program holds open is not forgotten before that lets go', async () => {
    const { disk, storage, topic } = await openTab();
    await storage.writeSetting('name', 'x');
    await storage.close();
    const holder = await openRaw(disk, `grapevine:${topic}`, 1);
    expect(await codeOf(forgetRoom(topic, disk))).toBe('storage-blocked');
    holder.close();
  });
});

describe('transactions', () => {
  it('writes of one task are one, and those made meanwhile another', async () => {
    const { disk, storage } = await openTab();
    await storage.writeSetting('first', 1);
    disk.writes = 0;
    const rows = deltaRows(freshSession(), 1, 500);
    const early = rows.slice(0, 200).map((row) => storage.write({ deltas: [row] }));
    await vi.waitUntil(() => disk.writes === 1, { interval: 0 });
    const late = rows.slice(200).map((row) => storage.write({ deltas: [row] }));
    await Promise.all([...early, ...late]);
    expect(disk.writes).toBe(2);
  });

  it('rows that another tab has stored are not written again', async () => {
    const disk = new Disk();
    const one = await openTab(disk);
    const other = await openTab(disk, one.topic);
    const rows = deltaRows(freshSession(), 1, 200);
    const puts = vi.spyOn(IDBObjectStore.prototype, 'put');
    await Promise.all(
      [one, other].flatMap(({ storage }) => rows.map((row) => storage.write({ deltas: [row] }))),
    );
    expect(puts).toHaveBeenCalledTimes(rows.length);
  });

  it('a value that another tab has stored is not written again', async () => {
    const disk = new Disk();
    const one = await openTab(disk);
    const other = await openTab(disk, one.topic);
    const bytes = new Uint8Array(50_000).fill(7);
    await one.storage.writeValue('ab'.repeat(32), bytes);
    disk.writes = 0;
    await other.storage.writeValue('ab'.repeat(32), bytes);
    expect(disk.writes).toBe(0);
  });

  it('a batch is written whole or not at all', async () => {
    const { disk, storage, topic } = await openTab();
    const session = freshSession();
    await storage.write({ deltas: deltaRows(session, 1, 4) });
    disk.writeFault = () => new DOMException('no room left', 'QuotaExceededError');
    const ends = [{ session, bytes: Uint8Array.of(1) }];
    const failed = storage.write({ ends, truncate: { session, seq: 2 } });
    expect(await codeOf(failed)).toBe('storage-full');
    const { room } = await openTab(disk, topic);
    expect(room.deltas.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(room.ends).toEqual([]);
  });
});

describe('what is refused', () => {
  it('a row of the wrong shape, before anything is written', async () => {
    const { disk, storage } = await openTab();
    const good = deltaRow(freshSession(), 1);
    const bad: DeltaRow[] = [
      { ...good, session: 'A' },
      { ...good, seq: 0 },
      { ...good, seq: 1.5 },
      { ...good, bytes: new Uint8Array(0) },
      { ...good, bytes: new Uint8Array(70_000) },
      { ...good, hash: new Uint8Array(31) },
      { ...good, signature: new Uint8Array(63) },
    ];
    for (const row of bad) {
      expect(await codeOf(storage.write({ deltas: [good, row] }))).toBe('storage-malformed');
    }
    const ends = [{ session: 'A', bytes: Uint8Array.of(1) }];
    expect(await codeOf(storage.write({ ends }))).toBe('storage-malformed');
    expect(await disk.names()).toEqual([]);
  });

  it('a setting that cannot be cloned', async () => {
    const { storage } = await openTab();
    const setting = storage.writeSetting('name', () => undefined);
    expect(await codeOf(setting)).toBe('setting-not-cloneable');
    expect(await storage.readSetting('name')).toBeUndefined();
  });
});

describe('against the model', () => {
  const sessions = ['a'.repeat(32), 'b'.repeat(32)];
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 4 });
  const row = fc
    .record({ session: fc.constantFrom(...sessions), seq: fc.integer({ min: 1, max: 8 }), bytes })
    .map((part) => ({ ...part, hash: new Uint8Array(32), signature: undefined }));
  const end = fc.record({ session: fc.constantFrom(...sessions), bytes });
  const batch = fc.record({
    tab: fc.nat(1),
    awaited: fc.boolean(),
    deltas: fc.array(row, { maxLength: 6 }),
    ends: fc.array(end, { maxLength: 2 }),
    replace: fc.boolean(),
    truncate: fc.option(
      fc.record({ session: fc.constantFrom(...sessions), seq: fc.integer({ min: 1, max: 8 }) }),
      { nil: undefined, freq: 3 },
    ),
  });

  async function play(storages: readonly Storage[], batches: readonly BatchOf[], topic: string) {
    for (const storage of storages) await storage.open(topic, () => expect.unreachable());
    let last = 0;
    let writing: Promise<void>[] = [];
    for (const { tab, awaited, truncate, ...rest } of batches) {
      // Only writes of one tab have an order among them without waiting.
      if (awaited || tab !== last) await Promise.all(writing.splice(0));
      last = tab;
      const storage = storages[tab];
      if (storage === undefined) continue;
      writing.push(storage.write({ ...rest, ...(truncate === undefined ? {} : { truncate }) }));
    }
    await Promise.all(writing);
    writing = [];
    for (const storage of storages) await storage.close();
  }

  type BatchOf = typeof batch extends fc.Arbitrary<infer One> ? One : never;

  it('any writes of two tabs leave what the memory storage holds after them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 12 }), async (batches) => {
        const topic = freshTopic();
        const disk = new Disk();
        const device = createMemoryDevice();
        const onDisk = (): Storage => createIndexedDbStorage({ indexedDB: disk });
        const inMemory = (): Storage => createMemoryStorage(device);
        await play([onDisk(), onDisk()], batches, topic);
        await play([inMemory(), inMemory()], batches, topic);
        const load = (storage: Storage): Promise<StoredRoom> =>
          storage.open(topic, () => expect.unreachable());
        expect(await load(onDisk())).toEqual(await load(inMemory()));
      }),
      { numRuns: 60 },
    );
  });
});
