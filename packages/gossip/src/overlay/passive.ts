import type { SessionId } from '@grapevine/wire';

/** Addresses of members not linked (O2). Six times the aim, as the HyParView paper has it for its view of 5. */
export const passiveMembers = 36;

/** The passive view: who else might be linked, and since when we know it. */
export class PassiveView {
  readonly #random: () => number;
  readonly #heardAt = new Map<SessionId, number>();
  /** Introduced and not dialled since: surely there a moment ago. */
  readonly #introduced = new Set<SessionId>();

  constructor(random: () => number) {
    this.#random = random;
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

  /** A full view forgets one at random for it. */
  add(member: SessionId, nowMs: number): void {
    if (this.#heardAt.has(member)) return;
    if (this.#heardAt.size >= passiveMembers) this.#forgetOne();
    this.#heardAt.set(member, nowMs);
  }

  introduce(member: SessionId, nowMs: number): void {
    this.add(member, nowMs);
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

  #forgetOne(): void {
    let at = Math.floor(this.#random() * this.#heardAt.size);
    for (const member of this.#heardAt.keys()) {
      if (at-- > 0) continue;
      this.delete(member);
      return;
    }
  }
}
