import type { SessionId } from '@grapevine/wire';
import { put } from '../bounded.ts';
import type { Core } from '../core.ts';
import { jittered } from './chance.ts';
import { Tokens } from './tokens.ts';

/** PROTOCOL.md O3. A page may hold 500 peer connections in Chromium, closed ones included until collected. */
const mostTokens = 16;
const tokenMs = 2000;
const urgentOverdraft = 8;
const mostUnderWay = 4;
/**
 * Of these at most one is younger than this: on a busy machine handshakes that run at once finish
 * all together, and late. Measured: 24 tabs on two cores that join one room at a time. Guess: a
 * handshake takes a few tenths of a second, one that fails many seconds.
 */
const slowMs = 2000;
/**
 * Who has `enough` links dials no more until none has come up for so long: two each make a crowd
 * that arrives at once one room, and the others cost it as much as these. Measured: the same 24 tabs
 * are one room in two thirds of the time.
 */
const calmMs = 1000;
const enough = 2;
const firstRetryMs = 500;
const mostRetryMs = 60_000;
/** Nobody is dialled again for so long after a refusal or a prune, unless urgently (GossipSub's prune backoff). */
const restMs = 60_000;
/** A driver that never answers must not use up a place for good. Guess: four times any handshake. */
const unansweredMs = 60_000;
/** Members whose failures are remembered. Guess: three passive views. */
const rememberedAttempts = 108;

interface Attempts {
  failures: number;
  /** Not dialled before. */
  retryAt: number;
  /** Not dialled before unless urgently. */
  restUntil: number;
}

/** Dials: how many are under way, what they may cost, and when a member may be dialled again (O3, O5). */
export class Dials {
  readonly #core: Core;
  readonly #underWay = new Map<SessionId, number>();
  readonly #attempts = new Map<SessionId, Attempts>();
  readonly #tokens = new Tokens(mostTokens, tokenMs);
  /** Dials that failed since a neighbour came last. */
  failedInRow = 0;
  #linkedAt = -Infinity;

  constructor(core: Core) {
    this.#core = core;
  }

  has(member: SessionId): boolean {
    return this.#underWay.has(member);
  }

  /** Under way to members not linked already. */
  get count(): number {
    return this.#pending().length;
  }

  /**
   * When one more may be under way; Infinity where not before one of them ends.
   *
   * @param links those of the node, and those it dials
   */
  freeAt(links: number): number {
    const pending = this.#pending();
    if (pending.length >= mostUnderWay) return Infinity;
    const handshakeAt = (pending.at(-1) ?? -Infinity) + slowMs;
    return links < enough ? handshakeAt : Math.max(handshakeAt, this.#linkedAt + calmMs);
  }

  /** @returns when the member may be dialled */
  readyAt(member: SessionId, urgent: boolean): number {
    const attempts = this.#attempts.get(member);
    if (attempts === undefined) return 0;
    return urgent ? attempts.retryAt : Math.max(attempts.retryAt, attempts.restUntil);
  }

  /** @returns when the budget allows a dial */
  affordableAt(urgent: boolean): number {
    return this.#tokens.readyAt(this.#core.now, urgent ? urgentOverdraft : 0);
  }

  /** @returns false where the budget is used up */
  dial(member: SessionId, urgent: boolean): boolean {
    const { now } = this.#core;
    if (!this.#tokens.take(now, urgent ? urgentOverdraft : 0)) return false;
    this.#underWay.delete(member);
    this.#underWay.set(member, now);
    this.#core.emit({ type: 'dial', member, urgent });
    return true;
  }

  /** The link is up, or given up. */
  ended(member: SessionId): void {
    this.#underWay.delete(member);
  }

  /** A link came up, whoever dialled. */
  linked(member: SessionId): void {
    this.ended(member);
    this.failedInRow = 0;
    this.#linkedAt = this.#core.now;
  }

  failed(member: SessionId): void {
    const { now, settings } = this.#core;
    const attempts = this.#of(member);
    attempts.failures++;
    const backoff = Math.min(mostRetryMs, firstRetryMs * 2 ** attempts.failures);
    attempts.retryAt = now + jittered(backoff, settings.random);
  }

  /** Not again for a while, unless urgently. */
  rest(member: SessionId): void {
    this.#of(member).restUntil = this.#core.now + restMs;
  }

  /** The network is another one: what failed on the last may do here. Who refused rests on. */
  retryAll(): void {
    for (const attempts of this.#attempts.values()) {
      attempts.failures = 0;
      attempts.retryAt = 0;
    }
  }

  /** Its link held: earlier failures say nothing any more. */
  forgive(member: SessionId): void {
    this.#attempts.delete(member);
  }

  /** Since when dials are under way, the oldest first. */
  #pending(): number[] {
    const { active, now } = this.#core;
    const pending: number[] = [];
    for (const [member, since] of this.#underWay) {
      if (now >= since + unansweredMs) this.#underWay.delete(member);
      else if (!active.has(member)) pending.push(since);
    }
    return pending;
  }

  #of(member: SessionId): Attempts {
    const known = this.#attempts.get(member) ?? { failures: 0, retryAt: 0, restUntil: 0 };
    put(this.#attempts, member, known, rememberedAttempts);
    return known;
  }
}
