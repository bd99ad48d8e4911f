import type { SessionId } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { Neighbour } from '../links/neighbour.ts';
import { smallRoom } from '../overlay/band.ts';
import type { Accusations } from './accusations.ts';
import type { Awareness } from './awareness.ts';
import { renewalMs } from './card.ts';
import { isWatched, unheard } from './grounds.ts';
import type { Probes } from './probes.ts';
import type { Sampling } from './sampling.ts';
import type { Entry, Table } from './table.ts';

/** How often the table is looked over for what time has brought. Guess. */
const sweepMs = 60_000;
/** Of a member not linked nothing new was heard for this many renewals: it is accused (M12). */
const missedRenewals = 3;
/** Members of a room that accuse such a one in one look, on average. */
const staleAccusers = 2;
/**
 * Of one whom nobody known is linked to, and who was not heard of for so long, those who watched it
 * may be gone as well. In a small room all are linked (O1), so it is accused. Guess.
 */
const unwatchedMs = 30_000;
/**
 * In a larger one others may watch it, so it is asked, and only while members die: this long after
 * the last one, which gives ten looks of each member. Guess.
 */
const unrestMs = 300_000;
/** Members of a larger room that ask such a one in one look, on average. */
const askers = 1;
/** A probe finds no way to many in a room above that (M13). Estimated for six neighbours each. */
const mostProbed = 128;
/** A page that slept through the loss of its links may be linked again by then. Guess. */
const relinkedMs = 5000;
/** Cards under way together when their member went have come by then (M7). Guess. */
const underWayMs = 1000;

/** Whom one that leaves tells of a member nobody else may miss: one alone may have crashed just then. */
const toldOnLeaving = 2;

/** What no message brings about: members asleep too long, unheard of, or lost while we paused. */
export class Upkeep {
  readonly #core: Core;
  readonly #table: Table;
  readonly #accusations: Accusations;
  readonly #awareness: Awareness;
  readonly #probes: Probes;
  readonly #sampling: Sampling;
  /** Lost while our own timers were held up, and when: nobody is blamed at once. */
  readonly #missed = new Map<SessionId, number>();
  #sweepAt = Infinity;
  #lookAt = Infinity;

  constructor(
    core: Core,
    parts: {
      table: Table;
      accusations: Accusations;
      awareness: Awareness;
      probes: Probes;
      sampling: Sampling;
    },
  ) {
    this.#core = core;
    this.#table = parts.table;
    this.#accusations = parts.accusations;
    this.#awareness = parts.awareness;
    this.#probes = parts.probes;
    this.#sampling = parts.sampling;
  }

  start(): void {
    const { now, settings } = this.#core;
    this.#sweepAt = now + settings.random() * sweepMs;
    this.#lookAt = now + (0.5 + settings.random()) * unwatchedMs;
  }

  /** A member fell asleep. */
  slept(): void {
    const at = this.#core.now + this.#core.settings.asleepMs;
    if (at >= this.#sweepAt) return;
    this.#sweepAt = at;
    this.#core.schedule('membership', at);
  }

  /** Its link was lost while our timers were held up. */
  missed(member: SessionId): void {
    this.#missed.set(member, this.#core.now);
  }

  found(member: SessionId): void {
    this.#missed.delete(member);
  }

  leave(): void {
    if (!this.#sampling.sampled) this.#handOver();
    this.#missed.clear();
  }

  /** @returns when to look again */
  tick(): number {
    if (this.#core.now >= this.#sweepAt) this.#sweep();
    if (this.#core.now >= this.#lookAt) this.#look();
    const missedAt = this.#missed.size > 0 ? this.#checkMissed() : Infinity;
    return Math.min(this.#sweepAt, this.#lookAt, missedAt);
  }

  #sweep(): void {
    const { now } = this.#core;
    this.#sweepAt = now + sweepMs;
    this.#table.sweep();
    const size = this.#sampling.size(this.#table.here);
    for (const entry of this.#table.present()) {
      if (entry.state === 'asleep') this.#sweepSleeper(entry);
      else if (!this.#sampling.sampled && now >= this.#awareness.mutedUntil) {
        this.#sweepAwake(entry, size);
      }
    }
  }

  #look(): void {
    const { now, settings } = this.#core;
    this.#lookAt = now + (0.5 + settings.random()) * unwatchedMs;
    const { diedAt, here: size } = this.#table;
    const small = size <= smallRoom;
    const looks = small || (size <= mostProbed && now < diedAt + unrestMs);
    if (this.#sampling.sampled || !looks || now < this.#awareness.mutedUntil) return;
    for (const entry of this.#table.present()) {
      if (entry.state !== 'alive' || now - entry.newsAt < unwatchedMs) continue;
      if (isWatched(this.#core, entry.id)) continue;
      if (settings.random() * size > (small ? staleAccusers : askers)) continue;
      if (small) this.#accusations.accuse(entry, unheard);
      else this.#accusations.probe(entry, unheard);
    }
  }

  /**
   * We leave: whoever is linked to nobody else known has nobody left to notice should it be gone, and
   * whom we were about to accuse nobody else may miss. Two other neighbours are told, as if we held it
   * so: who lives says so to its next neighbour (M12).
   */
  #handOver(): void {
    const linked = [...this.#core.active.values()].filter(({ hello, gone }) => hello && !gone);
    const orphans = linked.filter((neighbour) => this.#isOrphan(neighbour));
    const members = orphans.map(({ member }) => member);
    const missed = [...this.#missed.keys()].filter((member) => this.#isMissing(member));
    const awaited = [...this.#probes.awaited()].filter((member) => !this.#core.active.has(member));
    const lost = new Set([...members, ...missed, ...awaited]);
    // Who spoke last is the likeliest to be there still; an orphan has nobody left to tell it to.
    const fit = linked.sort(
      (a, b) => Number(orphans.includes(a)) - Number(orphans.includes(b)) || b.heardAt - a.heardAt,
    );
    for (const session of lost) {
      const { state, incarnation } = this.#table.get(session) ?? {};
      if (state !== 'alive' || incarnation === undefined) continue;
      const others = fit.filter(({ member }) => member !== session);
      for (const { link } of others.slice(0, toldOnLeaving)) {
        link.urgent({ type: 'gone', session, incarnation });
      }
    }
  }

  /** It named nobody else who is here. */
  #isOrphan({ peers }: Neighbour): boolean {
    const { self } = this.#core.settings;
    return ![...peers].some((id) => id !== self && this.#table.isHere(id));
  }

  #sweepSleeper(entry: Entry): void {
    const deadAt = entry.since + this.#core.settings.asleepMs;
    if (this.#core.now >= deadAt) this.#table.enter(entry, 'dead');
    else this.#sweepAt = Math.min(this.#sweepAt, deadAt);
  }

  #sweepAwake(entry: Entry, size: number): void {
    const { active, now, settings } = this.#core;
    const stale = now - entry.newsAt > missedRenewals * renewalMs(size);
    if (!stale || active.has(entry.id) || settings.random() > staleAccusers / size) return;
    this.#accusations.probe(entry, unheard);
  }

  /** @returns when to check again */
  #checkMissed(): number {
    const at = this.#awareness.mutedUntil + relinkedMs;
    if (this.#core.now < at) return at;
    for (const member of [...this.#missed.keys()]) {
      const missing = this.#isMissing(member);
      this.#missed.delete(member);
      const entry = this.#table.get(member);
      if (missing && entry !== undefined) {
        this.#accusations.probe(entry, { ...unheard, twice: true });
      }
    }
    return Infinity;
  }

  /** Nobody watches it, and nothing was heard of it since its link was lost while we paused. */
  #isMissing(member: SessionId): boolean {
    const { newsAt } = this.#table.get(member) ?? {};
    const since = this.#missed.get(member);
    if (newsAt === undefined || since === undefined || isWatched(this.#core, member)) return false;
    // A card that was under way when it went proves nothing.
    return newsAt <= since + underWayMs;
  }
}
