import type { Clock, StoredRoom, StorageProblem } from '@grapevine/ports';
import type { GrapevineError, ValueHash } from '@grapevine/wire';
import { equalBytes } from '@grapevine/wire';
import { Connection } from './connection.ts';
import { ProblemBoard, faultOf, problems, storageErrors } from './faults.ts';
import type { Fault } from './faults.ts';
import { emptyRoom, loadRoom } from './load.ts';
import type { DamagedKeys } from './load.ts';
import { applyWrites, healDamage } from './plan.ts';
import type { Batch, HeldSetting, RowWrite } from './plan.ts';
import { toValue } from './rows.ts';
import { databaseName } from './schema.ts';
import type { Migration, RoomDatabase } from './schema.ts';
import { inTransaction } from './transaction.ts';
import { WriteQueue } from './write-queue.ts';

/** What a setting counts for among them: settings are small and few (guess). */
const settingBytes = 1_024;
/** Between two tries to write to a full disk, milliseconds (guess: people free space in minutes). */
const fullRetryMs = 5_000;
/** Before a lost database is opened again, milliseconds, doubling (guess). */
const reopenFirstMs = 100;
const reopenMostMs = 30_000;
/** Waits before the tries of the first open, milliseconds (guess): then the room starts without. */
const openDelaysMs: readonly number[] = [0, 100, 400, 1_600];

export interface RoomStoreOptions {
  factory: IDBFactory | undefined;
  clock: Clock;
  steps: readonly Migration[];
  topic: string;
  /** Bytes held in memory while they cannot be saved; a write beyond is refused. */
  heldBytes: number;
  report: (problem: StorageProblem | undefined) => void;
}

interface ValueWrite {
  hash: ValueHash;
  salted: Uint8Array;
}

/** The open storage of one room: a connection, two queues of writes, and what has not reached the disk yet. */
export class RoomStore {
  readonly #clock: Clock;
  readonly #heldBytes: number;
  readonly #board: ProblemBoard;
  readonly #connection: Connection | undefined;
  readonly #rows: WriteQueue<RowWrite>;
  /** Apart from the rows, so that a large value holds up no small write. */
  readonly #values: WriteQueue<ValueWrite>;
  readonly #damaged: DamagedKeys = new Set();
  /** Read before the disk: waiting writes, or everything while nothing can be saved. */
  readonly #heldValues = new Map<ValueHash, Uint8Array>();
  readonly #heldSettings = new Map<string, HeldSetting>();
  #loading: Promise<StoredRoom> | undefined;
  #memoryOnly = false;
  #closed = false;
  #reopenMs = reopenFirstMs;
  #cancelReopen: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;

  constructor(options: RoomStoreOptions) {
    const { factory, clock, steps, topic, report } = options;
    this.#clock = clock;
    this.#heldBytes = options.heldBytes;
    this.#board = new ProblemBoard(report);
    const failed = (error: unknown): Fault => this.#failed(error);
    const drained = (): void => this.#drained();
    this.#rows = new WriteQueue(false, { commit: (w) => this.#commitRows(w), failed, drained });
    this.#values = new WriteQueue(true, { commit: (w) => this.#commitValues(w), failed, drained });
    if (factory === undefined) {
      this.#goMemoryOnly(
        problems.unavailable(new DOMException('no IndexedDB', 'NotSupportedError')),
      );
      return;
    }
    this.#connection = new Connection(factory, databaseName(topic), steps, {
      blocked: (standing) => {
        if (standing) this.#board.raise(problems.blocked());
        else this.#board.clear('storage-blocked');
      },
      failed: (error) => {
        this.#failed(error);
      },
    });
  }

  load(): Promise<StoredRoom> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load(): Promise<StoredRoom> {
    let cause: unknown;
    for (const delayMs of openDelaysMs) {
      if (delayMs > 0) await new Promise<void>((resolve) => this.#clock.after(delayMs, resolve));
      if (this.#closed) break;
      try {
        this.#damaged.clear();
        const database = await this.#connection?.database(false);
        const room = database === undefined ? emptyRoom() : await loadRoom(database, this.#damaged);
        this.#board.clear('storage-lost');
        return room;
      } catch (error) {
        cause = error;
        if (this.#closed || this.#isFinal(error)) break;
        this.#connection?.drop();
        this.#board.raise(problems.lost(error));
      }
    }
    // Had it opened later, settings made meanwhile would replace the ones that could not be read: an author key among them.
    if (!this.#memoryOnly && !this.#closed) this.#goMemoryOnly(problems.unavailable(cause));
    return emptyRoom();
  }

  writeRows(batch: Batch, bytes: number): Promise<void> {
    if (this.#memoryOnly) return Promise.resolve();
    return this.#refusal(bytes) ?? this.#rows.add({ batch }, bytes);
  }

  writeValue(hash: ValueHash, salted: Uint8Array): Promise<void> {
    const refused = this.#refusal(salted.length);
    if (refused !== undefined) return refused;
    this.#heldValues.set(hash, salted);
    if (this.#memoryOnly) return Promise.resolve();
    return this.#values.add({ hash, salted }, salted.length);
  }

  writeSetting(name: string, held: HeldSetting): Promise<void> {
    const refused = this.#refusal(settingBytes);
    if (refused !== undefined) return refused;
    this.#heldSettings.set(name, held);
    if (this.#memoryOnly) return Promise.resolve();
    return this.#rows.add({ setting: name, held }, settingBytes);
  }

  async readValue(hash: ValueHash): Promise<Uint8Array | undefined> {
    const held = this.#heldValues.get(hash);
    if (held !== undefined) return held.slice();
    return toValue(await this.#read((database) => database.get('values', hash)));
  }

  async readSetting(name: string): Promise<unknown> {
    const held = this.#heldSettings.get(name);
    if (held !== undefined) return held.value;
    return this.#read((database) => database.get('settings', name));
  }

  /** Waits for what is being written, unless the disk is gone; what could not be saved is told so. */
  async close(closed: GrapevineError): Promise<void> {
    this.#closed = true;
    const gone = this.#board.has('storage-lost') || this.#board.has('storage-blocked');
    this.#board.silence();
    this.#cancelReopen?.();
    this.#cancelRetry?.();
    if (!gone) await Promise.all([this.#rows.settled(), this.#values.settled()]);
    this.#connection?.close();
    this.#rows.release(closed);
    this.#values.release(closed);
  }

  /** @returns a refusal where `bytes` more are too many to hold */
  #refusal(bytes: number): Promise<void> | undefined {
    let held = this.#rows.bytes + this.#values.bytes;
    if (this.#memoryOnly) for (const salted of this.#heldValues.values()) held += salted.length;
    return held + bytes > this.#heldBytes ? Promise.reject(storageErrors.overflow()) : undefined;
  }

  async #database(create: boolean): Promise<RoomDatabase | undefined> {
    await this.#loading;
    return this.#memoryOnly ? undefined : this.#connection?.database(create);
  }

  async #commitRows(writes: readonly RowWrite[]): Promise<void> {
    const database = await this.#database(true);
    if (database === undefined) return;
    await inTransaction(database, ['deltas', 'ends', 'settings'], (transaction) =>
      applyWrites(transaction, writes, this.#damaged),
    );
    healDamage(writes, this.#damaged);
    for (const write of writes) {
      if (!('setting' in write)) continue;
      if (this.#heldSettings.get(write.setting) === write.held) {
        this.#heldSettings.delete(write.setting);
      }
    }
  }

  async #commitValues(writes: readonly ValueWrite[]): Promise<void> {
    const database = await this.#database(true);
    if (database === undefined) return;
    for (const { hash, salted } of writes) {
      // Read first: another tab has mostly stored it, and if not these bytes, then damaged ones.
      const stored = toValue(await database.get('values', hash));
      if (stored === undefined || !equalBytes(stored, salted)) {
        await inTransaction(database, ['values'], async (transaction) => {
          transaction.objectStore('values').put(salted, hash);
        });
      }
      if (this.#heldValues.get(hash) === salted) this.#heldValues.delete(hash);
    }
  }

  /** Reads once more over a new handle where the first try fails: a severed connection is only noticed by using it. */
  async #read(get: (database: RoomDatabase) => Promise<unknown>): Promise<unknown> {
    for (let tries = 1; ; tries++) {
      try {
        const database = await this.#database(false);
        return database === undefined ? undefined : await get(database);
      } catch (error) {
        if (this.#closed) throw storageErrors.closed();
        this.#connection?.drop();
        if (tries === 1) continue;
        if (this.#failed(error) !== 'newer') throw storageErrors.lost(error);
        return undefined;
      }
    }
  }

  #failed(error: unknown): Fault {
    const fault = faultOf(error);
    if (this.#closed || this.#memoryOnly || this.#isFinal(error)) return fault;
    if (fault === 'full') this.#retryLater();
    else this.#reopenLater(error);
    return fault;
  }

  /** Nothing can be saved for the life of this page: goes on in memory. */
  #isFinal(error: unknown): boolean {
    const fault = faultOf(error);
    if (fault === 'newer') this.#goMemoryOnly(problems.newer());
    else if (fault === 'unavailable') this.#goMemoryOnly(problems.unavailable(error));
    return this.#memoryOnly;
  }

  #retryLater(): void {
    // Full, but there again.
    this.#board.clear('storage-lost');
    this.#board.raise(problems.full());
    this.#cancelRetry ??= this.#clock.after(fullRetryMs, () => {
      this.#cancelRetry = undefined;
      this.#rows.wake();
      this.#values.wake();
    });
  }

  #reopenLater(error: unknown): void {
    this.#connection?.drop();
    this.#board.raise(problems.lost(error));
    if (this.#cancelReopen !== undefined) return;
    this.#cancelReopen = this.#clock.after(this.#reopenMs, () => {
      this.#cancelReopen = undefined;
      void this.#reopen();
    });
    this.#reopenMs = Math.min(this.#reopenMs * 2, reopenMostMs);
  }

  async #reopen(): Promise<void> {
    try {
      await this.#database(false);
    } catch (error) {
      this.#failed(error);
      return;
    }
    if (this.#rows.size + this.#values.size === 0) this.#drained();
    this.#rows.wake();
    this.#values.wake();
  }

  /** A queue has emptied: the disk takes what it is given. */
  #drained(): void {
    if (this.#rows.size + this.#values.size > 0 || this.#memoryOnly) return;
    this.#reopenMs = reopenFirstMs;
    this.#board.clear('storage-lost');
    this.#board.clear('storage-full');
  }

  #goMemoryOnly(problem: StorageProblem): void {
    this.#memoryOnly = true;
    this.#cancelReopen?.();
    this.#cancelRetry?.();
    this.#board.clear('storage-lost');
    this.#board.clear('storage-full');
    this.#board.raise(problem);
    this.#rows.release();
    this.#values.release();
  }
}
