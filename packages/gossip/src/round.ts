import { equalBytes } from '@grapevine/wire';
import type { Core } from './core.ts';
import type { Fetch } from './log/fetch.ts';
import type { Message, MessageOf } from './frames/message.ts';
import type { Liveness } from './membership/liveness.ts';
import { primaryObserver } from './membership/grounds.ts';
import { sampledDigest } from './membership/table.ts';
import type { Neighbour } from './links/neighbour.ts';
import type { Repair } from './repair/repair.ts';
import type { Values } from './log/values.ts';

/**
 * In intervals: who would not be told for longer than this until the next round is told now. Two
 * are promised (G4), 2.25 make suspicious (M4); between them is room for jitter of timers.
 */
const silentIntervals = 2.1;
/** The same of the primary observer, to whom one is promised, and 1.25 are suspicious. */
const silentIntervalsPrimary = 1.1;
/** PROTOCOL.md G6; the higher id lets the lower one begin. */
const roundsUntilDescent = { lower: 2, higher: 4 } as const;
/** Tables that keep changing are compared after this many times the rounds (M10). Guess. */
const restlessFactor = 4;

/** The round is the heartbeat (G4): who is told our digest when, and what follows from theirs. */
export class Rounds {
  /** Called with every round, for what rides on rounds. */
  onRun: (() => void) | undefined;
  readonly #core: Core;
  readonly #fetch: Fetch;
  readonly #repair: Repair;
  readonly #values: Values;
  readonly #liveness: Liveness;
  #digest: Uint8Array;
  #changedAt = 0;
  #ranAt = 0;
  /** Neighbours in sync, and our digest as they were counted; undefined where they may be others. */
  #inSyncCount = 0;
  #counted: Uint8Array | undefined;

  constructor(core: Core, fetch: Fetch, repair: Repair, values: Values, liveness: Liveness) {
    this.#liveness = liveness;
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
    const { digest } = this.#core.feeds;
    if (this.#counted !== digest) {
      this.#counted = digest;
      this.#inSyncCount = 0;
      for (const neighbour of this.#core.active.values()) {
        if (this.#inSync(neighbour)) this.#inSyncCount++;
      }
    }
    return this.#inSyncCount;
  }

  /** Other links than before are used to send. */
  linksChanged(): void {
    this.#counted = undefined;
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
    this.#core.calm();
    this.#ranAt = this.#core.now;
    const targets = late ? this.#core.active.values() : this.#targets();
    for (const neighbour of targets) this.tell(neighbour);
    this.onRun?.();
    this.#values.retry();
    this.#core.schedule('round', this.#core.now + this.intervalMs);
  }

  /** The interval is another: everybody is told at once, and the next round comes by it. */
  renew(): void {
    for (const neighbour of this.#core.active.values()) this.tell(neighbour);
    const { now, settings } = this.#core;
    if (this.#core.dueAt('round') === undefined) return;
    this.#core.unschedule('round');
    const { intervalMs } = this;
    const at = this.#ranAt + intervalMs;
    // Members that learn of a shorter interval together do not go on together.
    this.#core.schedule('round', at > now ? at : now + settings.random() * intervalMs);
  }

  /** @param intervalMs what the neighbour may expect us to be silent for, at most twice over */
  tell(neighbour: Neighbour, intervalMs = this.intervalMs): void {
    const { now, hidden } = this.#core;
    const { digest } = this.#core.feeds;
    const members = this.#liveness.digest;
    neighbour.link.urgent({ type: 'round', hidden, intervalMs, digest, members });
    neighbour.told = digest;
    neighbour.toldAt = now;
    neighbour.promisedMs = intervalMs;
  }

  hello(): Message {
    const { hidden, feeds, info } = this.#core;
    const { incarnation } = this.#liveness;
    const { intervalMs } = this;
    return {
      type: 'hello',
      hidden,
      intervalMs,
      incarnation,
      digest: feeds.digest,
      members: this.#liveness.digest,
      info,
    };
  }

  /** A link says hello. */
  greeted(neighbour: Neighbour, { digest }: MessageOf<'hello'>): void {
    const { now, settings } = this.#core;
    this.#told(neighbour, digest);
    // One of the two opens the descent, and it is always the same one.
    if (settings.self < neighbour.member) this.compare(neighbour);
    // What hello told of members did not count the two that meet.
    this.#core.schedule('retry', now + settings.settleSpacingMs);
  }

  /** Starts repair at once where the digests differ. */
  compare(neighbour: Neighbour): void {
    if (neighbour.digest !== undefined && !this.#inSync(neighbour)) this.#repair.compare(neighbour);
  }

  /** The neighbour told its digests in a round. */
  heard(neighbour: Neighbour, { digest, members }: MessageOf<'round'>): void {
    this.#told(neighbour, digest);
    this.#compareFeeds(neighbour, digest);
    this.#compareMembers(neighbour, members);
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
    // In a steady trickle of deltas each would be followed by a telling on every link.
    const more = settings.settleSpacingMs * Math.max(1, this.#core.active.size - 2);
    const spacing = Math.min(settings.idleIntervalMs, more);
    for (const neighbour of this.#core.active.values()) {
      const greeted = neighbour.toldAt === neighbour.upAt;
      const told = neighbour.told === this.#core.feeds.digest && !greeted;
      if (!neighbour.hello || told) continue;
      const at = Math.max(settledAt, neighbour.toldAt + spacing);
      if (now < at) this.#core.schedule('retry', at);
      // Idle begins with this telling, so it already promises no more than idle rounds.
      else this.tell(neighbour, Math.max(settings.idleIntervalMs, this.intervalMs));
    }
  }

  #told(neighbour: Neighbour, digest: Uint8Array): void {
    neighbour.digest = digest;
    this.#counted = undefined;
  }

  #compareFeeds(neighbour: Neighbour, theirs: Uint8Array): void {
    const { now, settings } = this.#core;
    if (this.#inSync(neighbour)) {
      neighbour.feedsDiffer.clear();
      neighbour.doubt = false;
      return;
    }
    const { standing, any } = neighbour.feedsDiffer.differs(now, this.#core.feeds.digest, theirs);
    // Only a standing difference counts, unless something is known to be lost.
    const { rounds, since } = neighbour.doubt ? any : standing;
    if (rounds < this.#patience(neighbour)) return;
    if (now - since < settings.intervalMs || this.#fetch.inFlight > 0) return;
    this.#repair.compare(neighbour);
  }

  #compareMembers(neighbour: Neighbour, theirs: Uint8Array): void {
    const { now, settings } = this.#core;
    const ours = this.#liveness.digest;
    const sampled = equalBytes(ours, sampledDigest) || equalBytes(theirs, sampledDigest);
    if (sampled || equalBytes(ours, theirs)) {
      neighbour.membersDiffer.clear();
      return;
    }
    const { standing, any } = neighbour.membersDiffer.differs(now, ours, theirs);
    const patience = this.#patience(neighbour);
    // A newcomer is to see who is here.
    const first = settings.self < neighbour.member && !neighbour.membersDiffer.compared;
    const young = first && now - neighbour.upAt < settings.freshMs;
    const long = standing.rounds >= patience || any.rounds >= restlessFactor * patience;
    if (young || long) this.#repair.compareMembers(neighbour);
  }

  /** In rounds. */
  #patience(neighbour: Neighbour): number {
    return roundsUntilDescent[this.#core.settings.self < neighbour.member ? 'lower' : 'higher'];
  }

  #inSync(neighbour: Neighbour): boolean {
    return neighbour.digest !== undefined && equalBytes(neighbour.digest, this.#core.feeds.digest);
  }

  /** Everybody for whom it is time, and up to `fanout` by chance, rather those who differ. */
  #targets(): Set<Neighbour> {
    const { active, now, settings } = this.#core;
    const until = now + this.intervalMs;
    const open = [...active.values()].filter((neighbour) => neighbour.hello);
    const staying = [...active.values()].filter(({ stays }) => stays);
    const primary = primaryObserver(staying.map(({ member }) => member));
    const targets = new Set(
      open.filter(({ member, promisedMs, toldAt }) => {
        const most = member === primary ? silentIntervalsPrimary : silentIntervals;
        return until - toldAt > promisedMs * most;
      }),
    );
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
