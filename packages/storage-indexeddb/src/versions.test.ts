import 'fake-indexeddb/auto';
import type { StoredRoom } from '@grapevine/ports';
import {
  createVirtualClock,
  deltaRows,
  freshSession,
  freshTopic,
} from '@grapevine/ports/conformance';
import { describe, expect, it } from 'vitest';
import { RoomStore } from './room-store.ts';
import { migrations } from './schema.ts';
import type { Migration } from './schema.ts';
import { Disk, openRaw } from './testing/disk.ts';
import { ProblemLog, openTab } from './testing/tab.ts';

/** A version 2 that might be: every delta gets a mark. */
const nextMigration: Migration = (database, transaction) => {
  database.createObjectStore('marks');
  const cursor = transaction.objectStore('deltas').openCursor();
  cursor.onsuccess = () => {
    const at = cursor.result;
    if (at === null) return;
    transaction.objectStore('marks').put('migrated', at.primaryKey);
    at.continue();
  };
};

function nextVersion(disk: Disk, topic: string): { store: RoomStore; problems: ProblemLog } {
  const problems = new ProblemLog();
  const store = new RoomStore({
    factory: disk,
    clock: createVirtualClock(),
    steps: [...migrations, nextMigration],
    topic,
    heldBytes: 1_000_000,
    report: problems.report,
  });
  return { store, problems };
}

async function writtenRoom() {
  const tab = await openTab();
  const rows = deltaRows(freshSession(), 1, 5);
  await tab.storage.write({ deltas: rows });
  return { ...tab, rows };
}

function countOf(database: IDBDatabase, store: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = database.transaction(store).objectStore(store).count();
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('count failed'));
  });
}

describe('a newer version', () => {
  it('migrates an older database and keeps its rows', async () => {
    const { disk, topic, rows, storage } = await writtenRoom();
    await storage.close();
    const { store } = nextVersion(disk, topic);
    expect((await store.load()).deltas).toEqual(rows);
    const raw = await openRaw(disk, `grapevine:${topic}`, 2);
    expect(await countOf(raw, 'marks')).toBe(rows.length);
    raw.close();
  });

  it('creates a database with every step', async () => {
    const disk = new Disk();
    const { store } = nextVersion(disk, freshTopic());
    await store.load();
    await store.writeSetting('name', { value: 1 });
    const [made] = await disk.databases();
    expect(made?.version).toBe(2);
    expect([...(disk.handles[0]?.objectStoreNames ?? [])]).toContain('marks');
  });

  it('gets its way at once: the older tab lets go, says so, and goes on in memory', async () => {
    const older = await writtenRoom();
    const { store, problems } = nextVersion(older.disk, older.topic);
    const room = await store.load();
    expect(room.deltas).toEqual(older.rows);
    expect(problems.codes).not.toContain('storage-lost');
    await older.problems.until('storage-newer');
    await older.storage.writeSetting('name', 'in memory');
    expect(await older.storage.readSetting('name')).toBe('in memory');
    expect(await store.readSetting('name')).toBeUndefined();
  });

  it('waits for a tab that does not let go, and says that it does', async () => {
    const { disk, topic, rows, storage } = await writtenRoom();
    await storage.close();
    const holder = await openRaw(disk, `grapevine:${topic}`, 1);
    const { store, problems } = nextVersion(disk, topic);
    const loading: Promise<StoredRoom> = store.load();
    await problems.until('storage-blocked');
    holder.close();
    expect((await loading).deltas).toEqual(rows);
    expect(problems.codes).toEqual(['storage-blocked', undefined]);
  });
});

describe('an older page', () => {
  it('leaves a database of a newer version alone and lives in memory', async () => {
    const disk = new Disk();
    const topic = freshTopic();
    const newer = await openRaw(disk, `grapevine:${topic}`, 99, (database) => {
      database.createObjectStore('unheard of');
    });
    newer.close();
    const { storage, room, problems } = await openTab(disk, topic);
    expect(problems.codes).toEqual(['storage-newer']);
    expect(room.deltas).toEqual([]);
    await storage.write({ deltas: deltaRows(freshSession(), 1, 3) });
    await storage.writeSetting('name', 'in memory');
    expect(await storage.readSetting('name')).toBe('in memory');
    expect(await disk.databases()).toEqual([{ name: `grapevine:${topic}`, version: 99 }]);
  });

  it('lets go of its handle for a change of version that comes to nothing, and goes on', async () => {
    const { disk, topic, storage, problems, rows } = await writtenRoom();
    const handle = disk.handles[0];
    const attempt = openRaw(disk, `grapevine:${topic}`, 2, () => {
      throw new Error('the upgrade fails');
    });
    await expect(attempt).rejects.toThrow();
    expect(() => handle?.transaction('deltas')).toThrow();
    await storage.writeSetting('name', 'saved');
    expect(problems.codes).toEqual([]);
    const again = await openTab(disk, topic);
    expect(again.room.deltas).toEqual(rows);
    expect(await again.storage.readSetting('name')).toBe('saved');
  });
});
