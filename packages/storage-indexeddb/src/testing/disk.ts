import { IDBFactory as FakeFactory, forceCloseDatabase } from 'fake-indexeddb';

/** An IndexedDB of its own that can be made to fail. */
export class Disk extends FakeFactory {
  /** Handles opened and not yet closed by the test, oldest first. */
  readonly handles: IDBDatabase[] = [];
  /** What the next opens fail with, one each. */
  readonly openFaults: DOMException[] = [];
  opens = 0;
  /** Transactions begun for writing. */
  writes = 0;
  /** Decides whether a transaction that writes `stores` fails as it is committed. */
  writeFault: ((stores: readonly string[]) => DOMException | undefined) | undefined;

  override open(name: string, version?: number): IDBOpenDBRequest {
    this.opens += 1;
    const fault = this.openFaults.shift();
    if (fault !== undefined) throw fault;
    const request = super.open(name, version);
    request.addEventListener('success', () => {
      this.#watch(request.result);
      this.handles.push(request.result);
    });
    return request;
  }

  /** Closes every handle as a browser does that takes the database away: with a `close` event. */
  sever(): void {
    for (const handle of this.handles.splice(0)) {
      Reflect.apply(forceCloseDatabase, undefined, [handle]);
    }
  }

  /** Every handle stops working and nobody is told. */
  severSilently(): void {
    for (const handle of this.handles.splice(0)) handle.close();
  }

  async names(): Promise<(string | undefined)[]> {
    return (await this.databases()).map(({ name }) => name);
  }

  #watch(handle: IDBDatabase): void {
    const begin = handle.transaction.bind(handle);
    handle.transaction = (stores, mode, options) => {
      const transaction = begin(stores, mode, options);
      if (mode === 'readwrite') this.#watchWrite(transaction);
      return transaction;
    };
  }

  #watchWrite(transaction: IDBTransaction): void {
    this.writes += 1;
    const commit = transaction.commit.bind(transaction);
    transaction.commit = () => {
      const fault = this.writeFault?.([...transaction.objectStoreNames]);
      if (fault === undefined) {
        commit();
        return;
      }
      transaction.abort();
      Object.defineProperty(transaction, 'error', { value: fault });
    };
  }
}

export const quotaExceeded = (): DOMException =>
  new DOMException('no room left', 'QuotaExceededError');

export const connectionLost = (): DOMException =>
  new DOMException('Connection to Indexed Database server lost.', 'UnknownError');

/** Opens a database past the storage, creating it as `upgrade` says. */
export function openRaw(
  factory: IDBFactory,
  name: string,
  version: number,
  upgrade?: (database: IDBDatabase) => void,
): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, version);
    request.onupgradeneeded = () => upgrade?.(request.result);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('open failed'));
  });
}

/** Puts rows of any shape into a database. */
export function putRaw(
  database: IDBDatabase,
  store: string,
  rows: readonly { row: unknown; key?: IDBValidKey }[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, 'readwrite');
    for (const { row, key } of rows) transaction.objectStore(store).put(row, key);
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('aborted'));
  });
}
