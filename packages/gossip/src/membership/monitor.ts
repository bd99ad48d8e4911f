import { settingRanges } from '../config.ts';
import type { Core } from '../core.ts';
import type { Neighbour } from '../links/neighbour.ts';
import type { Awareness } from './awareness.ts';

/**
 * PROTOCOL.md M4: a neighbour speaks at least every two of its intervals (G4), every one where it
 * has no more neighbours than places in a round. A quarter more is for timers that jitter. Guess.
 */
const silentIntervals = 2.25;
const silentIntervalsOften = 1.25;
/** PROTOCOL.md M4. The least is above the half second for which a data channel was seen to stall. */
const echoRoundTrips = 4;
const echoMinMs = 750;
const echoMaxMs = 2000;
/** A link that nobody answers on is of no use (M4). */
const uselessMs = 2000;
/** A link that is not used, or never opened, is closed after this many of our intervals (G11). */
const unusedIntervals = 3;
/** Weight of a new round trip in the mean, as in TCP (RFC 6298). */
const srttWeight = 1 / 8;
/**
 * The first round trip is measured while a page is still loading, and would make its crash be
 * noticed a second later ever after (measured: 24 tabs on two cores). Guess: it has loaded by then.
 */
const settledMs = 5000;
/** A timer of ours this late may have come before frames that were here in time. Guess. */
const lateMs = 250;
/** Idle rounds are twice as long as set (G4). */
const maxIntervalMs = 2 * settingRanges.intervalMs[1];

/** Whether those we are linked to are heard (M4). */
export class Monitor {
  readonly #core: Core;
  readonly #awareness: Awareness;
  /** When the next look was to be at the latest. */
  #nextAt = Infinity;

  constructor(core: Core, awareness: Awareness) {
    this.#core = core;
    this.#awareness = awareness;
  }

  /** How long an echo may go unanswered. */
  patienceMs({ srttMs }: Neighbour): number {
    if (srttMs === undefined) return echoMaxMs;
    return Math.min(echoMaxMs, Math.max(echoMinMs, echoRoundTrips * srttMs));
  }

  /** What it promises, within what a room may set. */
  promised(neighbour: Neighbour, intervalMs: number): void {
    neighbour.intervalMs = Math.min(maxIntervalMs, intervalMs);
  }

  /** Asks for a sign of life, and measures the round trip; `anew` where those before do not count. */
  echo(neighbour: Neighbour, anew = false): void {
    const nonce = Math.floor(this.#core.settings.random() * 2 ** 32);
    neighbour.echo = { nonce, at: this.#core.now, anew };
    neighbour.link.urgent({ type: 'echo', nonce });
  }

  echoReply(neighbour: Neighbour, nonce: number): void {
    if (neighbour.echo?.nonce !== nonce) return;
    const { at, anew } = neighbour.echo;
    const sample = this.#core.now - at;
    const before = anew ? sample : (neighbour.srttMs ?? sample);
    neighbour.srttMs = before + (sample - before) * srttWeight;
    neighbour.echo = undefined;
  }

  /** What we missed while our timers were held up is held against nobody. */
  excuse(): void {
    const { links, now } = this.#core;
    for (const neighbour of links.values()) {
      neighbour.heardAt = now;
      neighbour.askedAt = undefined;
      neighbour.echo = undefined;
    }
  }

  /**
   * Looks at every link. @param silent called for a neighbour that does not answer; it returns
   * whether that was taken up, and is asked again an interval later otherwise. @returns when to
   * look again
   */
  tick(
    watched: (neighbour: Neighbour) => boolean,
    silent: (neighbour: Neighbour) => boolean,
  ): number {
    const { active, links, now } = this.#core;
    if (now > this.#nextAt + lateMs) this.#askAgain();
    let next = Infinity;
    for (const neighbour of links.values()) {
      if (neighbour.gone) continue;
      const used = neighbour.hello && active.get(neighbour.member) === neighbour;
      if (!used) next = Math.min(next, this.#unused(neighbour));
      else if (watched(neighbour)) next = Math.min(next, this.#used(neighbour, silent));
    }
    this.#nextAt = next;
    return next;
  }

  #askAgain(): void {
    for (const neighbour of this.#core.links.values()) {
      if (neighbour.askedAt !== undefined) neighbour.askedAt = this.#core.now;
    }
  }

  #used(neighbour: Neighbour, silent: (neighbour: Neighbour) => boolean): number {
    const { now, settings } = this.#core;
    const { accusedAt, heardAt, intervalMs, peers } = neighbour;
    if (accusedAt !== undefined) {
      const uselessAt = accusedAt + uselessMs * this.#awareness.scale;
      if (now < uselessAt) return uselessAt;
      this.#core.close(neighbour, 'silent');
      return Infinity;
    }
    const often = neighbour.primary || peers.size <= settings.fanout;
    const intervals = often ? silentIntervalsOften : silentIntervals;
    const echoAt = heardAt + intervals * intervalMs;
    const settledAt = neighbour.settled ? Infinity : neighbour.upAt + settledMs;
    if (now >= settledAt) {
      neighbour.settled = true;
      this.echo(neighbour, true);
    }
    if (now < echoAt) {
      neighbour.askedAt = undefined;
      return neighbour.settled ? echoAt : Math.min(echoAt, settledAt);
    }
    if (neighbour.askedAt === undefined || neighbour.askedAt <= heardAt) {
      neighbour.askedAt = now;
      this.echo(neighbour);
    }
    const answerBy = neighbour.askedAt + this.patienceMs(neighbour);
    if (now < answerBy) return answerBy;
    if (now < this.#awareness.mutedUntil) return this.#awareness.mutedUntil;
    if (!silent(neighbour)) return now + intervalMs;
    neighbour.accusedAt = now;
    return now + uselessMs * this.#awareness.scale;
  }

  /** Nobody is accused. @returns when it is to go */
  #unused(neighbour: Neighbour): number {
    const deadline = neighbour.heardAt + unusedIntervals * this.#core.settings.intervalMs;
    if (this.#core.now < deadline) return deadline;
    this.#core.close(neighbour, 'silent');
    return Infinity;
  }
}
