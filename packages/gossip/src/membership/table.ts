import { equalBytes } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { MemberState } from '../event.ts';
import { shortHashBytes } from '../frames/codec.ts';
import type { Metric } from '../frames/message.ts';
import { DigestTree } from '../repair/digest.ts';
import type { Leaf } from '../repair/digest.ts';
import { isLater, leafBytes } from './statement.ts';
import type { SignedCard } from './statement.ts';

/** PROTOCOL.md M3. */
const maxTombstones = 4096;
const tombstoneMs = 1_800_000;
const leafHashBytes = 16;
/** In the byte of a card that tells the health. */
export const hiddenFlag = 16;
const healthMask = 15;
/** Told in place of the digest by a member of a sampled room: its table is not compared (M10). */
export const sampledDigest: Uint8Array = new Uint8Array(shortHashBytes).fill(255);

export interface Member {
  id: SessionId;
  state: MemberState;
  /** Time of the node at which it entered that state. */
  since: number;
  incarnation: number;
  hidden: boolean;
  info: Uint8Array;
  /** Local health as it told: 0 well to 7 (M8). */
  health: number;
  /** Its values of aggregates (A1). */
  metrics: readonly Metric[];
}

/** A member as the table keeps it. */
export interface Entry extends Member {
  /** Undefined of a neighbour whose card has not come, and of the dead. */
  card: SignedCard | undefined;
  /** Author key and salt; undefined until a card has come. */
  proof: Uint8Array | undefined;
  /** When its last card, or an opinion of its own, came. */
  newsAt: number;
  /** We accused it, and a card that holds against that may have been under way when it went (M7). */
  accused: boolean;
}

const noMetrics: readonly Metric[] = [];
const noInfo = new Uint8Array(0);

/** Who is known, here or gone, with their cards (M1-M3). */
export class Table {
  /** Called on every change of a member. */
  onChange: ((member: Member) => void) | undefined;
  /** When a member was last held dead here; -Infinity where none was. */
  diedAt = -Infinity;
  readonly #core: Core;
  /** Alive, suspect and asleep. */
  readonly #members = new Map<SessionId, Entry>();
  /** Dead and left, the longest gone first. */
  readonly #gone = new Map<SessionId, Entry>();
  readonly #tree: DigestTree<Leaf>;
  /** Members whose leaf is not up to date. */
  readonly #stale = new Set<SessionId>();
  #own: SignedCard | undefined;
  #digest: Uint8Array | undefined;
  #asleep = 0;

  constructor(core: Core) {
    this.#core = core;
    this.#tree = new DigestTree(core.settings.hash);
  }

  /** Members held alive or suspect, this one included. */
  get here(): number {
    return this.#members.size - this.#asleep + 1;
  }

  /** As many are known as the table may hold (M1). */
  get full(): boolean {
    return this.#members.size + 1 >= this.#core.settings.knownMembers;
  }

  get(member: SessionId): Entry | undefined {
    return this.#members.get(member) ?? this.#gone.get(member);
  }

  isHere(member: SessionId): boolean {
    const entry = this.#members.get(member);
    return entry !== undefined && entry.state !== 'asleep';
  }

  /** Whether what it signs can be checked. */
  knows(member: SessionId): boolean {
    return this.get(member)?.proof !== undefined || this.#core.active.has(member);
  }

  /** Those alive, suspect or asleep. */
  present(): IterableIterator<Entry> {
    return this.#members.values();
  }

  all(): Member[] {
    const entries = [...this.#members.values(), ...this.#gone.values()];
    return entries.map(({ id, state, since, incarnation, hidden, info, health, metrics }) => {
      return { id, state, since, incarnation, hidden, info, health, metrics };
    });
  }

  /** The newest card held; of one that left, the card that said so. */
  cardOf(member: SessionId): SignedCard | undefined {
    return member === this.#core.settings.self ? this.#own : this.get(member)?.card;
  }

  get tree(): DigestTree<Leaf> {
    for (const session of this.#stale) this.#place(session);
    this.#stale.clear();
    return this.#tree;
  }

  /** 8 bytes, another array after every change. */
  get digest(): Uint8Array {
    this.#digest ??= this.tree.node('').subarray(0, shortHashBytes);
    return this.#digest;
  }

  setOwn(card: SignedCard): void {
    this.#own = card;
    this.#touch(card.session);
  }

  /** Whether that card tells anything new (M2, M3). */
  isNews(card: SignedCard): boolean {
    const entry = this.get(card.session);
    if (entry === undefined) return true;
    if (entry.state === 'dead' || entry.state === 'left') {
      if (card.incarnation > entry.incarnation) return true;
      // It was seen to go; this is what others believe it by.
      const proves = card.state === 'left' && entry.card === undefined;
      return entry.state === 'left' && proves && card.incarnation === entry.incarnation;
    }
    return entry.card === undefined || isLater(card, entry.card);
  }

  /** Takes a checked card that is news. @returns the entry it is now in */
  take(card: SignedCard): Entry {
    const { session, info, incarnation, metrics } = card;
    const entry = this.#admit(session);
    entry.card = card;
    entry.proof = card.proof;
    entry.incarnation = incarnation;
    entry.metrics = metrics;
    entry.newsAt = this.#core.now;
    const health = card.health & healthMask;
    const hidden = (card.health & hiddenFlag) !== 0;
    const same = entry.health === health && entry.hidden === hidden;
    const unchanged = same && equalBytes(entry.info, info);
    entry.health = health;
    entry.hidden = hidden;
    entry.info = info;
    this.#touch(session);
    if (!this.enter(entry, card.state)) this.#tell(entry, !unchanged);
    return entry;
  }

  /** A neighbour said hello: it is listed before its card comes, unless it is held gone. */
  meet(member: SessionId, told: { incarnation: number; hidden: boolean; info: Uint8Array }): Entry {
    const known = this.get(member);
    if (known !== undefined) return known;
    const entry = this.#admit(member);
    entry.incarnation = told.incarnation;
    entry.hidden = told.hidden;
    entry.info = told.info.slice();
    this.enter(entry, 'alive');
    return entry;
  }

  hide(entry: Entry, hidden: boolean): void {
    if (entry.hidden === hidden) return;
    entry.hidden = hidden;
    this.#tell(entry, true);
  }

  /** @returns whether that is another state than before */
  enter(entry: Entry, state: MemberState): boolean {
    const before = entry.state;
    if (before === state && this.get(entry.id) === entry) return false;
    const gone = state === 'dead' || state === 'left';
    if (before === 'asleep') this.#asleep--;
    if (state === 'asleep') this.#asleep++;
    entry.state = state;
    entry.since = this.#core.now;
    this.#members.delete(entry.id);
    this.#gone.delete(entry.id);
    if (gone) {
      this.#bury(entry);
      this.#touch(entry.id);
    } else {
      this.#members.set(entry.id, entry);
    }
    this.#tell(entry, true);
    return true;
  }

  /** Forgets the dead whose time is over. */
  sweep(): void {
    for (const [id, entry] of this.#gone) {
      if (this.#core.now - entry.since < tombstoneMs) return;
      this.#gone.delete(id);
    }
  }

  clear(): void {
    for (const id of this.#members.keys()) this.#touch(id);
    this.#members.clear();
    this.#gone.clear();
    this.#asleep = 0;
  }

  #bury(entry: Entry): void {
    if (entry.state === 'dead') {
      entry.card = undefined;
      this.diedAt = this.#core.now;
    }
    entry.metrics = noMetrics;
    const [longest] = this.#gone.keys();
    if (this.#gone.size >= maxTombstones && longest !== undefined) this.#gone.delete(longest);
    this.#gone.set(entry.id, entry);
  }

  /** The entry of that member, made where there is none; a full table forgets one not linked. */
  #admit(id: SessionId): Entry {
    const known = this.get(id);
    if (known !== undefined) return known;
    if (this.full) this.#forgetOne();
    const { now } = this.#core;
    return {
      id,
      state: 'alive',
      since: now,
      incarnation: 0,
      hidden: false,
      info: noInfo,
      health: 0,
      metrics: noMetrics,
      card: undefined,
      proof: undefined,
      newsAt: now,
      accused: false,
    };
  }

  #forgetOne(): void {
    for (const [id, { state }] of this.#members) {
      if (this.#core.active.has(id) || state === 'suspect') continue;
      if (state === 'asleep') this.#asleep--;
      this.#members.delete(id);
      this.#touch(id);
      return;
    }
  }

  #touch(session: SessionId): void {
    this.#stale.add(session);
    this.#digest = undefined;
  }

  #place(session: SessionId): void {
    const own = session === this.#core.settings.self;
    const card = own ? this.#own : this.#members.get(session)?.card;
    if (card === undefined || card.state === 'left') {
      this.#tree.delete(session);
      return;
    }
    const leaf = this.#core.settings.hash(leafBytes(card)).subarray(0, leafHashBytes);
    this.#tree.set({ session, leaf });
  }

  #tell(entry: Entry, emit: boolean): void {
    const { id: member, state, info, health, hidden } = entry;
    if (emit) this.#core.emit({ type: 'member', member, state, info, health, hidden });
    this.onChange?.(entry);
  }
}
