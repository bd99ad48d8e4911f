import type { SessionId } from '@grapevine/wire';

/** Addresses of members not linked (O2). Six times the aim, as the HyParView paper has it for its view of 5. */
export const passiveMembers = 36;

/** The passive view: who else might be linked, and since when we know it. */
export class PassiveView {
  readonly #random: () => number;
  /** Whether a member is surely of the room. */
  readonly isKnown: (member: SessionId) => boolean;
  readonly #heardAt = new Map<SessionId, number>();
  /** Introduced and not dialled since: surely there a moment ago. */
  readonly #introduced = new Set<SessionId>();

  constructor(random: () => number, isKnown: (member: SessionId) => boolean) {
    this.#random = random;
    this.isKnown = isKnown;
  }

  get size(): number {
    return this.#heardAt.size;
  }

  has(member: SessionId): boolean {
    return this.#heardAt.has(member);
  }

  heardAt(member: SessionId): number | undefined {
    return this.#heardAt.get(member);
  }

  members(): IterableIterator<SessionId> {
    return this.#heardAt.keys();
  }

  /** A full view forgets one at random for it, nobody known for one that is not. */
  add(member: SessionId, nowMs: number): void {
    this.#add(member, nowMs, this.isKnown(member));
  }

  /** It is there, whoever else is. */
  introduce(member: SessionId, nowMs: number): void {
    this.#add(member, nowMs, true);
    this.#introduced.add(member);
  }

  isIntroduced(member: SessionId): boolean {
    return this.#introduced.has(member);
  }

  /** It was dialled, or much time has passed: no longer better than the others. */
  forgetIntroduction(member: SessionId): void {
    this.#introduced.delete(member);
  }

  delete(member: SessionId): void {
    this.#heardAt.delete(member);
    this.#introduced.delete(member);
  }

  #add(member: SessionId, nowMs: number, isSure: boolean): void {
    if (this.#heardAt.has(member)) return;
    if (this.#heardAt.size >= passiveMembers) {
      const spare = this.#spare(isSure);
      if (spare === undefined) return;
      this.delete(spare);
    }
    this.#heardAt.set(member, nowMs);
  }

  #spare(forSure: boolean): SessionId | undefined {
    const members = [...this.#heardAt.keys()];
    const unknown = members.filter((member) => !this.isKnown(member));
    const spare = unknown.length > 0 || !forSure ? unknown : members;
    return spare[Math.floor(this.#random() * spare.length)];
  }
}
