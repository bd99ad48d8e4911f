import { fromUtf8 } from '@grapevine/wire';
import { memoryLimits } from './memory-limits.ts';
import { inlineBytes } from './merge.ts';
import { isHidden } from './names.ts';
import type { Presenter } from './presenter.ts';
import type { SearchDocument, SearchIndex } from './search.ts';
import { turn } from './turn.ts';
import { isJsonType, isTextType } from './values.ts';
import type { EntryNode } from './version.ts';
import type { View } from './view.ts';

/**
 * Keeps a search index up with the view: in slices when nothing else is to do, at once when
 * somebody searches.
 */
export class SearchFeed {
  readonly #view: View;
  readonly #presenter: Presenter;
  readonly #create: () => SearchIndex | Promise<SearchIndex>;
  readonly #stale = new Set<EntryNode>();
  #index: Promise<SearchIndex> | undefined;
  #feeding: Promise<void> | undefined;
  #isHurried = false;
  /** Ends the wait for an idle moment. */
  #wake: (() => void) | undefined;
  #isClosed = false;

  constructor(view: View, presenter: Presenter, create?: () => SearchIndex) {
    this.#view = view;
    this.#presenter = presenter;
    this.#create = create ?? miniSearch;
  }

  changed(entries: Iterable<EntryNode>): void {
    if (this.#isClosed) return;
    for (const entry of entries) if (!isHidden(entry.namespace)) this.#stale.add(entry);
    // A failed index shows itself to whoever searches next.
    if (this.#stale.size > 0) this.#feed().catch(() => undefined);
  }

  /** The index with everything in it that was applied before the call. */
  async current(): Promise<SearchIndex> {
    this.#isHurried = true;
    this.#wake?.();
    try {
      while (this.#stale.size > 0 || this.#feeding) await this.#feed();
    } finally {
      this.#isHurried = false;
    }
    return this.#opened();
  }

  close(): void {
    this.#isClosed = true;
    this.#stale.clear();
    this.#index?.then(
      (index) => index.close(),
      () => undefined,
    );
  }

  #opened(): Promise<SearchIndex> {
    this.#index ??= Promise.resolve(this.#create());
    return this.#index;
  }

  #feed(): Promise<void> {
    this.#feeding ??= this.#slices().finally(() => (this.#feeding = undefined));
    return this.#feeding;
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
    const { parts = [], mimeType, attributes, shown } = this.#view.state(entry);
    const { id, namespace, key } = entry;
    const isText = isTextType(mimeType) || isJsonType(mimeType);
    const bytes = isText ? (inlineBytes(parts) ?? (await this.#presenter.read(parts))) : undefined;
    const text = (bytes && fromUtf8(bytes)) ?? '';
    return {
      ...{ id, namespace, key, tags: attributes.tags ?? [] },
      text: text.slice(0, memoryLimits.searchTextCharacters),
      author: this.#presenter.actorOf(shown).name,
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
