import type { DeltaRow, EndRow, Storage } from '@grapevine/ports';
import { deltaKey } from './load.ts';
import type { DamagedKeys } from './load.ts';

export type Batch = Parameters<Storage['write']>[0];

/** One thing waiting for the next transaction, in the order it was asked for. */
export type RowWrite = { batch: Batch } | { setting: string; held: HeldSetting };

/** A setting on its way to the disk; boxed, so that two writes of equal values are told apart. */
export interface HeldSetting {
  value: unknown;
}

interface Wanted<Row> {
  row: Row;
  replace: boolean;
}

/** What may be written in any order: everything between two truncations. */
interface Stage {
  truncate: { session: string; seq: number } | undefined;
  deltas: Map<string, Wanted<DeltaRow>>;
  ends: Map<string, Wanted<EndRow>>;
}

function want<Row>(rows: Map<string, Wanted<Row>>, key: string, row: Row, replace: boolean): void {
  // Of two plain writes of one row the first holds, as it would have on disk.
  if (replace || !rows.has(key)) {
    rows.set(key, { row, replace: replace || rows.get(key)?.replace === true });
  }
}

/** Puts many small batches together, so that their rows can be checked and written in one go. */
function stagesOf(writes: readonly RowWrite[], damaged: DamagedKeys): Stage[] {
  let stage: Stage = { truncate: undefined, deltas: new Map(), ends: new Map() };
  const stages = [stage];
  for (const write of writes) {
    if (!('batch' in write)) continue;
    const { deltas = [], ends = [], truncate, replace = false } = write.batch;
    if (truncate !== undefined) {
      stage = { truncate, deltas: new Map(), ends: new Map() };
      stages.push(stage);
    }
    for (const row of deltas) {
      const key = deltaKey(row.session, row.seq);
      want(stage.deltas, key, row, replace || damaged.has(key));
    }
    for (const row of ends) {
      want(stage.ends, row.session, row, replace || damaged.has(row.session));
    }
  }
  return stages;
}

function compareRows(a: DeltaRow, b: DeltaRow): number {
  if (a.session !== b.session) return a.session < b.session ? -1 : 1;
  return a.seq - b.seq;
}

/** Consecutive rows of one session, ascending. */
function* rangesOf(rows: readonly DeltaRow[]): Generator<DeltaRow[]> {
  let range: DeltaRow[] = [];
  for (const row of rows) {
    const last = range.at(-1);
    if (last !== undefined && (last.session !== row.session || last.seq + 1 !== row.seq)) {
      yield range;
      range = [];
    }
    range.push(row);
  }
  if (range.length > 0) yield range;
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error));
  });
}

/**
 * Adds the rows of `range` that are not there. Asking for the keys first costs 0.2 ms on a single row and saves the most where it counts, in
 * the other tabs: 1,000 rows that are there already take 6 ms, against 73 ms with a failing `add` for each and 376 ms when they
 * are written again (Chromium, 2 cores). A failing `add` also rules out `commit()`, which aborts on handled errors.
 */
async function addMissing(store: IDBObjectStore, range: readonly DeltaRow[]): Promise<void> {
  const first = range[0];
  const last = range.at(-1);
  if (first === undefined || last === undefined) return;
  const keys = await result(
    store.getAllKeys(
      IDBKeyRange.bound([first.session, first.seq], [last.session, last.seq]),
      range.length,
    ),
  );
  const held = new Set<unknown>(keys.map((key) => (Array.isArray(key) ? key[1] : undefined)));
  for (const row of range) if (!held.has(row.seq)) store.put(row);
}

async function writeStage(transaction: IDBTransaction, stage: Stage): Promise<void> {
  const deltas = transaction.objectStore('deltas');
  const ends = transaction.objectStore('ends');
  const { truncate } = stage;
  if (truncate !== undefined) {
    // Arrays sort after numbers, so the range holds whatever a session has from `seq` on.
    deltas.delete(IDBKeyRange.bound([truncate.session, truncate.seq], [truncate.session, []]));
  }
  const plain: DeltaRow[] = [];
  for (const { row, replace } of stage.deltas.values()) {
    if (replace) deltas.put(row);
    else plain.push(row);
  }
  const checks = [...rangesOf(plain.sort(compareRows))].map((range) => addMissing(deltas, range));
  for (const { row, replace } of stage.ends.values()) {
    if (replace) ends.put(row);
    else checks.push(addEnd(ends, row));
  }
  await Promise.all(checks);
}

async function addEnd(store: IDBObjectStore, row: EndRow): Promise<void> {
  if ((await result(store.getKey(row.session))) === undefined) store.put(row);
}

/** Issues everything `writes` asks for within `transaction`, in an order that comes to the same. */
export async function applyWrites(
  transaction: IDBTransaction,
  writes: readonly RowWrite[],
  damaged: DamagedKeys,
): Promise<void> {
  for (const write of writes) {
    if ('setting' in write)
      transaction.objectStore('settings').put(write.held.value, write.setting);
  }
  for (const stage of stagesOf(writes, damaged)) await writeStage(transaction, stage);
}

/** The rows of `writes` are sound on disk now. */
export function healDamage(writes: readonly RowWrite[], damaged: DamagedKeys): void {
  if (damaged.size === 0) return;
  for (const write of writes) {
    if (!('batch' in write)) continue;
    for (const row of write.batch.deltas ?? []) damaged.delete(deltaKey(row.session, row.seq));
    for (const row of write.batch.ends ?? []) damaged.delete(row.session);
  }
}
