import type { Delta } from '@grapevine/replica';
import type { AuthorId, SessionId, ValueHash } from '@grapevine/wire';
import { writeBatch, type BatchOperation } from './batch.ts';
import type { MemoryHost } from './host.ts';
import { LateSearch } from './late-search.ts';
import { toKey, toNamespace, type NamespaceInput } from './names.ts';
import { knownOptions } from './page-options.ts';
import { part } from './part.ts';
import { Presenter } from './presenter.ts';
import { toProfile } from './profiles.ts';
import { Queries } from './queries.ts';
import { encodeRecords } from './records.ts';
import type { CreateIndex } from './search.ts';
import type {
  Actor,
  ActorKind,
  Entry,
  FolderFile,
  ImportOptions,
  ImportReport,
  ListOptions,
  LongTaskOptions,
  NamespaceSummary,
  Page,
  PutOptions,
  SearchHit,
  SearchOptions,
  Value,
  Version,
  WatchEvent,
  Written,
} from './types.ts';
import type { Transfer } from './transfer.ts';
import type { EntryNode } from './version.ts';
import type { ChangeItem } from './versions.ts';
import { View, type ViewChange } from './view.ts';
import { Watchers } from './watchers.ts';
import { Writes, checkedPut } from './writes.ts';

export type ChangeListener = (changed: ReadonlySet<string>) => void;

const longTask = ['signal', 'onProgress'];
const importing = [...longTask, 'namespace'];

/**
 * The shared memory of a room as its members use it: entries and their versions, made of the
 * version records of the log (PROTOCOL.md section 5). Every verb that writes resolves once the host
 * has saved it.
 *
 * Errors are `GrapevineError`s: `namespace-invalid`, `key-invalid`, `value-invalid`,
 * `value-too-large`, `option-unknown`, `option-invalid`, `limit-invalid`, `cursor-invalid`,
 * `version-changed`, `version-unknown`, `value-missing`, `entry-missing`, `not-text`,
 * `search-failed`, `part-missing`, and what the host's `append` throws.
 */
export class Memory {
  readonly #host: MemoryHost;
  readonly #view = new View();
  readonly #presenter: Presenter;
  readonly #writes: Writes;
  readonly #queries: Queries;
  readonly #watchers: Watchers;
  readonly #search: LateSearch;
  readonly #listeners = new Set<ChangeListener>();

  /**
   * @param search makes the index, when the first entry is there; default: MiniSearch in this
   * thread
   */
  constructor(host: MemoryHost, search?: CreateIndex) {
    const now = (): number => host.now();
    this.#host = host;
    this.#presenter = new Presenter(this.#view, host);
    this.#writes = new Writes(this.#view, host, this.#presenter);
    this.#queries = new Queries(this.#view, this.#presenter, host);
    const isHere = async (hash: ValueHash): Promise<boolean> =>
      (await host.readValue(hash)) !== undefined;
    this.#watchers = new Watchers(this.#view, now, isHere);
    this.#search = new LateSearch({
      view: this.#view,
      presenter: this.#presenter,
      queries: this.#queries,
      create: search,
    });
  }

  /** Entries that are not deleted, without the room's own. */
  get size(): number {
    return this.#view.size;
  }

  /** @param local the deltas were written by this session */
  apply(deltas: readonly Delta[], local: boolean): void {
    const change = noChange();
    for (const delta of deltas) this.#view.apply(delta, local, change);
    this.#view.settle();
    this.#changed(change, local);
  }

  /** The feed of `session` ended before `fromSeq`: what it wrote from there on never was. */
  retract(session: SessionId, fromSeq: number): void {
    const change = noChange();
    this.#view.retract(session, fromSeq, change);
    this.#changed(change, false);
  }

  /** A detached value can be read from now on. */
  valueArrived(hash: ValueHash): void {
    const entry = this.#view.entryOfValue(hash);
    this.#watchers.valueArrived(hash, entry);
    if (entry === undefined) return;
    this.#search.changed([entry]);
    this.#notify(new Set([entry.id]));
  }

  /**
   * Calls back with the ids of entries that changed, none where only names of authors did.
   * @returns ends it
   */
  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Ends all watchers and the search index. */
  close(): void {
    this.#listeners.clear();
    this.#watchers.close();
    this.#search.close();
  }

  /** What an author calls itself; a friendly name where it has not said. */
  actor(author: AuthorId): Actor {
    return this.#view.profiles.actor(author);
  }

  /**
   * Writes how this author is called, unless that is how it is called.
   * @throws GrapevineError `name-invalid`
   */
  async setProfile(profile: { name: string; kind: ActorKind }): Promise<void> {
    const record = toProfile(profile);
    const said = this.#view.profiles.said(this.#host.self.author);
    if (said?.name === record.name && said.kind === record.kind) return;
    await this.#host.append(encodeRecords([record]), []);
  }

  async put(
    namespace: NamespaceInput,
    key: string,
    value: Value,
    options: PutOptions = {},
  ): Promise<Written> {
    const put = checkedPut({ namespace, key, value, options });
    return this.#writes.ensure(
      () => this.#writes.wantedBy(put),
      (change) => this.#writes.commit(change),
    );
  }

  async append(namespace: NamespaceInput, key: string, text: string): Promise<Written> {
    const change = this.#writes.planAppend(toNamespace(namespace), toKey(key), text);
    return this.#writes.commit(change);
  }

  /** Undefined where there was nothing to delete. */
  async delete(namespace: NamespaceInput, key: string): Promise<Written | undefined> {
    const change = this.#writes.planDelete(toNamespace(namespace), toKey(key));
    return change && this.#writes.commit(change);
  }

  /** Ends a conflict by a version of the entry's history or by a new value. */
  async resolve(
    namespace: NamespaceInput,
    key: string,
    keep: { version: string } | { value: Value },
  ): Promise<Written> {
    return this.#writes.resolve(toNamespace(namespace), toKey(key), keep);
  }

  /**
   * Several writes in few deltas, in their order. All are checked before the first is written.
   * @returns one for each; where nothing was there to be deleted, `version` is the last one known,
   * or empty
   */
  async batch(operations: readonly BatchOperation[]): Promise<Written[]> {
    return writeBatch(this.#host, this.#writes, operations);
  }

  async get(namespace: NamespaceInput, key: string): Promise<Entry | undefined> {
    return this.#queries.get(toNamespace(namespace), toKey(key));
  }

  /**
   * As `get`, but at once: nothing is read, and a value of more than 32,768 bytes, or one that has
   * not come in whole, is not `available`.
   */
  glance(namespace: NamespaceInput, key: string): Entry | undefined {
    return this.#queries.glance(toNamespace(namespace), toKey(key));
  }

  /** Newest first; deleted and expired entries have one too. */
  async history(namespace: NamespaceInput, key: string): Promise<Version[]> {
    const address = [toNamespace(namespace), toKey(key)] as const;
    const { historyOf } = await part(() => import('./versions.ts'));
    return historyOf(this.#view, this.#presenter, ...address);
  }

  /** In order of namespace and key; what is below `.room` only where that is asked for. */
  async list(namespace: NamespaceInput = '', options: ListOptions = {}): Promise<Page<Entry>> {
    knownOptions(options, ['limit', 'cursor', 'exact', 'include_expired', 'conflicts']);
    return this.#queries.list(toNamespace(namespace), options);
  }

  async listNamespaces(prefix: NamespaceInput = ''): Promise<NamespaceSummary[]> {
    return this.#queries.listNamespaces(toNamespace(prefix));
  }

  /** @param options.namespace one path, or a list of paths */
  async search(query: string, options: SearchOptions = {}): Promise<Page<SearchHit>> {
    knownOptions(options, ['namespace', 'limit', 'cursor']);
    const { namespace } = options;
    const prefixes = typeof namespace === 'string' ? [namespace] : namespace;
    const namespaces = prefixes?.map((prefix) => toNamespace(prefix));
    const feed = await this.#search.loaded();
    return feed.search({ ...options, query: String(query), namespaces });
  }

  async changes(options: { since?: string; limit?: number } = {}): Promise<Page<ChangeItem>> {
    knownOptions(options, ['since', 'limit']);
    const { changesSince } = await part(() => import('./versions.ts'));
    return changesSince(this.#view, this.#presenter, options);
  }

  /** From the call on; a slow reader gets the latest of each entry. */
  watch(
    prefix: NamespaceInput = '',
    options: { signal?: AbortSignal } = {},
  ): AsyncIterableIterator<WatchEvent> {
    knownOptions(options, ['signal']);
    return this.#watchers.watch(toNamespace(prefix), options.signal);
  }

  /** @param total for `onProgress` only */
  async importFolder(
    files: Iterable<FolderFile> | AsyncIterable<FolderFile>,
    total: number,
    options: ImportOptions = {},
  ): Promise<ImportReport> {
    knownOptions(options, importing);
    const below = toNamespace(options.namespace ?? '');
    const transfer = await this.#transfer();
    return transfer.importFolder(files, total, below, options);
  }

  /** @throws GrapevineError `export-newer`, with nothing imported */
  async importJsonl(text: string, options: ImportOptions = {}): Promise<ImportReport> {
    knownOptions(options, importing);
    const below = toNamespace(options.namespace ?? '');
    const transfer = await this.#transfer();
    return transfer.importJsonl(text, below, options);
  }

  /** One file an entry; of a conflict the value shown. @throws GrapevineError `cancelled` */
  exportFolder(
    namespace: NamespaceInput = '',
    options: LongTaskOptions = {},
  ): AsyncIterable<FolderFile> {
    knownOptions(options, longTask);
    const below = toNamespace(namespace);
    return later(async () => (await this.#transfer()).exportFolder(below, options));
  }

  /** A header and one line an entry, each with its end. @throws GrapevineError `cancelled` */
  exportJsonl(
    namespace: NamespaceInput = '',
    options: LongTaskOptions = {},
  ): AsyncIterable<string> {
    knownOptions(options, longTask);
    const below = toNamespace(namespace);
    return later(async () => (await this.#transfer()).exportJsonl(below, options));
  }

  async #transfer(): Promise<Transfer> {
    const loaded = await part(() => import('./transfer.ts'));
    return new loaded.Transfer(this.#view, this.#presenter, this.#writes, this.#host);
  }

  #changed(change: ViewChange, local: boolean): void {
    const { entries, authors } = change;
    this.#watchers.changed(entries, local);
    this.#search.changed(entries);
    if (authors.size > 0) this.#search.changed(this.#writtenBy(authors));
    if (entries.size === 0 && authors.size === 0) return;
    this.#notify(new Set([...entries].map(({ id }) => id)));
  }

  /** Entries that are found by the name of their author. */
  *#writtenBy(authors: ReadonlySet<AuthorId>): Generator<EntryNode> {
    for (const entry of this.#view.all()) {
      if (entry.heads.some(({ author }) => authors.has(author))) yield entry;
    }
  }

  #notify(changed: ReadonlySet<string>): void {
    for (const listener of this.#listeners) listener(changed);
  }
}

function noChange(): ViewChange {
  return { entries: new Set(), authors: new Set() };
}

/** What `source` yields, asked for with the first item. */
async function* later<T>(source: () => Promise<AsyncIterable<T>>): AsyncGenerator<T> {
  yield* await source();
}
