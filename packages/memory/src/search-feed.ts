import { fromUtf8 } from '@grapevine/wire';
import { memoryLimits } from './memory-limits.ts';
import { inlineBytes } from './merge.ts';
import { part } from './part.ts';
import type { Presenter } from './presenter.ts';
import type { Queries } from './queries.ts';
import { searchPage, type SearchWish } from './search-page.ts';
import type { CreateIndex, SearchDocument, SearchIndex } from './search.ts';
import { turn } from './turn.ts';
import type { Page, SearchHit } from './types.ts';
import { isJsonType, isTextType } from './values.ts';
import type { EntryNode } from './version.ts';
import type { View } from './view.ts';

export interface SearchFeedOptions {
  view: View;
  presenter: Presenter;
  queries: Queries;
  /** Entries the index does not know as they are; taken out once it does. */
  stale: Set<EntryNode>;
  create: CreateIndex | undefined;
}

/**
 * Keeps a search index up with the view: in slices when nothing else is to do, at once when
 * somebody searches. Loaded by `LateSearch`.
 */
export class SearchFeed {
  readonly #options: SearchFeedOptions;
  readonly #stale: Set<EntryNode>;
  #index: Promise<SearchIndex> | undefined;
  #feeding: Promise<void> | undefined;
  #isHurried = false;
  /** Ends the wait for an idle moment. */
  #wake: (() => void) | undefined;
  #isClosed = false;

  constructor(options: SearchFeedOptions) {
    this.#options = options;
    this.#stale = options.stale;
  }

  /** @throws GrapevineError `limit-invalid`, `cursor-invalid`; what the index failed with */
  search(wish: SearchWish): Promise<Page<SearchHit>> {
    const { view, queries } = this.#options;
    return searchPage(view, queries, () => this.#current(), wish);
  }

  /** Resolves once nothing is stale. Rejects with what the index failed with; all stays stale then. */
  feed(): Promise<void> {
    this.#feeding ??= this.#slices().finally(() => (this.#feeding = undefined));
    return this.#feeding;
  }

  /** The index with everything in it that was applied before the call. */
  async #current(): Promise<SearchIndex> {
    this.#isHurried = true;
    this.#wake?.();
    try {
      while (this.#stale.size > 0 || this.#feeding) await this.feed();
    } finally {
      this.#isHurried = false;
    }
    return this.#opened();
  }

  close(): void {
    this.#isClosed = true;
    this.#index?.then(
      (index) => index.close(),
      () => undefined,
    );
  }

  async #opened(): Promise<SearchIndex> {
    this.#index ??= part(async () => (this.#options.create ?? miniSearch)());
    try {
      const index = await this.#index;
      // Closed while it was made: nobody else would end it.
      if (this.#isClosed) index.close();
      return index;
    } catch (error) {
      // What could not be made is made anew for who asks next.
      this.#index = undefined;
      throw error;
    }
  }

  async #slices(): Promise<void> {
    while (this.#stale.size > 0) {
      await (this.#isHurried ? turn() : this.#idleOrHurried());
      const entries = [...this.#stale].slice(0, memoryLimits.searchSliceDocuments);
      for (const entry of entries) this.#stale.delete(entry);
      try {
        await this.#update(entries);
      } catch (error) {
        for (const entry of entries) this.#stale.add(entry);
        throw error;
      }
    }
  }

  async #update(entries: readonly EntryNode[]): Promise<void> {
    const documents: SearchDocument[] = [];
    const gone: string[] = [];
    for (const entry of entries) {
      if (entry.live) documents.push(await this.#document(entry));
      else gone.push(entry.id);
    }
    if (this.#isClosed) return;
    const index = await this.#opened();
    if (gone.length > 0) await index.remove(gone);
    if (documents.length > 0) await index.replace(documents);
  }

  #idleOrHurried(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      const few = this.#stale.size < memoryLimits.searchSliceDocuments;
      void (few ? pause(gatherMs).then(idle) : idle()).then(resolve);
    });
  }

  async #document(entry: EntryNode): Promise<SearchDocument> {
    const { view, presenter } = this.#options;
    const { parts = [], mimeType, attributes, shown } = view.state(entry);
    const { id, namespace, key } = entry;
    const isText = isTextType(mimeType) || isJsonType(mimeType);
    const bytes = isText ? (inlineBytes(parts) ?? (await presenter.read(parts))) : undefined;
    const text = (bytes && fromUtf8(bytes)) ?? '';
    return {
      ...{ id, namespace, key, tags: attributes.tags ?? [] },
      text: text.slice(0, memoryLimits.searchTextCharacters),
      author: presenter.actorOf(shown).name,
    };
  }
}

/** Loaded when it is needed: a page that searches in a worker never does. */
async function miniSearch(): Promise<SearchIndex> {
  const { MiniSearchIndex } = await import('./search.ts');
  return new MiniSearchIndex();
}

/** Indexing goes on after this even on a busy page, or it would never be done. Source: guess. */
const idleTimeoutMs = 1_000;
/**
 * Pause between slices where nobody says when nothing is to do (Node, Safari). Source: guess, a
 * tenth of the time.
 */
const pauseMs = 30;
/**
 * What changes within this time is told to the index together: every telling wakes its worker.
 * Measured: 0.5 ms of the main thread an update at 20 updates a second. Source of the time: guess.
 */
const gatherMs = 500;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A moment in which the page has nothing to do. */
function idle(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback !== 'function') void pause(pauseMs).then(resolve);
    else requestIdleCallback(() => resolve(), { timeout: idleTimeoutMs });
  });
}
