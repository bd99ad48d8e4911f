import type { MemoryHost } from './host.ts';
import { memoryLimits } from './memory-limits.ts';
import { isHidden, pathRange } from './names.ts';
import { decodeCursor, encodeCursor, pageLimit } from './page-options.ts';
import { detachedBytes, ReadBudget, type Presenter } from './presenter.ts';
import type { Entry, ListOptions, NamespaceSummary, Page } from './types.ts';
import type { EntryNode } from './version.ts';
import type { View } from './view.ts';
import { isVisible } from './writes.ts';

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
    return node && this.isVisible(node) ? this.#presenter.entry(node) : undefined;
  }

  glance(namespace: string, key: string): Entry | undefined {
    const node = this.#view.entry(namespace, key);
    return node && this.isVisible(node) ? this.#presenter.glance(node) : undefined;
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
    const items = await this.entries(page.nodes);
    const last = page.nodes.at(-1);
    const cursor = page.isFull && last ? encodeCursor('list', last.path) : undefined;
    return { items, cursor };
  }

  /** In order of their names; the top itself only where entries stand in it. */
  listNamespaces(prefix: string): NamespaceSummary[] {
    const counts = new Map<string, number>();
    for (const node of this.#view.entries(pathRange(prefix, false))) {
      if (isHidden(node.namespace, prefix) || !this.isVisible(node)) continue;
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

  async entries(nodes: readonly EntryNode[]): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (const node of nodes) entries.push(await this.#presenter.entry(node));
    return entries;
  }

  isVisible(node: EntryNode): boolean {
    return node.live && isVisible(this.#view.state(node), this.#host.now());
  }

  #isListed(node: EntryNode, { include_expired, conflicts }: ListOptions): boolean {
    if (!node.live || (include_expired !== true && !this.isVisible(node))) return false;
    return conflicts !== true || this.#view.state(node).conflict;
  }
}

/**
 * Entries of one page: as many as asked for, fewer where reading their values would take too much
 * memory.
 */
export class PageOfEntries {
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
