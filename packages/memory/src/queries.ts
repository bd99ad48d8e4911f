import { decodeVector, deltasSince, encodeVector } from './changes.ts';
import type { MemoryHost } from './host.ts';
import { memoryLimits } from './memory-limits.ts';
import { isHidden, pathRange } from './names.ts';
import { decodeCursor, encodeCursor, pageLimit } from './page-options.ts';
import { detachedBytes, ReadBudget, type Presenter } from './presenter.ts';
import type { SearchFeed } from './search-feed.ts';
import type { Entry, ListOptions, NamespaceSummary, Page, SearchHit, Version } from './types.ts';
import { badCursor } from './changes.ts';
import { compareVersions, type EntryNode } from './version.ts';
import type { View } from './view.ts';
import { isVisible } from './writes.ts';

export type ChangeItem = Version & { namespace: string; key: string };

/** The verbs that read. Names and option names are checked already. */
export class Queries {
  readonly #view: View;
  readonly #presenter: Presenter;
  readonly #host: MemoryHost;

  constructor(view: View, presenter: Presenter, host: MemoryHost) {
    this.#view = view;
    this.#presenter = presenter;
    this.#host = host;
  }

  async get(namespace: string, key: string): Promise<Entry | undefined> {
    const node = this.#view.entry(namespace, key);
    return node && this.#isVisible(node) ? this.#presenter.entry(node) : undefined;
  }

  /** Newest first. */
  async history(namespace: string, key: string): Promise<Version[]> {
    const node = this.#view.entry(namespace, key);
    const budget = new ReadBudget();
    const versions: Version[] = [];
    for (const version of [...(node?.versions ?? [])].sort(compareVersions).reverse()) {
      versions.push(await this.#presenter.version(version, budget));
    }
    return versions;
  }

  async list(namespace: string, options: ListOptions): Promise<Page<Entry>> {
    const limit = pageLimit(options.limit, memoryLimits.pageDefault);
    const after = options.cursor === undefined ? undefined : decodeCursor('list', options.cursor);
    const range = pathRange(namespace, options.exact ?? false);
    const page = new PageOfEntries(limit);
    for (const node of this.#view.entries(range, after)) {
      if (isHidden(node.namespace, namespace) || !this.#isListed(node, options)) continue;
      if (!page.add(node, detachedBytes(this.#view.state(node).parts))) break;
    }
    const items = await this.#entries(page.nodes);
    const last = page.nodes.at(-1);
    const cursor = page.isFull && last ? encodeCursor('list', last.path) : undefined;
    return { items, cursor };
  }

  /** In order of their names; the top itself only where entries stand in it. */
  listNamespaces(prefix: string): NamespaceSummary[] {
    const counts = new Map<string, number>();
    for (const node of this.#view.entries(pathRange(prefix, false))) {
      if (isHidden(node.namespace, prefix) || !this.#isVisible(node)) continue;
      let { namespace } = node;
      if (namespace === '') count(counts, '');
      while (namespace.length >= prefix.length && namespace !== '') {
        count(counts, namespace);
        namespace = namespace.slice(0, Math.max(0, namespace.lastIndexOf('/')));
      }
    }
    return [...counts]
      .map(([namespace, entries]) => ({ namespace, entries }))
      .sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
  }

  async search(
    feed: SearchFeed,
    query: string,
    namespaces: readonly string[] | undefined,
    options: { limit?: number; cursor?: string },
  ): Promise<Page<SearchHit>> {
    const limit = pageLimit(options.limit, memoryLimits.searchDefault);
    const from = options.cursor === undefined ? 0 : Number(decodeCursor('search', options.cursor));
    if (!Number.isSafeInteger(from) || from < 0) throw badCursor();
    const index = await feed.current();
    const wanted = Math.min(from + limit + 1, memoryLimits.searchDepth);
    const text = query.slice(0, memoryLimits.queryCharacters);
    const results = (await index.query(text, { namespaces, limit: wanted })).slice(from);
    const page = new PageOfEntries(limit);
    const found = new Map<EntryNode, { score: number; match: string[] }>();
    let read = 0;
    for (const { id, score, match } of results) {
      const node = this.#view.entryById(id);
      if (node && this.#isVisible(node)) {
        if (!page.add(node, detachedBytes(this.#view.state(node).parts))) break;
        found.set(node, { score, match });
      }
      read += 1;
    }
    const items = (await this.#entries(page.nodes)).map((entry, i) => {
      const node = page.nodes[i] as EntryNode;
      return { ...entry, ...(found.get(node) ?? { score: 0, match: [] }) };
    });
    const cursor = page.isFull ? encodeCursor('search', String(from + read)) : undefined;
    return { items, cursor };
  }

  /** Versions this replica has come to know, whole deltas at a time. */
  async changes(options: { since?: string; limit?: number }): Promise<Page<ChangeItem>> {
    const limit = pageLimit(options.limit, memoryLimits.pageDefault);
    const vector = options.since === undefined ? new Map() : decodeVector(options.since);
    const budget = new ReadBudget();
    const items: ChangeItem[] = [];
    for (const { session, seq, versions } of deltasSince(this.#view, vector)) {
      if (items.length > 0 && items.length + versions.length > limit) break;
      vector.set(session, seq);
      for (const version of versions) {
        const { namespace, key } = version.entry;
        items.push({ ...(await this.#presenter.version(version, budget)), namespace, key });
      }
    }
    return { items, cursor: encodeVector(vector) };
  }

  async #entries(nodes: readonly EntryNode[]): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (const node of nodes) entries.push(await this.#presenter.entry(node));
    return entries;
  }

  #isVisible(node: EntryNode): boolean {
    return node.live && isVisible(this.#view.state(node), this.#host.now());
  }

  #isListed(node: EntryNode, { include_expired, conflicts }: ListOptions): boolean {
    if (!node.live || (include_expired !== true && !this.#isVisible(node))) return false;
    return conflicts !== true || this.#view.state(node).conflict;
  }
}

/**
 * Entries of one page: as many as asked for, fewer where reading their values would take too much
 * memory.
 */
class PageOfEntries {
  readonly nodes: EntryNode[] = [];
  readonly #limit: number;
  readonly #budget = new ReadBudget();
  /** There was more. */
  isFull = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(node: EntryNode, detached: number): boolean {
    this.isFull = this.nodes.length >= this.#limit || !this.#budget.take(detached);
    if (!this.isFull) this.nodes.push(node);
    return !this.isFull;
  }
}

function count(counts: Map<string, number>, namespace: string): void {
  counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
}
