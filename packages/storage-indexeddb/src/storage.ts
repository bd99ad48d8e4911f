import { systemClock } from '@grapevine/ports';
import type { Clock, Storage } from '@grapevine/ports';
import { storageErrors } from './faults.ts';
import type { Batch } from './plan.ts';
import { RoomStore } from './room-store.ts';
import { ownDelta, ownEnd, ownValue, toDeltaRow, toEndRow, toValue } from './rows.ts';
import { migrations } from './schema.ts';

export interface IndexedDbStorageOptions {
  /** The browser's by default. */
  indexedDB?: IDBFactory;
  /** Times the retries; the browser's by default. */
  clock?: Clock;
}

/** Bytes held in memory while they cannot be saved (guess: a few of the largest values). */
const heldBytes = 256 * 1024 * 1024;

/** @returns undefined where there is none; some browsers throw at the mere look (opaque origins) */
export function browserFactory(): IDBFactory | undefined {
  try {
    return globalThis.indexedDB;
  } catch {
    return undefined;
  }
}

/** Bytes of a row beside what it carries: session, seq and signature (guess). */
const rowBytes = 200;

/** Copies, because the writing happens later and the caller's buffers are its own. */
function ownBatch(batch: Batch): { batch: Batch; bytes: number } {
  const deltas = batch.deltas?.map(ownDelta) ?? [];
  const ends = batch.ends?.map(ownEnd) ?? [];
  if (!deltas.every(toDeltaRow)) throw storageErrors.malformed('delta');
  if (!ends.every(toEndRow)) throw storageErrors.malformed('end mark');
  let bytes = 0;
  for (const row of [...deltas, ...ends]) bytes += row.bytes.length + rowBytes;
  const truncate = batch.truncate === undefined ? {} : { truncate: { ...batch.truncate } };
  return { batch: { deltas, ends, ...truncate, replace: batch.replace === true }, bytes };
}

/**
 * The storage port over IndexedDB: one database `grapevine:<topic>` for each room, shared by all tabs of the profile.
 *
 * - A write is durable (`relaxed`: it outlives tab and browser) when its promise resolves. Writes of one task, and those made while a
 *   transaction is under way, share a transaction. A row that is there is not written again unless `replace` is set or it was found damaged.
 * - **Full disk**: the write rejects with `GrapevineError('storage-full')` and stays in memory; it is tried again every 5 s and with every
 *   further write, until it fits; the problem stands as long as anything waits. Beyond 256 MiB waiting, writes reject with
 *   `storage-overflow` and are not kept: write them again once the problem is over.
 * - **Lost connection**: writes wait, unresolved, while the database is opened again after 100 ms, doubling to 30 s, and are then replayed.
 *   Reads try one new handle and reject with `storage-lost`.
 * - **Unavailable or of a newer version**: the problem stands for good; writes resolve at once, values and settings are held in memory.
 *   The same where the first open fails four times within 2.1 s.
 * - `open` waits while another tab holds an older version open (`storage-blocked`).
 */
export function createIndexedDbStorage(options: IndexedDbStorageOptions = {}): Storage {
  const { clock = systemClock } = options;
  let store: RoomStore | undefined;
  const opened = (): RoomStore => {
    if (store === undefined) throw storageErrors.closed();
    return store;
  };
  return {
    async open(topic, onProblem) {
      if (store !== undefined) throw storageErrors.open();
      const factory = options.indexedDB ?? browserFactory();
      const report = onProblem;
      store = new RoomStore({ factory, clock, steps: migrations, topic, heldBytes, report });
      return store.load();
    },
    async write(batch) {
      const own = ownBatch(batch);
      await opened().writeRows(own.batch, own.bytes);
    },
    async readValue(hash) {
      return opened().readValue(hash);
    },
    async writeValue(hash, saltedValue) {
      if (toValue(saltedValue) === undefined) throw storageErrors.malformed('value');
      await opened().writeValue(hash, ownValue(saltedValue));
    },
    async readSetting(name) {
      return opened().readSetting(name);
    },
    async writeSetting(name, value) {
      let copy: unknown;
      try {
        copy = structuredClone(value);
      } catch (error) {
        throw storageErrors.notCloneable(name, error);
      }
      await opened().writeSetting(name, { value: copy });
    },
    async close() {
      const closing = store;
      store = undefined;
      await closing?.close(storageErrors.closed());
    },
  };
}
