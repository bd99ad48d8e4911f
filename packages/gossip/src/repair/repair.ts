import type { SessionId } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { Feed } from '../event.ts';
import type { LeafEntry, MessageOf } from '../frames/message.ts';
import { split } from '../links/link.ts';
import type { Neighbour } from '../links/neighbour.ts';
import type { Fetch } from '../log/fetch.ts';
import { recentFeeds } from '../log/feeds.ts';
import { Descent } from './descent.ts';
import type { DigestTree, Leaf } from './digest.ts';
import { salted } from './salted.ts';

/** A name, a number, a seq and a hash. */
const leafEntryBytes = 32;
/** A card without its info and metrics. */
const cardBytes = 192;

/** The members here, as far as comparing them goes (M10). */
export interface MemberTable {
  readonly tree: DigestTree<Leaf>;
  /** Sends the neighbour what we know of that member. */
  offer(neighbour: Neighbour, member: SessionId): void;
}

/**
 * Finds what two neighbours hold differently: feeds, of which each then wants what it lacks (G6),
 * and members (M10).
 */
export class Repair {
  readonly #core: Core;
  readonly #fetch: Fetch;
  readonly #feeds: Descent<Feed>;
  readonly #members: Descent<Leaf>;

  constructor(core: Core, fetch: Fetch, members: MemberTable) {
    this.#core = core;
    this.#fetch = fetch;
    this.#feeds = new Descent<Feed>(core, {
      type: 'tree',
      tree: core.feeds.tree,
      recentLeaves: recentFeeds,
      leafBytes: leafEntryBytes,
      recent: () => core.feeds.recent(),
      differenceTo: (neighbour) => neighbour.feedsDiffer,
      tell: tellFeeds(core),
    });
    this.#members = new Descent<Leaf>(core, {
      type: 'memberTree',
      get tree() {
        return members.tree;
      },
      recentLeaves: 0,
      leafBytes: cardBytes,
      recent: () => [],
      differenceTo: (neighbour) => neighbour.membersDiffer,
      tell: (neighbour, _salt, leaves) => {
        for (const { session } of leaves) members.offer(neighbour, session);
      },
    });
  }

  /** Starts a comparison of feeds. */
  compare(neighbour: Neighbour): void {
    this.#feeds.open(neighbour);
  }

  /** Starts a comparison of members. */
  compareMembers(neighbour: Neighbour): void {
    this.#members.open(neighbour);
  }

  tree(neighbour: Neighbour, message: MessageOf<'tree'>): void {
    this.#feeds.heard(neighbour, message);
  }

  memberTree(neighbour: Neighbour, message: MessageOf<'memberTree'>): void {
    this.#members.heard(neighbour, message);
  }

  leaves(neighbour: Neighbour, { salt, leaves }: MessageOf<'leaves'>): void {
    neighbour.feedsDiffer.found = true;
    for (const entry of leaves) this.#learn(neighbour, salt, entry);
  }

  #learn(neighbour: Neighbour, salt: number, { session, seq, ended, hash }: LeafEntry): void {
    const { feeds, now, settings } = this.#core;
    const ours = feeds.get(session);
    neighbour.offer(session, seq);
    if (ours !== undefined && salted(this.#core, salt, ours.leaf) === hash) return;
    if (seq > (ours?.seq ?? 0)) {
      const eager = now - neighbour.upAt < settings.freshMs;
      this.#fetch.claim(neighbour, { session, seq }, { eager, ended });
    } else if (ours !== undefined && !ours.ended && seq === ours.seq && !ended) {
      this.#fetch.whole(neighbour, session, seq);
    }
    // Behind the deltas it may depend on.
    if (ended) this.#fetch.end(neighbour, session);
  }
}

function tellFeeds(core: Core) {
  return (neighbour: Neighbour, salt: number, feeds: readonly Feed[]): void => {
    for (const part of split(feeds)) {
      const leaves = part.map(({ session, seq, ended, leaf }) => {
        return { session, seq, ended, hash: salted(core, salt, leaf) };
      });
      neighbour.link.bulk({ type: 'leaves', salt, leaves }, leaves.length * leafEntryBytes);
    }
  };
}
