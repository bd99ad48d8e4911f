import { unwrap } from 'idb';
import type { RoomDatabase, storeNames } from './schema.ts';

type StoreName = (typeof storeNames)[number];

/**
 * Runs `work` in one transaction that writes `stores`; resolves when it is durable, rejects with what aborted it.
 *
 * Durability is `relaxed` (the default of Chromium and Firefox): the data has been handed to the operating system, so it outlives a crash of
 * the tab and the browser, not always one of the machine. `strict` would add a disk flush to every put, for data that other members hold too.
 *
 * The outcome is read from `complete` and `abort` only: `error` fires earlier, before the transaction knows why it fails.
 */
export async function inTransaction(
  database: RoomDatabase,
  stores: readonly StoreName[],
  work: (transaction: IDBTransaction) => Promise<void>,
): Promise<void> {
  const transaction = unwrap(database).transaction(stores, 'readwrite', { durability: 'relaxed' });
  const outcome = new Promise<void>((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve());
    transaction.addEventListener('abort', () =>
      reject(transaction.error ?? new DOMException('The transaction was aborted.', 'AbortError')),
    );
  });
  let failure: unknown;
  const worked = work(transaction).then(
    () => transaction.commit(),
    (error: unknown) => {
      failure = error;
      // A failed request has aborted it already; anything else must not be half done.
      if (transaction.error === null) abort(transaction);
    },
  );
  try {
    await Promise.all([outcome, worked]);
  } catch (error) {
    throw transaction.error ?? failure ?? error;
  }
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It is over, and its outcome says how.
  }
}
