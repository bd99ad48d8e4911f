import { GrapevineError } from '@grapevine/wire';
import { wrap } from 'idb';
import { storeNames } from './schema.ts';
import type { Migration, RoomDatabase } from './schema.ts';

export interface ConnectionHooks {
  /** Another tab holds an older version open (true), or no longer does (false). */
  blocked(standing: boolean): void;
  /** The handle went, or could not be had again, without anybody having asked for it. */
  failed(error: unknown): void;
}

interface OpenOptions {
  factory: IDBFactory;
  name: string;
  steps: readonly Migration[];
  create: boolean;
  onBlocked: () => void;
}

/**
 * Opens a database, migrating it where it is older.
 *
 * Without `create` a database that is not there stays not there: its creation is aborted, which every engine undoes completely. That
 * is one atomic question, where `indexedDB.databases()` would leave a gap before the open and is missing in older Firefox.
 */
function openDatabase(options: OpenOptions): Promise<IDBDatabase | undefined> {
  const { factory, name, steps, create, onBlocked } = options;
  return new Promise((resolve, reject) => {
    const request = factory.open(name, steps.length);
    let absent = false;
    request.onblocked = onBlocked;
    request.onupgradeneeded = (event) => {
      const transaction = request.transaction;
      if (transaction === null) return;
      absent = event.oldVersion === 0 && !create;
      if (absent) transaction.abort();
      else for (const step of steps.slice(event.oldVersion)) step(request.result, transaction);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = (event) => {
      event.preventDefault();
      if (absent) resolve(undefined);
      else reject(request.error ?? new DOMException('open failed', 'UnknownError'));
    };
  });
}

/** The one handle to a room's database: opened when first needed, dropped and opened again as the browser demands. */
export class Connection {
  readonly #factory: IDBFactory;
  readonly #name: string;
  readonly #steps: readonly Migration[];
  readonly #hooks: ConnectionHooks;
  #handle: IDBDatabase | undefined;
  #database: RoomDatabase | undefined;
  #opening: Promise<RoomDatabase | undefined> | undefined;
  #closed = false;

  constructor(
    factory: IDBFactory,
    name: string,
    steps: readonly Migration[],
    hooks: ConnectionHooks,
  ) {
    this.#factory = factory;
    this.#name = name;
    this.#steps = steps;
    this.#hooks = hooks;
  }

  /**
   * @param create makes the database where there is none; otherwise the answer is undefined then
   * @throws whatever the browser's `open` fails with; `storage-unavailable` for a database that is not a room's
   */
  async database(create: boolean): Promise<RoomDatabase | undefined> {
    while (this.#opening !== undefined) {
      const opened = await this.#opening;
      if (opened !== undefined || !create) return opened;
    }
    if (this.#database !== undefined) return this.#database;
    const opening = this.#open(create).finally(() => {
      if (this.#opening === opening) this.#opening = undefined;
    });
    this.#opening = opening;
    return opening;
  }

  async #open(create: boolean): Promise<RoomDatabase | undefined> {
    let handle: IDBDatabase | undefined;
    try {
      handle = await openDatabase({
        factory: this.#factory,
        name: this.#name,
        steps: this.#steps,
        create,
        onBlocked: () => this.#hooks.blocked(true),
      });
    } finally {
      this.#hooks.blocked(false);
    }
    if (handle === undefined) return undefined;
    const known = handle;
    if (this.#closed || !storeNames.every((store) => known.objectStoreNames.contains(store))) {
      known.close();
      throw new GrapevineError(
        'storage-unavailable',
        `The database ${this.#name} is not one of a room.`,
        'Clear the data of this site, then reload.',
      );
    }
    this.#adopt(known);
    return this.#database;
  }

  #adopt(handle: IDBDatabase): void {
    this.#handle = handle;
    this.#database = wrap(handle) as RoomDatabase;
    handle.addEventListener('versionchange', () => {
      // Held on to, the handle would block the other tab for good.
      if (this.#handle !== handle) return;
      this.drop();
      this.database(false).catch((error: unknown) => this.#hooks.failed(error));
    });
    handle.addEventListener('close', () => {
      if (this.#handle !== handle) return;
      this.drop();
      this.#hooks.failed(new DOMException('The connection was closed.', 'UnknownError'));
    });
  }

  /** Lets go of the handle; the next `database` opens another. Transactions under way finish. */
  drop(): void {
    this.#handle?.close();
    this.#handle = undefined;
    this.#database = undefined;
  }

  close(): void {
    this.#closed = true;
    this.drop();
  }
}
