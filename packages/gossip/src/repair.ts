import { equalBytes } from '@grapevine/wire';
import type { Core } from './core.ts';
import type { Feed } from './event.ts';
import type { Fetch } from './fetch.ts';
import { shortHashBytes } from './frame.ts';
import { split } from './link.ts';
import type { LeafEntry, MessageOf } from './message.ts';
import type { Neighbour } from './neighbour.ts';

const leafEntryBytes = 32;
const treeBytes = 160;

/**
 * Descent: finds the feeds two neighbours hold differently (G6). Either side may open it; the other
 * answers and asks back, so that
 * both learn what they lack and each wants it for itself.
 */
export class Repair {
  readonly #core: Core;
  readonly #fetch: Fetch;

  constructor(core: Core, fetch: Fetch) {
    this.#core = core;
    this.#fetch = fetch;
  }

  /** Asks what the neighbour has under `path` by telling what we have. */
  query(neighbour: Neighbour, path: string): void {
    const { tree } = this.#core.feeds;
    if (tree.count(path) <= this.#core.settings.leavesPerNode) {
      this.#sendLeaves(neighbour, path, true, tree.feeds(path));
      return;
    }
    const children = tree.children(path).map((hash) => hash?.subarray(0, shortHashBytes));
    this.#send(neighbour, { type: 'tree', path, children }, treeBytes);
  }

  tree(neighbour: Neighbour, { path, children }: MessageOf<'tree'>): void {
    const { tree } = this.#core.feeds;
    if (tree.count(path) <= this.#core.settings.leavesPerNode) {
      this.query(neighbour, path);
      return;
    }
    for (const [digit, ours] of tree.children(path).entries()) {
      const theirs = children[digit];
      const same =
        ours === undefined || theirs === undefined
          ? ours === theirs
          : equalBytes(ours.subarray(0, shortHashBytes), theirs);
      if (!same) this.query(neighbour, path + digit.toString(16));
    }
  }

  leaves(neighbour: Neighbour, { path, reply, leaves }: MessageOf<'leaves'>): void {
    const theirs = new Map(leaves.map((entry) => [entry.session, entry]));
    for (const entry of leaves) this.#compare(neighbour, entry);
    if (!reply) return;
    const lacking = this.#core.feeds.tree
      .feeds(path)
      .filter((feed) => tells(feed, theirs.get(feed.session)));
    // They told us all they have here: what we answer is exactly the difference, however much it
    // is.
    for (const part of split(lacking)) this.#sendLeaves(neighbour, path, false, part);
  }

  #compare(neighbour: Neighbour, { session, seq, ended, leaf }: LeafEntry): void {
    const { feeds, now, settings } = this.#core;
    const ours = feeds.get(session);
    neighbour.offer(session, seq);
    if (ours !== undefined && equalBytes(ours.leaf.subarray(0, shortHashBytes), leaf)) return;
    if (seq > (ours?.seq ?? 0)) {
      const eager = now - neighbour.upAt < settings.freshMs;
      this.#fetch.claim(neighbour, { session, seq }, { eager, ended });
    } else if (ours !== undefined && !ours.ended && seq === ours.seq && !ended) {
      this.#fetch.whole(neighbour, session, seq);
    }
    // Behind the deltas it may depend on.
    if (ended) this.#fetch.end(neighbour, session);
  }

  #sendLeaves(neighbour: Neighbour, path: string, reply: boolean, feeds: readonly Feed[]): void {
    const leaves = feeds.map(({ session, seq, ended, leaf }) => ({
      session,
      seq,
      ended,
      leaf: leaf.subarray(0, shortHashBytes),
    }));
    this.#send(neighbour, { type: 'leaves', path, reply, leaves }, leaves.length * leafEntryBytes);
  }

  #send(neighbour: Neighbour, message: MessageOf<'tree' | 'leaves'>, bytes: number): void {
    // A neighbour that asks and does not read is answered when it asks again.
    if (neighbour.link.bulkQueuedBytes + bytes > this.#core.settings.bulkQueueBytes) {
      neighbour.doubt = true;
      return;
    }
    neighbour.link.bulk(message, bytes);
  }
}

/** Whether our leaf says something to one who told `theirs`. */
function tells(ours: Feed, theirs: LeafEntry | undefined): boolean {
  if (theirs === undefined) return true;
  if (equalBytes(ours.leaf.subarray(0, shortHashBytes), theirs.leaf)) return false;
  return ours.ended || ours.seq >= theirs.seq;
}
