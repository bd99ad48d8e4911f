import type { Entry, Page } from '@grapevine/room';
import { sameEntry } from '../pure/same-entry.ts';

export type FetchPage = (cursor: string | undefined, limit: number) => Promise<Page<Entry>>;

/** Entries asked for at once: one or two screens full first, since after every change they are read again, then a few. A guess. */
export const pageSize = { first: 50, next: 200 };

/**
 * A list read page by page, as far as somebody has scrolled. After a change the same stretch is read again; meanwhile the old one stays.
 * Never two readings at a time.
 */
export class EntrySource {
  items: readonly Entry[] = [];
  /** The first reading is over. */
  ready = false;
  /** Nothing comes after `items`. */
  complete = false;
  error: unknown;
  readonly #fetch: FetchPage;
  readonly #onUpdate: () => void;
  #cursor: string | undefined;
  #wanted = pageSize.first;
  #stale = true;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(fetch: FetchPage, onUpdate: () => void) {
    this.#fetch = fetch;
    this.#onUpdate = onUpdate;
    void this.#run();
  }

  /** Rows up to `count` are about to be shown. */
  need(count: number): void {
    if (count <= this.#wanted) return;
    this.#wanted = Math.ceil(count / pageSize.next) * pageSize.next;
    void this.#run();
  }

  /** What has been read may have changed. Resolves once it has been read again. */
  refresh(): Promise<void> {
    this.#stale = true;
    return this.#run();
  }

  close(): void {
    this.#closed = true;
  }

  #run(): Promise<void> {
    this.#running ??= this.#catchUp().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #catchUp(): Promise<void> {
    try {
      while (this.#hasWork()) {
        const changed = await this.#read(this.#stale);
        if (!changed && this.ready && this.error === undefined) continue;
        this.error = undefined;
        this.#publish();
      }
    } catch (error) {
      this.error = error;
      this.#publish();
    }
  }

  #publish(): void {
    this.ready = true;
    if (!this.#closed) this.#onUpdate();
  }

  #hasWork(): boolean {
    return !this.#closed && (this.#stale || (this.items.length < this.#wanted && !this.complete));
  }

  /**
   * Reads on, or from the start as far as before.
   * @returns whether that is anything new
   */
  async #read(fromStart: boolean): Promise<boolean> {
    if (fromStart) this.#stale = false;
    const items = fromStart ? [] : [...this.items];
    let cursor = fromStart ? undefined : this.#cursor;
    const goal = Math.max(this.#wanted, fromStart ? this.items.length : 0);
    let complete = false;
    do {
      const page = await this.#fetch(cursor, Math.min(goal - items.length, pageSize.next));
      for (const item of page.items) items.push(item);
      cursor = page.cursor;
      complete = cursor === undefined;
    } while (!complete && items.length < goal && !this.#closed);
    const changed =
      complete !== this.complete ||
      items.length !== this.items.length ||
      items.some((item, index) => !sameEntry(item, this.items[index]));
    if (changed) this.items = items;
    this.#cursor = cursor;
    this.complete = complete;
    return changed;
  }
}
