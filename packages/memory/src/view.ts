import { deltaKind, type Delta } from '@grapevine/replica';
import { DecodeError, type SessionId, type ValueHash } from '@grapevine/wire';
import { stateOf, type EntryState } from './merge.ts';
import { entryId, entryPath, isHidden, type PathRange } from './names.ts';
import { Profiles } from './profiles.ts';
import { decodeRecords, type VersionRecord } from './records.ts';
import { SortedIndex } from './sorted-index.ts';
import { compareVersions, versionId, type EntryNode, type VersionNode } from './version.ts';

/** What the view keeps of a delta of records. */
export interface AppliedDelta {
  session: SessionId;
  seq: number;
  hlc: number;
  versions: VersionNode[];
}

/** What an `apply` or a `retract` changed. */
export interface ViewChange {
  entries: Set<EntryNode>;
  /** An author's name or kind changed. */
  authors: Set<string>;
}

/**
 * The version records of the log as entries: a grow-only set and what follows from it. Any order of
 * application gives equal entries.
 */
export class View {
  readonly profiles = new Profiles();
  readonly #index = new SortedIndex<EntryNode>();
  readonly #byPath = new Map<string, EntryNode>();
  readonly #byId = new Map<string, EntryNode>();
  readonly #versions = new Map<string, VersionNode>();
  readonly #deltas = new Map<SessionId, AppliedDelta[]>();
  readonly #detached = new Map<ValueHash, EntryNode>();
  #live = 0;

  /** Entries that are not deleted, expired ones among them, without the room's own. */
  get size(): number {
    return this.#live;
  }

  readonly find = (id: string): VersionNode | undefined => this.#versions.get(id);

  entry(namespace: string, key: string): EntryNode | undefined {
    return this.#byPath.get(entryPath(namespace, key));
  }

  entryById(id: string): EntryNode | undefined {
    return this.#byId.get(id);
  }

  /** The entry that has a version with this detached value. */
  entryOfValue(hash: ValueHash): EntryNode | undefined {
    return this.#detached.get(hash);
  }

  /** In order of namespace and key, deleted ones among them. */
  entries(range: PathRange, after?: string): Generator<EntryNode> {
    return this.#index.range(range, after);
  }

  /** In no order, deleted ones among them. */
  all(): Iterable<EntryNode> {
    return this.#byPath.values();
  }

  state(entry: EntryNode): EntryState {
    entry.state ??= stateOf(headsOf(entry), this.find);
    return entry.state;
  }

  /** Deltas by session, each list in the order of seq. */
  deltas(): ReadonlyMap<SessionId, readonly AppliedDelta[]> {
    return this.#deltas;
  }

  /** Call it after a series of `apply`. */
  settle(): void {
    this.#index.settle();
  }

  /** Deltas of other kinds, and those applied before, change nothing. */
  apply(delta: Delta, local: boolean, change: ViewChange): void {
    if (delta.kind !== deltaKind.records) return;
    const applied: AppliedDelta = {
      session: delta.session,
      seq: delta.seq,
      hlc: delta.hlc,
      versions: [],
    };
    if (!this.#enter(applied)) return;
    const records = decodeRecords(delta.body);
    // The log let it pass under `recordsRule`, so this is another version's rule: shown as nothing.
    if (records instanceof DecodeError) return;
    records.forEach((record, index) => {
      if (record.type === 'profile') {
        if (this.profiles.add({ delta, index, profile: record })) change.authors.add(delta.author);
      } else if (record.type === 'version') {
        const version = this.#addVersion(delta, index, record, local);
        applied.versions.push(version);
        change.entries.add(version.entry);
      }
    });
  }

  /** Forgets what a session wrote from a seq on. */
  retract(session: SessionId, fromSeq: number, change: ViewChange): void {
    const deltas = this.#deltas.get(session) ?? [];
    const at = placeOf(deltas, fromSeq);
    for (const { versions } of deltas.splice(at)) {
      for (const version of versions) {
        this.#versions.delete(version.id);
        if (version.value) this.#detached.delete(version.value.hash);
        change.entries.add(version.entry);
      }
    }
    for (const entry of change.entries) this.#rebuild(entry);
    this.#index.delete(
      new Set([...change.entries].filter(({ versions }) => versions.length === 0)),
    );
    for (const author of this.profiles.retract(session, fromSeq)) change.authors.add(author);
  }

  /** @returns false where the delta is known */
  #enter(applied: AppliedDelta): boolean {
    let deltas = this.#deltas.get(applied.session);
    if (deltas === undefined) this.#deltas.set(applied.session, (deltas = []));
    const at = placeOf(deltas, applied.seq);
    if (deltas[at]?.seq === applied.seq) return false;
    deltas.splice(at, 0, applied);
    return true;
  }

  #addVersion(delta: Delta, index: number, record: VersionRecord, local: boolean): VersionNode {
    const { session, seq, hlc, author } = delta;
    const { operation, media, attributes } = record;
    const id = versionId({ session, seq, index });
    const value = record.value === 0 ? undefined : delta.values[record.value - 1];
    const parents = record.parents.map(versionId);
    const entry = this.#entryFor(record);
    const version: VersionNode = {
      ...{ id, session, seq, index, entry, hlc, author, local },
      ...{ operation, parents, media, attributes, value },
    };
    this.#versions.set(id, version);
    if (value && value.salted === undefined) this.#detached.set(value.hash, entry);
    this.#link(entry, version);
    return version;
  }

  #entryFor({ namespace, key }: VersionRecord): EntryNode {
    const path = entryPath(namespace, key);
    const known = this.#byPath.get(path);
    if (known) return known;
    const entry: EntryNode = {
      ...{ id: entryId(namespace, key), path, namespace, key },
      ...{ versions: [], heads: [], superseded: new Set<string>() },
      ...{ first: undefined, state: undefined, live: false },
    };
    this.#byPath.set(path, entry);
    this.#byId.set(entry.id, entry);
    this.#index.add(entry);
    return entry;
  }

  /** PROTOCOL.md R6, one version at a time. */
  #link(entry: EntryNode, version: VersionNode): void {
    entry.versions.push(version);
    if (entry.first === undefined || compareVersions(version, entry.first) < 0) {
      entry.first = version;
    }
    for (const parent of version.parents) {
      if (parent !== version.id) entry.superseded.add(parent);
    }
    if (version.parents.length > 0 && entry.heads.length > 0) {
      entry.heads = entry.heads.filter(({ id }) => !entry.superseded.has(id));
    }
    if (!entry.superseded.has(version.id)) entry.heads.push(version);
    this.#refresh(entry);
  }

  #rebuild(entry: EntryNode): void {
    const versions = entry.versions.filter((version) => this.#versions.get(version.id) === version);
    entry.versions = [];
    entry.heads = [];
    entry.superseded = new Set();
    entry.first = undefined;
    for (const version of versions) this.#link(entry, version);
    if (versions.length > 0) return;
    this.#refresh(entry);
    this.#byPath.delete(entry.path);
    this.#byId.delete(entry.id);
  }

  #refresh(entry: EntryNode): void {
    entry.state = undefined;
    const live = headsOf(entry).some(({ operation }) => operation !== 'deleted');
    if (live === entry.live) return;
    entry.live = live;
    if (!isHidden(entry.namespace)) this.#live += live ? 1 : -1;
  }
}

/**
 * In (hlc, id) order. Where a forger tied parents into a ring there would be none: then the newest
 * version stands.
 */
function headsOf(entry: EntryNode): VersionNode[] {
  const heads = entry.heads.length > 0 ? [...entry.heads] : [...entry.versions];
  heads.sort(compareVersions);
  return entry.heads.length > 0 ? heads : heads.slice(-1);
}

/** Where seq stands or would stand. New deltas come at the end, so that is looked at first. */
function placeOf(deltas: readonly AppliedDelta[], seq: number): number {
  let at = deltas.length;
  if (at === 0 || (deltas[at - 1]?.seq ?? 0) < seq) return at;
  let low = 0;
  while (low < at) {
    const middle = (low + at) >>> 1;
    if ((deltas[middle]?.seq ?? 0) < seq) low = middle + 1;
    else at = middle;
  }
  return low;
}
