import type { SessionId } from '@grapevine/wire';
import type { Settings } from '../config.ts';
import type { Run } from '../event.ts';
import type { Way } from '../frames/message.ts';
import type { Neighbour } from '../links/neighbour.ts';

export interface ParkedRun extends Run {
  neighbour: Neighbour;
  repair: boolean;
  way: Way;
}

/**
 * Runs that arrived before their prefix (G7), in ascending order, within bounds; what does not fit
 * is wanted again later.
 */
export class Parked {
  readonly #settings: Settings;
  readonly #runs = new Map<SessionId, ParkedRun[]>();
  #bytes = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Where the stretch to fetch before it ends: the seq of the first parked run. */
  first(session: SessionId): number | undefined {
    return this.#runs.get(session)?.[0]?.from;
  }

  covers(session: SessionId, from: number, to: number): boolean {
    return this.#runs.get(session)?.some((run) => run.from <= from && run.to >= to) ?? false;
  }

  /** Where there is no room it is asked for again once what is before it has come. */
  park(run: ParkedRun): void {
    const runs = this.#runs.get(run.session) ?? [];
    if (runs.length >= this.#settings.parkedRunsPerFeed) return;
    if (this.#bytes + run.bytes.length > this.#settings.parkedBytes) return;
    const at = runs.findIndex((other) => other.from > run.from);
    runs.splice(at < 0 ? runs.length : at, 0, run);
    this.#runs.set(run.session, runs);
    this.#bytes += run.bytes.length;
  }

  /** Takes the first run of the feed if it starts at `next` or before. */
  take(session: SessionId, next: number): ParkedRun | undefined {
    const runs = this.#runs.get(session);
    const first = runs?.[0];
    if (runs === undefined || first === undefined || first.from > next) return undefined;
    runs.shift();
    if (runs.length === 0) this.#runs.delete(session);
    this.#bytes -= first.bytes.length;
    return first;
  }
}
