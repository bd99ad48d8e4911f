import { GrapevineError } from '@grapevine/wire';
import type { SessionId, ValueHash } from '@grapevine/wire';
import type { DeltaRow, EndRow, Storage } from '../storage.ts';

interface MemoryRoom {
  deltas: Map<SessionId, Map<number, DeltaRow>>;
  ends: Map<SessionId, EndRow>;
  values: Map<ValueHash, Uint8Array>;
  settings: Map<string, unknown>;
}

/** What several storages share, as the tabs of one profile share a disk: rooms by topic. */
export type MemoryDevice = Map<string, MemoryRoom>;

export function createMemoryDevice(): MemoryDevice {
  return new Map();
}

function emptyRoom(): MemoryRoom {
  return { deltas: new Map(), ends: new Map(), values: new Map(), settings: new Map() };
}

function closedError(): GrapevineError {
  return new GrapevineError('storage-closed', 'The storage is not open.', 'Open the room first.');
}

function ownDelta(row: DeltaRow): DeltaRow {
  const { session, seq, bytes, hash, signature } = row;
  return { session, seq, bytes: bytes.slice(), hash: hash.slice(), signature: signature?.slice() };
}

function ownEnd(row: EndRow): EndRow {
  return { session: row.session, bytes: row.bytes.slice() };
}

function writeRows(room: MemoryRoom, batch: Parameters<Storage['write']>[0]): void {
  const { deltas = [], ends = [], truncate, replace = false } = batch;
  if (truncate !== undefined) {
    const feed = room.deltas.get(truncate.session);
    for (const seq of feed?.keys() ?? []) if (seq >= truncate.seq) feed?.delete(seq);
  }
  for (const row of deltas) {
    const feed = room.deltas.get(row.session) ?? new Map<number, DeltaRow>();
    room.deltas.set(row.session, feed);
    if (replace || !feed.has(row.seq)) feed.set(row.seq, ownDelta(row));
  }
  for (const row of ends) {
    if (replace || !room.ends.has(row.session)) room.ends.set(row.session, ownEnd(row));
  }
}

function byText([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function ascending(room: MemoryRoom): DeltaRow[] {
  const feeds = [...room.deltas].sort(byText);
  return feeds.flatMap(([, feed]) => [...feed.values()].sort((a, b) => a.seq - b.seq));
}

/**
 * A storage that lasts as long as `device`, for tests: give two storages one device to make them two tabs of a profile, or the same
 * tab before and after a reload. It never has a problem.
 */
export function createMemoryStorage(device: MemoryDevice = createMemoryDevice()): Storage {
  let topic: string | undefined;
  const find = (): MemoryRoom | undefined => {
    if (topic === undefined) throw closedError();
    return device.get(topic);
  };
  const create = (): MemoryRoom => {
    const room = find() ?? emptyRoom();
    if (topic !== undefined) device.set(topic, room);
    return room;
  };
  return {
    async open(newTopic) {
      if (topic !== undefined) {
        throw new GrapevineError('storage-open', 'The storage is open already.', 'Close it first.');
      }
      topic = newTopic;
      const room = find() ?? emptyRoom();
      return {
        deltas: ascending(room).map(ownDelta),
        ends: [...room.ends].sort(byText).map(([, row]) => ownEnd(row)),
        values: [...room.values.keys()].sort(),
        damaged: 0,
      };
    },
    async write(batch) {
      writeRows(create(), batch);
    },
    async readValue(hash) {
      return find()?.values.get(hash)?.slice();
    },
    async writeValue(hash, saltedValue) {
      create().values.set(hash, saltedValue.slice());
    },
    async readSetting(name) {
      return find()?.settings.get(name);
    },
    async writeSetting(name, value) {
      create().settings.set(name, structuredClone(value));
    },
    async close() {
      topic = undefined;
    },
  };
}
