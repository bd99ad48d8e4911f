import type { SessionId } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { Neighbour } from '../links/neighbour.ts';

/**
 * A `have` leaves after two to three of these, or three to four where the neighbour, of lower
 * session id, most likely speaks first; up to a step sooner where another frame goes there.
 * Guess: shorter is sooner where a tree is broken, longer finds more frames to ride on.
 */
const stepMs = 250;
/** The step where more feeds than this changed in the last one: many deltas share a frame then. */
const busyFeeds = 3;
const busyStepMs = 500;
/** Batches at a time: by steps since they began. */
const stages = { forHigher: 2, forLower: 3 } as const;

interface News {
  seq: number;
  /** It went to all its author is linked to (B5). */
  direct: boolean;
}

type Batch = Map<SessionId, News>;

/**
 * What was lately accepted, to be told to neighbours that most likely got it along a tree (B6). Two
 * neighbours would tell each other the same: the lower session id speaks first, and the other has
 * nothing to say then.
 */
export class Lazy {
  readonly #core: Core;
  /** The youngest first. */
  readonly #batches: [Batch, Batch, Batch, Batch] = [new Map(), new Map(), new Map(), new Map()];

  constructor(core: Core) {
    this.#core = core;
  }

  note(session: SessionId, seq: number, direct: boolean): void {
    const [young] = this.#batches;
    young.set(session, { seq, direct });
    if (young.size > this.#core.settings.announcedPerLink) {
      young.clear();
      for (const neighbour of this.#core.active.values()) neighbour.doubt = true;
    }
    this.#plan();
  }

  tick(): void {
    const { active } = this.#core;
    for (const neighbour of active.values()) this.ride(neighbour);
    this.#settle();
    this.#batches.pop();
    this.#batches.unshift(new Map());
    if (this.#batches.some(({ size }) => size > 0)) this.#plan();
  }

  #plan(): void {
    const [, last] = this.#batches;
    const step = last.size > busyFeeds ? busyStepMs : stepMs;
    this.#core.schedule('lazy', this.#core.now + step);
  }

  /** Tells the neighbour what is to be told to it by now, once. */
  ride(neighbour: Neighbour): void {
    const higher = this.#core.settings.self < neighbour.member;
    const batch = this.#batches[higher ? stages.forHigher : stages.forLower];
    if (batch.size === 0 || neighbour.batch === batch || !neighbour.hello) return;
    neighbour.batch = batch;
    this.#tell(neighbour, batch);
  }

  #tell(neighbour: Neighbour, batch: Batch): void {
    for (const [session, { seq, direct }] of batch) {
      if (neighbour.offeredTo(session) >= seq) continue;
      if (direct && isLinked(this.#core, session, neighbour)) continue;
      neighbour.link.have(session, seq);
    }
  }

  /** Who holds what we hold is known to no use any more, and would fill memory. */
  #settle(): void {
    const { active, feeds } = this.#core;
    const [young, middle, old, oldest] = this.#batches;
    for (const session of oldest.keys()) {
      if (young.has(session) || middle.has(session) || old.has(session)) continue;
      const seq = feeds.seq(session);
      for (const { offered } of active.values()) {
        if ((offered.get(session) ?? Infinity) <= seq) offered.delete(session);
      }
    }
  }
}

/** Whether `author` and the neighbour are linked, as either tells. */
export function isLinked({ active }: Core, author: SessionId, neighbour: Neighbour): boolean {
  if (neighbour.peers.has(author)) return true;
  return active.get(author)?.peers.has(neighbour.member) ?? false;
}
