import type { SessionId } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { SharedWay, Way } from '../frames/message.ts';
import type { Neighbour } from '../links/neighbour.ts';
import type { Forest } from './forest.ts';

/** Until the edges of an epoch stand, what is written goes along the one before. Guess: as own trees have (B5). */
const formingMs = 2000;
/** What is under way then goes on along it. Guess: covers the delay of a large room twice. */
const lastingMs = 2 * formingMs;

/** Which way a delta goes on, and to whom. */
export interface Route {
  way: Way;
  targets: readonly Neighbour[];
}

/** How a run names the epoch of the shared tree along which it goes. */
function wayOf(epoch: number): SharedWay {
  return epoch % 2 === 0 ? 'even' : 'odd';
}

/**
 * Along which edges of the shared tree deltas go (B2, B6). While members hear of a new epoch, leave
 * parents and graft on others, they hang together in two ways: along the edges of both epochs
 * deltas would come twice, along either alone they come to all. So the edges of the epoch before
 * are kept for a while, and a delta stays in the epoch in which it was written.
 */
export class SharedEdges {
  readonly #core: Core;
  readonly #forest: Forest;
  #before: readonly SessionId[] = [];
  #wayBefore: SharedWay = 'even';
  /** When the epoch before gave way to this one. */
  #endedAt = -Infinity;

  constructor(core: Core, forest: Forest) {
    this.#core = core;
    this.#forest = forest;
  }

  /** Which way goes what begins to go along the tree here. */
  get way(): SharedWay {
    return this.#core.now - this.#endedAt < formingMs ? this.#wayBefore : this.#wayNow;
  }

  /** Where a delta goes (B6), but not back to `source`. */
  route(way: SharedWay, source?: Neighbour): Route {
    const { shared } = this.#forest;
    this.#forest.use(shared);
    const edges = this.#edgesBefore(way);
    if (edges !== undefined) return { way, targets: this.#forest.linked(edges, source) };
    // What a former parent is to get goes there along the epoch before, if that is known.
    const now = [...shared.edges()].filter((member) => !this.#isSpare(member));
    return { way: this.#wayNow, targets: this.#forest.linked(now, source) };
  }

  /** All neighbours on the tree but `source`, for what may come twice and is not repaired. */
  all(source?: Neighbour): Neighbour[] {
    const before = this.#edgesBefore(this.way) ?? [];
    return this.#forest.linked(new Set([...this.#forest.shared.edges(), ...before]), source);
  }

  /** Whether deltas still go between this node and `member` along the epoch before. */
  wasEdge(member: SessionId): boolean {
    return this.#lasts && this.#before.includes(member);
  }

  /** Whether a delta that came `way` tells of the edges as they are now. */
  isNow(way: SharedWay): boolean {
    return way === this.#wayNow;
  }

  /** The shared tree is about to begin that epoch. */
  beginning(root: SessionId, epoch: number): void {
    const { shared } = this.#forest;
    const { now } = this.#core;
    if (wayOf(epoch) === this.#wayNow) return;
    // The root was lost, or rooms met; what had not formed yet is no better than what comes.
    if (root !== shared.root || now - shared.beaconAt < formingMs) return this.drop();
    this.#before = [...shared.edges()];
    this.#wayBefore = this.#wayNow;
    this.#endedAt = now;
  }

  /** The neighbour went, or is not well. */
  lost(member: SessionId): void {
    if (this.#before.includes(member)) this.drop();
  }

  drop(): void {
    this.#endedAt = -Infinity;
  }

  get #wayNow(): SharedWay {
    return wayOf(this.#forest.shared.epoch);
  }

  get #lasts(): boolean {
    return this.#core.now - this.#endedAt < lastingMs;
  }

  /** Those of the epoch before, and those to members that were not in it. */
  #edgesBefore(way: SharedWay): Iterable<SessionId> | undefined {
    if (way === this.#wayNow || !this.#lasts) return undefined;
    const edges = new Set(this.#before);
    for (const member of this.#forest.shared.edges()) {
      const foreignAt = this.#core.active.get(member)?.foreignAt ?? -Infinity;
      if (foreignAt > this.#endedAt - formingMs) edges.add(member);
    }
    return edges;
  }

  #isSpare(member: SessionId): boolean {
    return this.#forest.shared.former?.member === member && this.wasEdge(member);
  }
}
