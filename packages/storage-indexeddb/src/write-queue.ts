import { storageErrors } from './faults.ts';
import type { Fault } from './faults.ts';

/**
 * Bytes put into one transaction before the next is begun, so that a large import becomes durable piece by piece (guess: a fraction of a
 * second's writing).
 */
const transactionBytes = 8 * 1024 * 1024;

interface Waiting<Item> {
  item: Item;
  bytes: number;
  resolve: () => void;
  reject: (error: unknown) => void;
}

export interface WriteQueueHooks<Item> {
  /** Makes `items` durable, all or none. */
  commit(items: readonly Item[]): Promise<void>;
  /** Told of a failure, raises the problem, and says what kind it is. */
  failed(error: unknown): Fault;
  /** Everything that waited is durable. */
  drained(): void;
}

/**
 * Writes waiting for the disk, in order. Whatever is added within a task, or while a transaction is under way, goes into one transaction.
 * Nothing leaves the queue before it is durable.
 */
export class WriteQueue<Item> {
  readonly #hooks: WriteQueueHooks<Item>;
  readonly #alone: boolean;
  #waiting: Waiting<Item>[] = [];
  #draining: Promise<void> | undefined;
  /** The handle is gone: only `wake` starts again. */
  #lost = false;
  #bytes = 0;

  /** @param alone each item gets its own transaction, and one that does not fit does not hold up the next */
  constructor(alone: boolean, hooks: WriteQueueHooks<Item>) {
    this.#alone = alone;
    this.#hooks = hooks;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Resolves when durable. Rejects with `storage-full` when the disk is full; the item stays and is tried again. */
  add(item: Item, bytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, bytes, resolve, reject });
      this.#bytes += bytes;
      if (!this.#lost) this.#start();
    });
  }

  /** Tries again what waits. */
  wake(): void {
    this.#lost = false;
    if (this.#waiting.length > 0) this.#start();
  }

  /** Resolves once nothing is being tried any more, whether it went well or not. */
  async settled(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining;
  }

  /** Empties the queue; what waited is told `error`, or that it is done where there is none. */
  release(error?: Error): void {
    const released = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    for (const one of released) {
      if (error === undefined) one.resolve();
      else one.reject(error);
    }
  }

  #start(): void {
    this.#draining ??= this.#drain();
  }

  async #drain(): Promise<void> {
    // The rest of the task joins the first transaction.
    await Promise.resolve();
    await this.#writeAll();
    // Not a turn later: what is added from now on starts anew.
    this.#draining = undefined;
    if (this.#waiting.length === 0) this.#hooks.drained();
  }

  async #writeAll(): Promise<void> {
    let skipped = 0;
    while (skipped < this.#waiting.length) {
      const group = this.#group(skipped);
      try {
        await this.#hooks.commit(group.map((one) => one.item));
      } catch (error) {
        const fault = this.#hooks.failed(error);
        this.#lost = fault === 'lost';
        if (fault !== 'full') return;
        for (const one of group) one.reject(storageErrors.full());
        if (!this.#alone) return;
        skipped += group.length;
        continue;
      }
      this.#remove(skipped, group);
    }
  }

  #group(from: number): Waiting<Item>[] {
    let bytes = 0;
    const group: Waiting<Item>[] = [];
    for (let i = from; i < this.#waiting.length; i++) {
      const next = this.#waiting[i];
      if (
        next === undefined ||
        (i > from && (this.#alone || bytes + next.bytes > transactionBytes))
      )
        break;
      group.push(next);
      bytes += next.bytes;
    }
    return group;
  }

  #remove(at: number, group: readonly Waiting<Item>[]): void {
    // `release` may have emptied the queue meanwhile.
    if (this.#waiting[at] === group[0]) {
      this.#waiting.splice(at, group.length);
      for (const one of group) this.#bytes -= one.bytes;
    }
    for (const one of group) one.resolve();
  }
}
