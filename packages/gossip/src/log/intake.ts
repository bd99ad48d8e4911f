import type { SessionId } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { Run, Verdict } from '../event.ts';
import type { Fetch } from './fetch.ts';
import type { MessageOf, Way } from '../frames/message.ts';
import type { Neighbour } from '../links/neighbour.ts';
import type { Parked } from './parked.ts';
import type { Push } from '../broadcast/push.ts';

interface Validation extends Run {
  what: 'run' | 'end';
  neighbour: Neighbour;
  repair: boolean;
  way: Way;
  /** Bytes acknowledged to the sender only once they are validated (F3). */
  unconsumed: number;
}

/**
 * From a run's arrival to the verdict on it: dropped when known, parked behind a gap (G7),
 * validated, forwarded.
 */
export class Intake {
  readonly #core: Core;
  readonly #parked: Parked;
  readonly #fetch: Fetch;
  readonly #push: Push;
  readonly #validations = new Map<number, Validation>();
  /** Validations under way per feed. */
  readonly #open = new Map<SessionId, number>();
  /** The neighbour whose delta was accepted last: the likeliest holder of the values it names. */
  lastSource: Neighbour | undefined;

  constructor(core: Core, parked: Parked, fetch: Fetch, push: Push) {
    this.#core = core;
    this.#parked = parked;
    this.#fetch = fetch;
    this.#push = push;
  }

  run(neighbour: Neighbour, message: MessageOf<'run'>): void {
    const { session, from, to, repair, way } = message;
    neighbour.offer(session, to);
    const whole = this.#fetch.wantsWhole(neighbour, session);
    // Its copy contradicts ours: what it goes on with follows on nothing.
    if (!whole && neighbour.diverged.has(session)) return;
    if (repair) this.#fetch.arrived(neighbour, session, to);
    const arrived = this.#core.feeds.arrived(session);
    const run = { session, from, to, repair, way, neighbour, bytes: message.bytes };
    if (whole || (from <= arrived + 1 && to > arrived)) {
      if (!repair) this.#push.arrived(neighbour, session);
      this.#validate({ ...run, what: 'run', unconsumed: message.bytes.length });
      this.#named(neighbour, session, to, true);
      this.#fetch.changed(session);
      return;
    }
    if (to <= arrived || this.#parked.covers(session, from, to)) {
      this.#core.stats.duplicateDeltas += to - from + 1;
      this.#core.cameTwice();
      if (!repair) this.#push.duplicate(neighbour, session, way);
    } else {
      this.#parked.park({ ...run, bytes: message.bytes.slice() });
    }
    // Two rumours may overtake each other where their ways differ.
    this.#named(neighbour, session, to, repair);
  }

  end(neighbour: Neighbour, { session, bytes }: MessageOf<'end'>): void {
    this.#fetch.endArrived(neighbour, session);
    const mark = { what: 'end', session, from: 0, to: 0, neighbour, bytes } as const;
    this.#validate({ ...mark, repair: true, way: 'even', unconsumed: bytes.length });
  }

  verdict(id: number, verdict: Verdict): void {
    const run = this.#validations.get(id);
    if (run === undefined) return;
    this.#validations.delete(id);
    const { session, neighbour } = run;
    const open = (this.#open.get(session) ?? 1) - 1;
    if (open > 0) this.#open.set(session, open);
    else this.#open.delete(session);
    neighbour.link.consume(run.unconsumed);
    neighbour.validatingBytes -= run.unconsumed;
    if (run.repair) neighbour.progressAt = this.#core.now;
    if (verdict.verdict === 'reject') this.#core.close(neighbour, 'protocol');
    else this.#apply(run, verdict);
    // What is being validated behind one that contradicts ours may follow on that.
    const diverged = verdict.verdict === 'diverged';
    if (open === 0 || diverged) this.#core.feeds.settle(session);
    this.#release(session);
    this.#fetch.changed(session);
  }

  /** Should it turn out false, those who hold the delta are known already. */
  #named(neighbour: Neighbour, session: SessionId, seq: number, eager: boolean): void {
    this.#fetch.claim(neighbour, { session, seq }, { eager, ended: false });
  }

  #apply(run: Validation, verdict: Exclude<Verdict, { verdict: 'reject' }>): void {
    const { feeds, stats } = this.#core;
    const before = feeds.seq(run.session);
    feeds.set(verdict.feed);
    switch (verdict.verdict) {
      case 'accept':
        stats.deltasReceived += Math.max(0, verdict.feed.seq - before);
        this.lastSource = run.neighbour;
        this.#push.forward(verdict.runs, run.neighbour, run);
        return;
      case 'known':
        if (run.what === 'run') stats.duplicateDeltas += run.to - run.from + 1;
        return;
      case 'park':
        // One that does follow is not parked again and again: its neighbour is asked anew.
        if (run.what === 'end' || run.from <= verdict.feed.seq + 1) return;
        this.#parked.park({ ...run, bytes: run.bytes.slice() });
        return;
      case 'diverged':
        if (run.what === 'run') this.#fetch.whole(run.neighbour, run.session, run.to);
    }
  }

  /**
   * Takes up what follows on what is held now; not on what is merely expected, or it could be
   * parked for ever.
   */
  #release(session: SessionId): void {
    const { feeds, stats } = this.#core;
    let next = feeds.seq(session) + 1;
    for (;;) {
      const run = this.#parked.take(session, next);
      if (run === undefined) return;
      if (run.to < next) {
        stats.duplicateDeltas += run.to - run.from + 1;
      } else {
        this.#validate({ ...run, what: 'run', unconsumed: 0 });
        next = run.to + 1;
      }
    }
  }

  #validate(run: Validation): void {
    const { session, neighbour, what, bytes, repair } = run;
    const id = this.#core.nextId();
    this.#validations.set(id, run);
    this.#open.set(session, (this.#open.get(session) ?? 0) + 1);
    neighbour.validatingBytes += run.unconsumed;
    neighbour.link.consume(-run.unconsumed);
    this.#core.feeds.expect(session, run.to);
    this.#core.emit({ type: 'validate', id, link: neighbour.id, what, session, bytes, repair });
  }
}
