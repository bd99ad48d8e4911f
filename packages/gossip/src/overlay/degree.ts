import type { SessionId } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { Neighbour } from '../links/neighbour.ts';
import { band, slack, smallRoom } from './band.ts';
import type { Room } from './band.ts';
import type { Dials } from './dials.ts';
import type { Incoming } from './incoming.ts';
import type { PassiveView } from './passive.ts';
import { choosePruned } from './prune.ts';
import type { Rendezvous } from './rendezvous.ts';

/** Dials in a row that came to nothing until the passive view counts as no help (O8). */
const failuresUntilHelp = 4;
/** In a small room the lower session id dials; the higher waits so long before it does too (O1). Guess. */
const yieldMs = 1000;
/** Links are only let go for the aim's sake in a room of more: one that grows and shrinks about 10 keeps its mesh (O5). Guess. */
const relaxedRoom = 2 * band.aim;
/** Not a link that came up since, as its end may still count on it. Guess: one shuffle. */
const settledMs = 30_000;

export interface DegreeParts {
  liveness: Room;
  passive: PassiveView;
  dials: Dials;
  incoming: Incoming;
  rendezvous: Rendezvous;
  /** Ends the link to a neighbour that was told so. */
  part: (neighbour: Neighbour) => void;
}

/** Keeps the number of links within the band (O1, O3, O4, O5, O8). */
export class Degree {
  readonly #core: Core;
  readonly #parts: DegreeParts;

  constructor(core: Core, parts: DegreeParts) {
    this.#core = core;
    this.#parts = parts;
  }

  /** Every member links to every other (O1). */
  get small(): boolean {
    return !this.#exceeds(smallRoom);
  }

  /** O4: whether one more dial may be taken up, the member's own not counted. */
  hasRoomFor(member: SessionId, urgent: boolean): boolean {
    const others = this.#load - (this.#parts.incoming.has(member) ? 1 : 0);
    return others < band.most + (urgent ? slack : 0);
  }

  /** Dials below the aim, and asks for help where that is not enough. */
  fill(): void {
    const { active } = this.#core;
    if (active.size >= band.most) return;
    const wake = Math.min(this.#dialMany(this.small), this.#help());
    if (wake < Infinity) this.#core.schedule('overlay', wake);
  }

  /** Above the most the node lets neighbours go, with addresses of others (O5). */
  trim(addresses: (neighbour: Neighbour) => readonly SessionId[]): void {
    const { active, settings } = this.#core;
    for (;;) {
      const greeted = [...active.values()].filter(({ hello, stays }) => hello && stays);
      if (greeted.length <= band.most) return;
      const pruned = choosePruned(greeted, settings.random);
      if (pruned === undefined) return;
      this.#prune(pruned, addresses(pruned));
    }
  }

  /**
   * A link both of whose ends are above the aim is more than the room needs: one is let go, unless the room is
   * about to be small again (O5).
   */
  relax(addresses: (neighbour: Neighbour) => readonly SessionId[]): void {
    const { active, now, settings } = this.#core;
    const staying = [...active.values()].filter(({ stays }) => stays);
    if (staying.length <= band.aim || !this.#exceeds(relaxedRoom)) return;
    const settled = staying.filter(({ upAt }) => now >= upAt + settledMs);
    const rich = settled.filter(({ peers }) => peers.size > band.aim);
    const pruned = rich[Math.floor(settings.random() * rich.length)];
    if (pruned !== undefined) this.#prune(pruned, addresses(pruned));
  }

  #prune(neighbour: Neighbour, members: readonly SessionId[]): void {
    neighbour.link.urgent({ type: 'disconnect', members });
    this.#core.flush(neighbour);
    this.#parts.part(neighbour);
  }

  #exceeds(members: number): boolean {
    return this.#parts.liveness.size > members;
  }

  /** Links, and those about to be. */
  get #load(): number {
    return this.#core.active.size + this.#parts.dials.count + this.#parts.incoming.count;
  }

  /** @returns when to look again */
  #dialMany(small: boolean): number {
    const { dials, incoming, passive } = this.#parts;
    for (;;) {
      const own = this.#core.active.size + dials.count;
      const urgent = own < band.least;
      const aim = small ? band.most : band.aim;
      if (own >= aim) return Infinity;
      const freeAt = dials.freeAt(own);
      if (freeAt > this.#core.now) return freeAt;
      // What is coming in may be all that is missing; below the least nobody waits for it.
      if (!urgent && this.#load >= aim) return incoming.clearAt;
      const affordable = dials.affordableAt(urgent);
      if (affordable > this.#core.now) return affordable;
      const candidate = this.#candidate(urgent, small);
      if (typeof candidate === 'number') return candidate;
      passive.forgetIntroduction(candidate);
      dials.dial(candidate, urgent);
    }
  }

  /** @returns whom to dial, else when somebody may be dialled */
  #candidate(urgent: boolean, small: boolean): SessionId | number {
    const { passive } = this.#parts;
    const { now } = this.#core;
    const ready: SessionId[] = [];
    let known: SessionId[] | undefined;
    let introduced: SessionId[] | undefined;
    let soonest = Infinity;
    for (const member of passive.members()) {
      const at = this.#readyAt(member, urgent, small);
      if (at > now) soonest = Math.min(soonest, at);
      else if (passive.isIntroduced(member)) (introduced ??= []).push(member);
      else if (passive.isKnown(member)) (known ??= []).push(member);
      else ready.push(member);
    }
    return (
      this.#pick(introduced ?? known ?? ready) ?? this.#pick(this.#named(urgent, small)) ?? soonest
    );
  }

  #readyAt(member: SessionId, urgent: boolean, small: boolean): number {
    const { active, settings } = this.#core;
    const { dials, passive } = this.#parts;
    if (dials.has(member)) return Infinity;
    const at = dials.readyAt(member, urgent || small);
    if (!small || active.size === 0 || settings.self < member) return at;
    return Math.max(at, (passive.heardAt(member) ?? -yieldMs) + yieldMs);
  }

  /** Neighbours of neighbours that may be dialled now: they can be reached without any server. */
  #named(urgent: boolean, small: boolean): SessionId[] {
    const { active, now, settings } = this.#core;
    const { liveness, passive } = this.#parts;
    const members = new Set<SessionId>();
    for (const { peers } of active.values()) {
      for (const peer of peers) {
        if (peer === settings.self || active.has(peer) || passive.has(peer)) continue;
        const gone = liveness.get(peer) !== undefined && !liveness.isHere(peer);
        if (!gone && this.#readyAt(peer, urgent, small) <= now) members.add(peer);
      }
    }
    return [...members];
  }

  #pick(members: readonly SessionId[]): SessionId | undefined {
    return members[Math.floor(this.#core.settings.random() * members.length)];
  }

  /** O8. @returns when to look again */
  #help(): number {
    const { active } = this.#core;
    const { dials, liveness, passive, rendezvous } = this.#parts;
    const least = this.#exceeds(band.least) ? band.least : liveness.size - 1;
    if (active.size > 0 && active.size >= least) {
      rendezvous.found();
      return Infinity;
    }
    const helpless = passive.size === 0 || dials.failedInRow >= failuresUntilHelp;
    return active.size === 0 || helpless ? rendezvous.need() : Infinity;
  }
}
