import type { WatchEvent } from './types.ts';
import type { EntryNode } from './version.ts';

/** What a watcher is told about an entry, made when it is read. */
type Describe = (entry: EntryNode, local: boolean) => WatchEvent;

/**
 * Events for one reader. Entries that changed wait as themselves and become an event when they are
 * read, so a slow reader gets the latest of each and what waits is never more than there are
 * entries.
 */
export class Watcher implements AsyncIterableIterator<WatchEvent> {
  readonly #describe: Describe;
  readonly #onClose: (watcher: Watcher) => void;
  readonly #waiting = new Map<EntryNode, boolean>();
  #readers: ((result: IteratorResult<WatchEvent>) => void)[] = [];
  #isClosed = false;

  constructor(describe: Describe, onClose: (watcher: Watcher) => void) {
    this.#describe = describe;
    this.#onClose = onClose;
  }

  /** Entries that wait to be read. */
  get pending(): number {
    return this.#waiting.size;
  }

  changed(entry: EntryNode, local: boolean): void {
    if (this.#isClosed) return;
    this.#waiting.delete(entry);
    this.#waiting.set(entry, local);
    const reader = this.#readers.shift();
    if (reader) reader(this.#take());
  }

  next(): Promise<IteratorResult<WatchEvent>> {
    if (this.#isClosed || this.#waiting.size > 0) return Promise.resolve(this.#take());
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  return(): Promise<IteratorResult<WatchEvent>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#waiting.clear();
    const readers = this.#readers;
    this.#readers = [];
    for (const reader of readers) reader({ done: true, value: undefined });
    this.#onClose(this);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): IteratorResult<WatchEvent> {
    const [first] = this.#waiting;
    if (first === undefined) return { done: true, value: undefined };
    const [entry, local] = first;
    this.#waiting.delete(entry);
    return { done: false, value: this.#describe(entry, local) };
  }
}
