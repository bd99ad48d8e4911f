import { isHidden } from './names.ts';
import { part } from './part.ts';
import type { SearchFeed, SearchFeedOptions } from './search-feed.ts';
import type { EntryNode } from './version.ts';

type Load = () => Promise<{ SearchFeed: typeof SearchFeed }>;

/**
 * Search, which is loaded when the first entry is there. What fails, loading it or the index, is
 * told to who searches next and tried again then, not with every change.
 */
export class LateSearch {
  readonly #load: () => Promise<SearchFeed>;
  readonly #stale = new Set<EntryNode>();
  #feed: Promise<SearchFeed> | undefined;
  #hasFailed = false;
  #isClosed = false;

  constructor(
    options: Omit<SearchFeedOptions, 'stale'>,
    load: Load = () => import('./search-feed.ts'),
  ) {
    this.#load = async () => {
      const loaded = await part(load);
      return new loaded.SearchFeed({ ...options, stale: this.#stale });
    };
  }

  changed(entries: Iterable<EntryNode>): void {
    if (this.#isClosed) return;
    for (const entry of entries) if (!isHidden(entry.namespace)) this.#stale.add(entry);
    if (this.#stale.size > 0 && !this.#hasFailed) void this.#keepUp();
  }

  /** @throws GrapevineError `part-missing` */
  async loaded(): Promise<SearchFeed> {
    this.#hasFailed = false;
    this.#feed ??= this.#load();
    try {
      return await this.#feed;
    } catch (error) {
      this.#feed = undefined;
      throw error;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#stale.clear();
    this.#feed?.then(
      (feed) => feed.close(),
      () => undefined,
    );
  }

  async #keepUp(): Promise<void> {
    try {
      await (await this.loaded()).feed();
    } catch {
      this.#hasFailed = true;
    }
  }
}
