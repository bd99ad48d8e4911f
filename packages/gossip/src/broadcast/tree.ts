import type { SessionId } from '@grapevine/wire';
import type { MessageOf } from '../frames/message.ts';
import { isEpoch, isLaterEpoch } from './epoch.ts';

/** What a hidden member adds to the hops it tells (B3): more than trees are deep. */
export const hiddenHops = 64;
/**
 * A parent that many hops farther than another neighbour is left for it (B3): more than neighbours differ by, hidden
 * ones apart. A beacon came over the fastest way, and that has up to 12 hops in a room of 10,000, where others have 4;
 * who left it for fewer hops was slower. Measured with 5: the last delivery in 1.08 to 1.23 of the time over the
 * fastest way, with this in 1.00.
 */
export const detourHops = 32;
/** Hops of a node that hangs in a tree of which no beacon reached it. */
export const farHops = 1_000_000;
/**
 * Where a root cannot be reached any more those cut off would go farther and farther, each on the
 * other's word. Guess.
 */
const maxRaises = 4;
/**
 * In such a time a tree goes less than half the way round the epochs: three of them a third apart would be later than
 * one another for ever (B2). Guess: longer than any beacon is under way.
 */
const halfWayMs = 60_000;

/** A neighbour we hung on, and still take from and give to until `until` (B2). */
interface Former {
  member: SessionId;
  until: number;
}

/**
 * Where this node stands in one tree (B1): on whom it hangs, who hangs on it, how far its
 * neighbours say they are. A node hangs only on a neighbour that is nearer than itself, by the pair
 * (hops, session id), and goes farther away only once nobody hangs on it; so parents never form a
 * circle, whatever the order of messages.
 */
export class Tree {
  root: SessionId;
  epoch: number;
  hops: number;
  parent: SessionId | undefined;
  former: Former | undefined;
  readonly children = new Set<SessionId>();
  /** Hops told by neighbours, of this root and epoch. */
  readonly heard = new Map<SessionId, number>();
  /** When the epoch began here. */
  beaconAt: number;
  /** When a delta last went along it. */
  usedAt = -Infinity;
  /** How often the hops grew within the epoch: who hangs on us by an older word is refused then. */
  #raises = 0;
  /** The epoch that others have to be later than too, and since when. */
  #floor = 0;
  #floorAt = -Infinity;

  constructor(root: SessionId, epoch: number, hops: number, now: number) {
    this.root = root;
    this.epoch = epoch;
    this.hops = hops;
    this.beaconAt = now;
  }

  /** Whether the beacon is of a later tree than this: later epoch, then lower root (B4). */
  isOlderThan({ root, epoch }: MessageOf<'beacon'>, now: number): boolean {
    if (epoch === this.epoch) return root < this.root;
    const isPast = now < this.#floorAt + halfWayMs && !isLaterEpoch(epoch, this.#floor);
    return !isPast && isLaterEpoch(epoch, this.epoch);
  }

  isOf({ root, epoch }: MessageOf<'beacon'>): boolean {
    return root === this.root && epoch === this.epoch;
  }

  /** No beacon of it came yet, only its deltas. */
  get isUnheard(): boolean {
    return this.epoch === 0 && this.hops >= farHops;
  }

  /** A new root, or a new epoch of the same. Children stay until they hang elsewhere. */
  begin(root: SessionId, epoch: number, hops: number, now: number): void {
    if (epoch === 0) {
      this.#floorAt = -Infinity;
    } else if (now >= this.#floorAt + halfWayMs) {
      this.#floor = this.epoch === 0 ? epoch : this.epoch;
      this.#floorAt = now;
    }
    this.root = root;
    this.epoch = epoch;
    this.hops = hops;
    this.beaconAt = now;
    this.#raises = 0;
    this.heard.clear();
  }

  *edges(): Generator<SessionId> {
    yield* this.children;
    if (this.parent !== undefined) yield this.parent;
    if (this.former !== undefined) yield this.former.member;
  }

  isEdge(member: SessionId): boolean {
    return this.parent === member || this.children.has(member) || this.former?.member === member;
  }

  /** Whether `self` may hang on a neighbour of so many hops without ever closing a circle. */
  mayHang(self: SessionId, member: SessionId, hops: number): boolean {
    return hops < this.hops || (hops === this.hops && member < self);
  }

  /** The nearest of those allowed it may hang on. */
  nearest(self: SessionId, allowed: (member: SessionId) => boolean): SessionId | undefined {
    let best: SessionId | undefined;
    let least = Infinity;
    for (const [member, hops] of this.heard) {
      if (hops > least || !this.mayHang(self, member, hops) || !allowed(member)) continue;
      if (hops === least && best !== undefined && best < member) continue;
      best = member;
      least = hops;
    }
    return best;
  }

  /** Whether the node may go farther away once more in this epoch. */
  get mayRaise(): boolean {
    return this.#raises < maxRaises;
  }

  /** Only for a node on which nobody hangs. */
  raise(hops: number): void {
    if (hops <= this.hops) return;
    this.hops = hops;
    this.#raises++;
  }

  /** Whether `member` would hang on one that is not nearer. */
  refuses(self: SessionId, member: SessionId): boolean {
    const hops = this.heard.get(member);
    if (hops === undefined) return this.#raises > 0;
    return hops < this.hops || (hops === this.hops && member < self);
  }

  /** The neighbour is gone, or is no edge any more. @returns whether we hung on it */
  drop(member: SessionId): boolean {
    this.children.delete(member);
    if (this.former?.member === member) this.former = undefined;
    if (this.parent !== member) return false;
    this.parent = undefined;
    return true;
  }
}

/** Whether an honest node could have sent it. */
export function isSane({ epoch, hops }: MessageOf<'beacon'>): boolean {
  return isEpoch(epoch) && hops < farHops;
}
