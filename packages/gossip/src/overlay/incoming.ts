import type { SessionId } from '@grapevine/wire';
import type { Core } from '../core.ts';
import { Tokens } from './tokens.ts';

/** A dial taken up counts as a link for so long. Guess: more than a handshake, less than a round of dials. */
const comingMs = 10_000;
/** Dials taken up in a burst, and one more a second: whoever dials in vain on purpose costs us little. Guess. */
const mostTokens = 32;
const tokenMs = 1000;

/** Incoming dials that were taken up and whose links have not come up yet (O4). */
export class Incoming {
  readonly #core: Core;
  readonly #until = new Map<SessionId, number>();
  readonly #tokens = new Tokens(mostTokens, tokenMs);

  constructor(core: Core) {
    this.#core = core;
  }

  get count(): number {
    const { now } = this.#core;
    for (const [member, until] of this.#until) if (now >= until) this.#until.delete(member);
    return this.#until.size;
  }

  /** When the next of them is given up. */
  get clearAt(): number {
    let at = Infinity;
    for (const until of this.#until.values()) at = Math.min(at, until);
    return at;
  }

  has(member: SessionId): boolean {
    return this.#until.has(member);
  }

  /** @returns false where too many were taken up lately */
  take(member: SessionId): boolean {
    const { now } = this.#core;
    if (!this.#until.has(member) && !this.#tokens.take(now, 0)) return false;
    this.#until.set(member, now + comingMs);
    return true;
  }

  /** The link is up, or gone again. */
  ended(member: SessionId): void {
    this.#until.delete(member);
  }
}
