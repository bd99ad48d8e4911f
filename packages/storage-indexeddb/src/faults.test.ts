import 'fake-indexeddb/auto';
import {
  createVirtualClock,
  deltaRows,
  freshSession,
  freshTopic,
} from '@grapevine/ports/conformance';
import { wrap } from 'idb';
import { describe, expect, it, vi } from 'vitest';
import { createIndexedDbStorage } from './index.ts';
import { loadRoom } from './load.ts';
import { RoomStore } from './room-store.ts';
import { migrations } from './schema.ts';
import type { RoomDatabase } from './schema.ts';
import { Disk, connectionLost, openRaw, putRaw, quotaExceeded } from './testing/disk.ts';
import { ProblemLog, codeOf, openTab } from './testing/tab.ts';
import type { Tab } from './testing/tab.ts';

const hash = 'ab'.repeat(32);

/** A tab whose room is on disk already, so that its handle can be taken away. */
async function openWrittenTab(): Promise<Tab & { session: string }> {
  const tab = await openTab();
  const session = freshSession();
  await tab.storage.write({ deltas: deltaRows(session, 1, 1) });
  return { ...tab, session };
}

async function storedSeqs({ disk, topic }: Tab, session: string): Promise<number[]> {
  const { room, storage } = await openTab(disk, topic);
  await storage.close();
  return room.deltas.filter((row) => row.session === session).map(({ seq }) => seq);
}

describe('a lost connection', () => {
  it('is told, reopened, and no longer told', async () => {
    const tab = await openWrittenTab();
    tab.disk.sever();
    await tab.problems.until('storage-lost');
    tab.clock.advance(100);
    await tab.problems.until(undefined);
    expect(tab.problems.codes).toEqual(['storage-lost', undefined]);
    await tab.storage.write({ deltas: deltaRows(tab.session, 2, 2) });
    expect(await storedSeqs(tab, tab.session)).toEqual([1, 2]);
  });

  it('keeps what was written meanwhile and replays it', async () => {
    const tab = await openWrittenTab();
    tab.disk.sever();
    await tab.problems.until('storage-lost');
    tab.disk.openFaults.push(connectionLost());
    const written = Promise.all([
      tab.storage.write({ deltas: deltaRows(tab.session, 2, 9) }),
      tab.storage.writeValue(hash, Uint8Array.of(1)),
      tab.storage.writeSetting('name', 'kept'),
    ]);
    expect(await tab.storage.readSetting('name')).toBe('kept');
    tab.clock.advance(100);
    await vi.waitUntil(() => tab.clock.nextInMs === 200, { interval: 0 });
    tab.clock.advance(200);
    await written;
    await tab.problems.until(undefined);
    expect(await storedSeqs(tab, tab.session)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('that nobody told of is noticed by the next write, which loses nothing', async () => {
    const tab = await openWrittenTab();
    tab.disk.severSilently();
    const written = tab.storage.write({ deltas: deltaRows(tab.session, 2, 3) });
    await tab.problems.until('storage-lost');
    tab.clock.advance(100);
    await written;
    await tab.problems.until(undefined);
    expect(await storedSeqs(tab, tab.session)).toEqual([1, 2, 3]);
  });

  it('that nobody told of does not fail a read', async () => {
    const tab = await openWrittenTab();
    await tab.storage.writeSetting('name', 'there');
    tab.disk.severSilently();
    expect(await tab.storage.readSetting('name')).toBe('there');
    expect(tab.problems.codes).toEqual([]);
  });

  it('is waited for longer and longer, up to 30 s', async () => {
    const tab = await openWrittenTab();
    tab.disk.openFaults.push(...Array.from({ length: 11 }, connectionLost));
    tab.disk.sever();
    const waits: (number | undefined)[] = [];
    for (let tries = 0; tries < 11; tries++) {
      await vi.waitUntil(() => tab.clock.nextInMs !== undefined, { interval: 0 });
      waits.push(tab.clock.nextInMs);
      tab.clock.advance(tab.clock.nextInMs ?? 0);
    }
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000]);
  });

  it('makes reads reject, rather than say that nothing is there', async () => {
    const tab = await openWrittenTab();
    tab.disk.severSilently();
    tab.disk.openFaults.push(connectionLost(), connectionLost());
    expect(await codeOf(tab.storage.readSetting('author'))).toBe('storage-lost');
  });

  it('during a transaction leaves the rows waiting, not half written', async () => {
    const tab = await openWrittenTab();
    let faults = 1;
    tab.disk.writeFault = () => (faults-- > 0 ? connectionLost() : undefined);
    const written = tab.storage.write({ deltas: deltaRows(tab.session, 2, 4) });
    await tab.problems.until('storage-lost');
    expect(await storedSeqs(tab, tab.session)).toEqual([1]);
    tab.clock.advance(100);
    await written;
    expect(await storedSeqs(tab, tab.session)).toEqual([1, 2, 3, 4]);
  });
});

describe('a full disk', () => {
  it('rejects the write, keeps the rows, and saves them within 5 s of there being room', async () => {
    const tab = await openWrittenTab();
    tab.disk.writeFault = quotaExceeded;
    expect(await codeOf(tab.storage.write({ deltas: deltaRows(tab.session, 2, 3) }))).toBe(
      'storage-full',
    );
    expect(await codeOf(tab.storage.writeValue(hash, Uint8Array.of(7)))).toBe('storage-full');
    expect(await tab.storage.readValue(hash)).toEqual(Uint8Array.of(7));
    expect(tab.problems.codes).toEqual(['storage-full']);
    tab.disk.writeFault = undefined;
    tab.clock.advance(5_000);
    await tab.problems.until(undefined);
    expect(await storedSeqs(tab, tab.session)).toEqual([1, 2, 3]);
    expect(await tab.storage.readValue(hash)).toEqual(Uint8Array.of(7));
  });

  it('goes on trying every 5 s', async () => {
    const tab = await openWrittenTab();
    tab.disk.writeFault = quotaExceeded;
    expect(await codeOf(tab.storage.writeSetting('name', 1))).toBe('storage-full');
    for (let tries = 2; tries < 5; tries++) {
      tab.disk.writes = 0;
      tab.clock.advance(4_999);
      expect(tab.disk.writes).toBe(0);
      tab.clock.advance(1);
      await vi.waitUntil(() => tab.clock.nextInMs === 5_000, { interval: 0 });
      expect(tab.disk.writes).toBe(1);
    }
  });

  it('is tried again with the next write, which takes the waiting rows along', async () => {
    const tab = await openWrittenTab();
    tab.disk.writeFault = quotaExceeded;
    await codeOf(tab.storage.write({ deltas: deltaRows(tab.session, 2, 2) }));
    tab.disk.writeFault = undefined;
    await tab.storage.write({ deltas: deltaRows(tab.session, 3, 3) });
    expect(await storedSeqs(tab, tab.session)).toEqual([1, 2, 3]);
    expect(tab.problems.codes).toEqual(['storage-full', undefined]);
  });

  it('for a large value does not hold up rows or smaller values', async () => {
    const tab = await openWrittenTab();
    let large = true;
    tab.disk.writeFault = (stores) =>
      stores.includes('values') && large ? quotaExceeded() : undefined;
    const refused = codeOf(tab.storage.writeValue(hash, new Uint8Array(100)));
    const value = tab.storage.writeValue('cd'.repeat(32), Uint8Array.of(1));
    expect(await refused).toBe('storage-full');
    large = false;
    await value;
    await tab.storage.write({ deltas: deltaRows(tab.session, 2, 2) });
    expect(await storedSeqs(tab, tab.session)).toEqual([1, 2]);
    expect(tab.problems.codes).toEqual(['storage-full']);
    tab.clock.advance(5_000);
    await tab.problems.until(undefined);
  });

  it('beyond what memory may hold, refuses to keep more, and says so', async () => {
    const disk = new Disk();
    const problems = new ProblemLog();
    const store = new RoomStore({
      factory: disk,
      clock: createVirtualClock(),
      steps: migrations,
      topic: freshTopic(),
      heldBytes: 1_000,
      report: problems.report,
    });
    await store.load();
    disk.writeFault = quotaExceeded;
    const [first, second] = [new Uint8Array(600), new Uint8Array(600)];
    expect(await codeOf(store.writeValue(hash, first))).toBe('storage-full');
    expect(await codeOf(store.writeValue('cd'.repeat(32), second))).toBe('storage-overflow');
    expect(await store.readValue(hash)).toEqual(first);
    expect(await store.readValue('cd'.repeat(32))).toBeUndefined();
    disk.writeFault = undefined;
    await store.writeRows({ deltas: deltaRows(freshSession(), 1, 1) }, 300);
    expect(await codeOf(store.writeValue('cd'.repeat(32), second))).toBe('storage-overflow');
  });

  it('what could not be saved is told so when the storage closes', async () => {
    const tab = await openWrittenTab();
    tab.disk.sever();
    await tab.problems.until('storage-lost');
    const written = codeOf(tab.storage.write({ deltas: deltaRows(tab.session, 2, 2) }));
    await tab.storage.close();
    expect(await written).toBe('storage-closed');
    expect(tab.clock.pending).toBe(0);
  });
});

describe('no database to be had', () => {
  it('the room lives in memory, and that is told once', async () => {
    const problems = new ProblemLog();
    const storage = createIndexedDbStorage({ clock: createVirtualClock(), indexedDB: refusing() });
    const room = await storage.open(freshTopic(), problems.report);
    expect(room).toEqual({ deltas: [], ends: [], values: [], damaged: 0 });
    await storage.write({ deltas: deltaRows(freshSession(), 1, 3) });
    await storage.writeValue(hash, Uint8Array.of(1));
    await storage.writeSetting('name', 'here');
    expect(await storage.readValue(hash)).toEqual(Uint8Array.of(1));
    expect(await storage.readSetting('name')).toBe('here');
    await storage.close();
    expect(problems.codes).toEqual(['storage-unavailable']);
  });

  it('a browser without IndexedDB is no different', async () => {
    vi.stubGlobal('indexedDB', undefined);
    const problems = new ProblemLog();
    const storage = createIndexedDbStorage({ clock: createVirtualClock() });
    await storage.open(freshTopic(), problems.report);
    vi.unstubAllGlobals();
    await storage.writeSetting('name', 'here');
    expect(await storage.readSetting('name')).toBe('here');
    expect(problems.codes).toEqual(['storage-unavailable']);
  });

  it('an open that fails four times within 2.1 s is given up, and never touches the disk later', async () => {
    const disk = new Disk();
    const topic = freshTopic();
    const first = await openTab(disk, topic);
    await first.storage.writeSetting('author', 'old');
    await first.storage.close();
    disk.openFaults.push(...Array.from({ length: 4 }, connectionLost));
    const clock = createVirtualClock();
    const problems = new ProblemLog();
    const storage = createIndexedDbStorage({ indexedDB: disk, clock });
    const opening = storage.open(topic, problems.report);
    for (const waitMs of [100, 400, 1_600]) {
      await vi.waitUntil(() => clock.nextInMs === waitMs, { interval: 0 });
      clock.advance(waitMs);
    }
    await opening;
    await storage.writeSetting('author', 'new');
    await storage.close();
    expect(problems.codes.at(-1)).toBe('storage-unavailable');
    const later = await openTab(disk, topic);
    expect(await later.storage.readSetting('author')).toBe('old');
  });

  it('an open that fails at first and then goes well loads the room', async () => {
    const tab = await openWrittenTab();
    const clock = createVirtualClock();
    const problems = new ProblemLog();
    tab.disk.openFaults.push(connectionLost());
    const storage = createIndexedDbStorage({ indexedDB: tab.disk, clock });
    const opening = storage.open(tab.topic, problems.report);
    await problems.until('storage-lost');
    await vi.waitUntil(() => clock.nextInMs === 100, { interval: 0 });
    clock.advance(100);
    expect((await opening).deltas).toHaveLength(1);
    expect(problems.codes).toEqual(['storage-lost', undefined]);
  });

  it('a database that is not of a room is left alone', async () => {
    const disk = new Disk();
    const topic = freshTopic();
    const foreign = await openRaw(disk, `grapevine:${topic}`, 1, (database) => {
      database.createObjectStore('other');
    });
    foreign.close();
    const { problems } = await openTab(disk, topic);
    expect(problems.codes).toEqual(['storage-unavailable']);
  });
});

/** An IndexedDB whose use a browser forbids. */
function refusing(): IDBFactory {
  const disk = new Disk();
  disk.open = () => {
    throw new DOMException('The operation is insecure.', 'SecurityError');
  };
  return disk;
}

describe('damaged rows', () => {
  it('are left out, counted, left in place, and overwritten when they are written again', async () => {
    const tab = await openWrittenTab();
    const session = freshSession();
    const rows = deltaRows(session, 1, 6);
    const ends = [{ session, bytes: Uint8Array.of(1) }];
    await tab.storage.write({ deltas: rows, ends });
    const raw = await openRaw(tab.disk, `grapevine:${tab.topic}`, 1);
    await putRaw(raw, 'deltas', [
      { row: { ...rows[1], bytes: 'text' } },
      { row: { session, seq: 4 } },
      { row: { ...rows[5], hash: new Uint8Array(5) } },
      { row: { session: 7, seq: 'no session at all' } },
    ]);
    await putRaw(raw, 'ends', [{ row: { session, bytes: null } }]);
    raw.close();
    const again = await openTab(tab.disk, tab.topic);
    const held = again.room.deltas.filter((row) => row.session === session);
    expect(held.map(({ seq }) => seq)).toEqual([1, 3, 5]);
    expect(again.room.ends).toEqual([]);
    expect(again.room.damaged).toBe(5);
    await again.storage.write({ deltas: rows, ends });
    const healed = await openTab(tab.disk, tab.topic);
    expect(healed.room.deltas.filter((row) => row.session === session)).toEqual(rows);
    expect(healed.room.ends).toEqual(ends);
    expect(healed.room.damaged).toBe(1);
  });

  it('once overwritten are protected like any other row', async () => {
    const tab = await openWrittenTab();
    const raw = await openRaw(tab.disk, `grapevine:${tab.topic}`, 1);
    await putRaw(raw, 'deltas', [{ row: { session: tab.session, seq: 2 } }]);
    raw.close();
    const again = await openTab(tab.disk, tab.topic);
    const [first, second] = [deltaRows(tab.session, 2, 2), deltaRows(tab.session, 2, 2)];
    await again.storage.write({ deltas: first });
    await again.storage.write({ deltas: second });
    const { room } = await openTab(tab.disk, tab.topic);
    expect(room.deltas[1]).toEqual(first[0]);
  });

  it('a value of the wrong shape is not there, and can be written again', async () => {
    const tab = await openWrittenTab();
    const raw = await openRaw(tab.disk, `grapevine:${tab.topic}`, 1);
    await putRaw(raw, 'values', [
      { row: 'text', key: hash },
      { row: Uint8Array.of(1), key: 'no hash' },
    ]);
    raw.close();
    expect((await openTab(tab.disk, tab.topic)).room.values).toEqual([hash]);
    expect(await tab.storage.readValue(hash)).toBeUndefined();
    await tab.storage.writeValue(hash, Uint8Array.of(1, 2));
    expect(await tab.storage.readValue(hash)).toEqual(Uint8Array.of(1, 2));
  });

  it.each([1, 2, 3, 4, 10])(
    'pages of %i rows give every row once, damage at an edge or not',
    async (rows) => {
      const tab = await openTab();
      const session = freshSession();
      await tab.storage.write({ deltas: deltaRows(session, 1, 9) });
      const raw = await openRaw(tab.disk, `grapevine:${tab.topic}`, 1);
      await putRaw(raw, 'deltas', [{ row: { session, seq: 3 } }, { row: { session, seq: 8 } }]);
      const damaged = new Set<string>();
      const room = await loadRoom(wrap(raw) as RoomDatabase, damaged, rows);
      raw.close();
      expect(room.deltas.map(({ seq }) => seq)).toEqual([1, 2, 4, 5, 6, 7, 9]);
      expect(room.damaged).toBe(2);
      expect([...damaged]).toEqual([`${session}/3`, `${session}/8`]);
    },
  );
});
