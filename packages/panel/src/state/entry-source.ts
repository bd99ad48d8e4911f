import type { Entry, Page } from '@grapevine/room';
import { sameEntry } from '../pure/same-entry.ts';
import { Pace, pause } from './pace.ts';

export type FetchPage = (cursor: string | undefined, limit: number) => Promise<Page<Entry>>;

/** Entries asked for at once: a few screens full. */
export const pageSize = 200;
/** Milliseconds at least between two readings after changes, so that an import does not read the list all the time. A guess. */
const refreshPauseMs = 200;

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
  readonly #pace: Pace;
  #cursor: string | undefined;
  #wanted = pageSize;
  #stale = true;
  #running = false;
  #closed = false;

  constructor(fetch: FetchPage, onUpdate: () => void, pauseMs = refreshPauseMs) {
    this.#fetch = fetch;
    this.#onUpdate = onUpdate;
    this.#pace = new Pace(pauseMs);
    void this.#run();
  }

  /** Rows up to `count` are about to be shown. */
  need(count: number): void {
    if (count <= this.#wanted) return;
    this.#wanted = Math.ceil(count / pageSize) * pageSize;
    void this.#run();
  }

  /** What has been read may have changed. */
  refresh(): void {
    this.#stale = true;
    void this.#run();
  }

  close(): void {
    this.#closed = true;
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#hasWork()) {
        const rest = this.#stale ? this.#pace.rest() : 0;
        if (rest > 0) await pause(rest);
        if (this.#closed) return;
        const changed = await this.#read(this.#stale);
        if (!changed && this.ready && this.error === undefined) continue;
        this.error = undefined;
        this.#publish();
      }
    } catch (error) {
      this.error = error;
      this.#publish();
    } finally {
      this.#running = false;
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
    if (fromStart) {
      this.#stale = false;
      this.#pace.done();
    }
    const items = fromStart ? [] : [...this.items];
    let cursor = fromStart ? undefined : this.#cursor;
    const goal = fromStart ? Math.max(pageSize, this.items.length) : items.length + pageSize;
    let complete = false;
    do {
      const page = await this.#fetch(cursor, pageSize);
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
