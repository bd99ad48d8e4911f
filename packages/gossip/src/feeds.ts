import { equalBytes } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import { DigestTree } from './digest.ts';
import type { Feed } from './event.ts';
import { shortHashBytes } from './frame.ts';

/**
 * What is held of every feed (G1), and how far what has arrived reaches beyond it while it is being
 * validated.
 */
export class FeedTable {
  readonly tree: DigestTree;
  readonly #feeds = new Map<SessionId, Feed>();
  readonly #arrived = new Map<SessionId, number>();
  /** Undefined until asked for after a change. */
  #digest: Uint8Array | undefined;

  constructor(hash: (bytes: Uint8Array) => Uint8Array) {
    this.tree = new DigestTree(hash);
  }

  get size(): number {
    return this.#feeds.size;
  }

  /** The tree's root as it travels: 8 bytes, another array after every change. */
  get digest(): Uint8Array {
    this.#digest ??= this.tree.node('').subarray(0, shortHashBytes);
    return this.#digest;
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
    this.#digest = undefined;
    return true;
  }
}

function sameFeed(a: Feed, b: Feed): boolean {
  return a.seq === b.seq && a.ended === b.ended && equalBytes(a.leaf, b.leaf);
}
