import type { SessionId } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { Neighbour } from '../links/neighbour.ts';

/**
 * A `have` leaves after one to two of these, or two to three where the neighbour, of lower session
 * id, most likely speaks first. Half of Plumtree's lazy delay in our measurements.
 */
const stepMs = 125;

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
  #young: Batch = new Map();
  #middle: Batch = new Map();
  #old: Batch = new Map();

  constructor(core: Core) {
    this.#core = core;
  }

  note(session: SessionId, seq: number, direct: boolean): void {
    this.#young.set(session, { seq, direct });
    if (this.#young.size > this.#core.settings.announcedPerLink) {
      this.#young.clear();
      for (const neighbour of this.#core.active.values()) neighbour.doubt = true;
    }
    this.#core.schedule('lazy', this.#core.now + stepMs);
  }

  tick(): void {
    const { active, settings } = this.#core;
    for (const neighbour of active.values()) {
      const batch = settings.self < neighbour.member ? this.#middle : this.#old;
      if (batch.size > 0 && neighbour.hello) this.#tell(neighbour, batch);
    }
    this.#settle();
    this.#old = this.#middle;
    this.#middle = this.#young;
    this.#young = new Map();
    if (this.#old.size + this.#middle.size > 0) {
      this.#core.schedule('lazy', this.#core.now + stepMs);
    }
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
    for (const session of this.#old.keys()) {
      if (this.#middle.has(session) || this.#young.has(session)) continue;
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
