import { equalBytes } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import { DigestTree } from '../repair/digest.ts';
import type { Feed } from '../event.ts';
import { shortHashBytes } from '../frames/codec.ts';

/** Named when copies differ, before anything else (G6). Measured: as many as leave figure 14 under 1 kB. */
export const recentFeeds = 20;

/**
 * What is held of every feed (G1), and how far what has arrived reaches beyond it while it is being
 * validated.
 */
export class FeedTable {
  readonly tree: DigestTree<Feed>;
  readonly #recent = new Map<SessionId, Feed>();
  readonly #feeds = new Map<SessionId, Feed>();
  readonly #arrived = new Map<SessionId, number>();
  /** Undefined until asked for after a change. */
  #digest: Uint8Array | undefined;

  constructor(hash: (bytes: Uint8Array) => Uint8Array) {
    this.tree = new DigestTree(hash);
  }

  /** The tree's root as it travels: 8 bytes, another array after every change. */
  get digest(): Uint8Array {
    this.#digest ??= this.tree.node('').subarray(0, shortHashBytes);
    return this.#digest;
  }

  /** The feeds that changed last, at most `recentFeeds`, the newest first (G6). */
  recent(): readonly Feed[] {
    return [...this.#recent.values()].toReversed();
  }

  get(session: SessionId): Feed | undefined {
    return this.#feeds.get(session);
  }

  /** Head, 0 for a feed not held. */
  seq(session: SessionId): number {
    return this.#feeds.get(session)?.seq ?? 0;
  }

  ended(session: SessionId): boolean {
    return this.#feeds.get(session)?.ended ?? false;
  }

  /** The last seq of the unbroken stretch that is held or being validated. */
  arrived(session: SessionId): number {
    return Math.max(this.seq(session), this.#arrived.get(session) ?? 0);
  }

  expect(session: SessionId, to: number): void {
    if (to > this.arrived(session)) this.#arrived.set(session, to);
  }

  /** Nothing of the feed is being validated any more. */
  settle(session: SessionId): void {
    this.#arrived.delete(session);
  }

  /** @returns whether that changed anything; a feed of which nothing is held leaves no trace */
  set(feed: Feed): boolean {
    const before = this.#feeds.get(feed.session);
    if (before === undefined ? feed.seq === 0 && !feed.ended : sameFeed(before, feed)) return false;
    const kept = { ...feed };
    this.#feeds.set(feed.session, kept);
    this.tree.set(kept);
    this.#remember(kept);
    this.#digest = undefined;
    return true;
  }

  #remember(feed: Feed): void {
    const recent = this.#recent;
    recent.delete(feed.session);
    recent.set(feed.session, feed);
    if (recent.size <= recentFeeds) return;
    const [oldest] = recent.keys();
    if (oldest !== undefined) recent.delete(oldest);
  }
}

function sameFeed(a: Feed, b: Feed): boolean {
  return a.seq === b.seq && a.ended === b.ended && equalBytes(a.leaf, b.leaf);
}
