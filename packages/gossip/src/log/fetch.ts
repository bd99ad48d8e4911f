import type { SessionId } from '@grapevine/wire';
import { Claim } from './claim.ts';
import type { Core } from '../core.ts';
import type { Head } from '../frames/message.ts';
import type { Neighbour } from '../links/neighbour.ts';
import type { Parked } from './parked.ts';

interface Want {
  /** `whole`: from seq 1 although held, because copies contradict (L11). */
  kind: 'runs' | 'end' | 'whole';
  session: SessionId;
  neighbour: Neighbour;
  to: number;
  at: number;
}

/**
 * What is known to be missing, and who was asked for it (G5). Of a feed one range is in flight at a
 * time, from one neighbour; an
 * unanswered one goes to the next neighbour that named it.
 */
export class Fetch {
  readonly #core: Core;
  readonly #parked: Parked;
  /** Only what is beyond our head. */
  readonly #claims = new Map<SessionId, Map<Neighbour, Claim>>();
  readonly #wants = new Map<string, Want>();
  /** Deltas named and not held; undefined after a change until asked for. */
  #missing: number | undefined = 0;

  /** A rumour had to be asked for: the neighbour holds what should have come along a tree (B7). */
  onOverdue: ((neighbour: Neighbour, session: SessionId) => void) | undefined;

  constructor(core: Core, parked: Parked) {
    this.#core = core;
    this.#parked = parked;
  }

  get inFlight(): number {
    return this.#wants.size;
  }

  /** Deltas that neighbours name and we do not hold. */
  get missing(): number {
    if (this.#missing !== undefined) return this.#missing;
    let missing = 0;
    for (const [session, claims] of this.#claims) {
      let top = 0;
      for (const claim of claims.values()) top = Math.max(top, claim.seq);
      missing += Math.max(0, top - this.#core.feeds.seq(session));
    }
    this.#missing = missing;
    return missing;
  }

  /**
   * `neighbour` holds the feed up to `seq`. Unless `eager`, what arrives by itself meanwhile is not
   * asked for.
   * Beyond the end of a feed (L10) only what an ended copy holds is part of it.
   */
  claim(
    neighbour: Neighbour,
    { session, seq }: Head,
    { eager, ended, rumour }: { eager: boolean; ended: boolean; rumour?: boolean },
  ): void {
    const { feeds, now } = this.#core;
    if (seq <= feeds.seq(session) || neighbour.gone) return;
    if ((feeds.ended(session) && !ended) || neighbour.diverged.has(session)) return;
    let claims = this.#claims.get(session);
    if (claims === undefined) this.#claims.set(session, (claims = new Map<Neighbour, Claim>()));
    let claim = claims.get(neighbour);
    if (claim === undefined) claims.set(neighbour, (claim = new Claim()));
    claim.ended = ended;
    claim.rumour = rumour ?? false;
    claim.add(seq, eager ? now : now + this.#graceMs(neighbour), now);
    this.#missing = undefined;
    this.#consider(session);
  }

  /** `neighbour` holds an end mark of the feed that we lack or that differs from ours. */
  end(neighbour: Neighbour, session: SessionId): void {
    if (neighbour.wants < this.#core.settings.wantsPerLink) {
      this.#ask('end', neighbour, session, 0, 0);
    } else {
      neighbour.doubt = true;
    }
  }

  /**
   * The neighbour's copy contradicts ours: asks for it from seq 1, once per link and feed (L11).
   */
  whole(neighbour: Neighbour, session: SessionId, to: number): void {
    this.#drop(neighbour, session);
    if (neighbour.diverged.has(session) || neighbour.gone) return;
    if (neighbour.wants >= this.#core.settings.wantsPerLink) {
      neighbour.doubt = true;
      return;
    }
    neighbour.diverged.add(session);
    this.#ask('whole', neighbour, session, 1, to);
  }

  /**
   * A run from this neighbour is part of a feed asked for whole: to be validated although it is
   * held.
   */
  wantsWhole(neighbour: Neighbour, session: SessionId): boolean {
    return this.#wants.get(`whole ${session}`)?.neighbour === neighbour;
  }

  /** Part of the feed arrived from this neighbour, up to `to`. */
  arrived(neighbour: Neighbour, session: SessionId, to: number): void {
    neighbour.progressAt = this.#core.now;
    const whole = this.#wants.get(`whole ${session}`);
    if (whole?.neighbour === neighbour && to >= whole.to) this.#finish(whole);
  }

  endArrived(neighbour: Neighbour, session: SessionId): void {
    neighbour.progressAt = this.#core.now;
    const want = this.#wants.get(`end ${session}`);
    if (want?.neighbour === neighbour) this.#finish(want);
  }

  /** What is held or on its way of the feed has changed. */
  changed(session: SessionId): void {
    const { feeds } = this.#core;
    const claims = this.#claims.get(session);
    if (claims !== undefined) {
      for (const [neighbour, claim] of claims) {
        const beyondEnd = feeds.ended(session) && !claim.ended;
        if (beyondEnd || claim.seq <= feeds.seq(session)) claims.delete(neighbour);
      }
      if (claims.size === 0) this.#claims.delete(session);
      this.#missing = undefined;
    }
    const want = this.#wants.get(`runs ${session}`);
    const over = feeds.ended(session) && !this.#claims.has(session);
    if (want !== undefined && (over || feeds.arrived(session) >= want.to)) this.#finish(want);
    this.#consider(session);
  }

  /** The link is gone: what it was asked for is asked of others at once. */
  dropNeighbour(neighbour: Neighbour): void {
    this.#parked.drop(neighbour);
    for (const want of this.#wants.values()) if (want.neighbour === neighbour) this.#finish(want);
    for (const [session, claims] of this.#claims) {
      if (claims.delete(neighbour) && claims.size === 0) this.#claims.delete(session);
    }
    this.#missing = undefined;
    this.tick();
  }

  /** Gives up on the silent, asks for what has become ready, and says when to look again. */
  tick(): void {
    for (const want of this.#wants.values()) {
      if (this.#core.now < this.#deadline(want)) continue;
      want.neighbour.doubt = true;
      this.#finish(want);
      this.#drop(want.neighbour, want.session);
    }
    for (const session of this.#claims.keys()) this.#consider(session);
    this.#plan();
  }

  #consider(session: SessionId): void {
    const claims = this.#claims.get(session);
    if (claims === undefined || this.#wants.has(`runs ${session}`)) return;
    const { feeds, now, settings } = this.#core;
    const from = feeds.arrived(session) + 1;
    const gapEnd = (this.#parked.first(session) ?? Number.MAX_SAFE_INTEGER) - 1;
    let chosen: Neighbour | undefined;
    let to = 0;
    let rumour = false;
    for (const [neighbour, claim] of claims) {
      const nextReady = claim.nextReady(now);
      if (nextReady !== undefined) this.#core.schedule('retry', nextReady);
      if (claim.readySeq(now) < from) continue;
      if (neighbour.wants >= settings.wantsPerLink) continue;
      if (chosen !== undefined && chosen.wants <= neighbour.wants) continue;
      chosen = neighbour;
      to = Math.min(claim.readySeq(now), gapEnd);
      ({ rumour } = claim);
    }
    if (chosen === undefined || to < from) return;
    this.#ask('runs', chosen, session, from, to);
    if (rumour) this.onOverdue?.(chosen, session);
  }

  /** How long a rumour may take to come another way (G5). */
  #graceMs({ srttMs }: Neighbour): number {
    const { graceMs, graceMinMs, graceMaxMs } = this.#core.settings;
    const expected = Math.min(graceMaxMs, Math.max(graceMinMs, 3 * (srttMs ?? 0)));
    return (srttMs === undefined ? graceMs : expected) * this.#core.slowness;
  }

  #ask(
    kind: Want['kind'],
    neighbour: Neighbour,
    session: SessionId,
    from: number,
    to: number,
  ): void {
    const key = `${kind} ${session}`;
    if (this.#wants.has(key) || neighbour.gone) return;
    const want: Want = { kind, session, neighbour, to, at: this.#core.now };
    this.#wants.set(key, want);
    neighbour.wants++;
    neighbour.link.want({ session, from, to });
    this.#core.schedule('retry', this.#deadline(want));
  }

  #finish(want: Want): void {
    this.#wants.delete(`${want.kind} ${want.session}`);
    const { now, settings } = this.#core;
    // While the other half is answered the next can be under way. Of 4,000 feeds the last came after
    // 2.1 s where this waited for the tables to settle, and comes after 0.4 s. Measured.
    if (--want.neighbour.wants === settings.wantsPerLink / 2) this.#core.schedule('retry', now);
  }

  #drop(neighbour: Neighbour, session: SessionId): void {
    const claims = this.#claims.get(session);
    if (claims?.delete(neighbour) !== true) return;
    if (claims.size === 0) this.#claims.delete(session);
    this.#missing = undefined;
  }

  /**
   * A neighbour answers in order, so any answer of its shows that it is at work; so does our own
   * validation lagging behind.
   */
  #deadline({ neighbour, at }: Want): number {
    const since =
      neighbour.validatingBytes > 0 ? this.#core.now : Math.max(at, neighbour.progressAt);
    return since + this.#core.patienceMs(neighbour);
  }

  #plan(): void {
    let next = Infinity;
    for (const want of this.#wants.values()) next = Math.min(next, this.#deadline(want));
    if (next < Infinity) this.#core.schedule('retry', next);
  }
}
