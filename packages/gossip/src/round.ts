import { equalBytes } from '@grapevine/wire';
import type { Core } from './core.ts';
import type { Fetch } from './fetch.ts';
import type { Message } from './message.ts';
import type { Neighbour } from './neighbour.ts';
import type { Repair } from './repair.ts';
import type { Values } from './values.ts';

/**
 * A neighbour told little more than an interval ago can wait for the next round: timers jitter.
 * Guess.
 */
const roundSlack = 1.05;
/** PROTOCOL.md G6; the higher id lets the lower one begin. */
const roundsUntilDescent = { lower: 2, higher: 4 } as const;

/** The round is the heartbeat (G4): who is told our digest when, and what follows from theirs. */
export class Rounds {
  readonly #core: Core;
  readonly #fetch: Fetch;
  readonly #repair: Repair;
  readonly #values: Values;
  #digest: Uint8Array;
  #changedAt = 0;

  constructor(core: Core, fetch: Fetch, repair: Repair, values: Values) {
    this.#core = core;
    this.#fetch = fetch;
    this.#repair = repair;
    this.#values = values;
    this.#digest = core.feeds.digest;
  }

  get pending(): number {
    return this.#fetch.missing + this.#values.pending;
  }

  /** Neighbours whose digest, as last told, is ours. */
  get inSyncWith(): number {
    let count = 0;
    for (const neighbour of this.#core.active.values()) if (this.#inSync(neighbour)) count++;
    return count;
  }

  get intervalMs(): number {
    const { hiddenIntervalMs, idleIntervalMs, intervalMs } = this.#core.settings;
    if (this.#core.hidden) return hiddenIntervalMs;
    const idle = this.pending === 0 && this.inSyncWith === this.#core.active.size;
    return idle ? idleIntervalMs : intervalMs;
  }

  start(): void {
    // Tabs opened together do not speak together.
    const delay = this.#core.settings.random() * this.#core.settings.intervalMs;
    this.#core.schedule('round', this.#core.now + delay);
  }

  /** @param late our timer was held up: every neighbour is told that we are back */
  run(late: boolean): void {
    this.#core.stats.roundsRun++;
    const targets = late ? this.#core.active.values() : this.#targets();
    for (const neighbour of targets) this.tell(neighbour);
    this.#values.retry();
    this.plan();
  }

  /** The next round comes an interval from now at the latest. */
  plan(): void {
    this.#core.schedule('round', this.#core.now + this.intervalMs);
  }

  /** @param intervalMs what the neighbour may expect us to be silent for, at most twice over */
  tell(neighbour: Neighbour, intervalMs = this.intervalMs): void {
    const { now, hidden, feeds } = this.#core;
    const { digest } = feeds;
    neighbour.link.urgent({ type: 'round', hidden, intervalMs, digest, feeds: feeds.size });
    neighbour.told = digest;
    neighbour.toldAt = now;
    if (!this.#inSync(neighbour)) {
      for (const session of neighbour.unannounced) {
        const seq = feeds.seq(session);
        if (seq > neighbour.offeredTo(session)) neighbour.link.have(session, seq);
      }
    }
    neighbour.unannounced.clear();
  }

  hello(): Message {
    const { hidden, feeds, info, settings } = this.#core;
    const { incarnation } = settings;
    const { intervalMs } = this;
    return {
      type: 'hello',
      hidden,
      intervalMs,
      incarnation,
      digest: feeds.digest,
      feeds: feeds.size,
      info,
    };
  }

  /** The neighbour told its digest in a round. */
  heard(neighbour: Neighbour, theirs: Uint8Array): void {
    neighbour.digest = theirs;
    if (this.#inSync(neighbour)) {
      neighbour.mismatch = undefined;
      neighbour.doubt = false;
      return;
    }
    const { now, settings } = this.#core;
    const ours = this.#core.feeds.digest;
    const before = neighbour.mismatch;
    // While feeds change, digests differ by what is under way: only a standing difference counts,
    // unless something is known to be lost.
    const standing =
      before !== undefined &&
      (neighbour.doubt || (before.ours === ours && equalBytes(before.theirs, theirs)));
    const rounds = standing ? before.rounds + 1 : 1;
    const since = standing ? before.since : now;
    neighbour.mismatch = { since, theirs, ours, rounds };
    const lower = settings.self < neighbour.member;
    if (rounds < roundsUntilDescent[lower ? 'lower' : 'higher']) return;
    if (now - since < settings.intervalMs || this.#fetch.inFlight > 0) return;
    neighbour.mismatch = undefined;
    this.#repair.query(neighbour, '');
  }

  /**
   * Notices that our digest changed; once it stands still it is told without waiting for the round
   * (G12).
   */
  watch(): void {
    if (this.#digest === this.#core.feeds.digest) return;
    this.#digest = this.#core.feeds.digest;
    this.#changedAt = this.#core.now;
    this.#core.schedule('retry', this.#core.now + this.#core.settings.settleMs);
  }

  settle(): void {
    const { now, settings } = this.#core;
    const settledAt = this.#changedAt + settings.settleMs;
    for (const neighbour of this.#core.active.values()) {
      if (!neighbour.hello || neighbour.told === this.#core.feeds.digest) continue;
      const at = Math.max(settledAt, neighbour.toldAt + settings.settleSpacingMs);
      if (now < at) this.#core.schedule('retry', at);
      // Idle begins with this telling, so it already promises no more than idle rounds.
      else this.tell(neighbour, Math.max(settings.idleIntervalMs, this.intervalMs));
    }
  }

  #inSync(neighbour: Neighbour): boolean {
    return neighbour.digest !== undefined && equalBytes(neighbour.digest, this.#core.feeds.digest);
  }

  /** Everybody not told for an interval, and up to `fanout` by chance, rather those who differ. */
  #targets(): Set<Neighbour> {
    const { active, now, settings } = this.#core;
    const interval = this.intervalMs;
    const open = [...active.values()].filter((neighbour) => neighbour.hello);
    const targets = new Set(open.filter(({ toldAt }) => now - toldAt > interval * roundSlack));
    const differing = open.filter((neighbour) => !this.#inSync(neighbour));
    const places = differing.length > 0 ? settings.fanout : settings.fanout - targets.size;
    for (let place = 0; place < places; place++) {
      const prefer = differing.length > 0 && settings.random() < settings.preferDiffering;
      const from = (prefer ? differing : open).filter((neighbour) => !targets.has(neighbour));
      const chosen = from[Math.floor(settings.random() * from.length)];
      if (chosen !== undefined) targets.add(chosen);
    }
    return targets;
  }
}
