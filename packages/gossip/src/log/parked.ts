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

/** What a run takes beside its bytes. Measured in Node: about 400. */
const runBytes = 400;

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
    if (this.#bytes + sizeOf(run) > this.#settings.parkedBytes) return;
    const at = runs.findIndex((other) => other.from > run.from);
    runs.splice(at < 0 ? runs.length : at, 0, run);
    this.#runs.set(run.session, runs);
    this.#bytes += sizeOf(run);
  }

  /** Its link is gone: what it had sent too soon is asked for again. */
  drop(neighbour: Neighbour): void {
    for (const [session, runs] of this.#runs) {
      const kept = runs.filter((run) => run.neighbour !== neighbour);
      if (kept.length === runs.length) continue;
      for (const run of runs) if (run.neighbour === neighbour) this.#bytes -= sizeOf(run);
      if (kept.length > 0) this.#runs.set(session, kept);
      else this.#runs.delete(session);
    }
  }

  /** Takes the first run of the feed if it starts at `next` or before. */
  take(session: SessionId, next: number): ParkedRun | undefined {
    const runs = this.#runs.get(session);
    const first = runs?.[0];
    if (runs === undefined || first === undefined || first.from > next) return undefined;
    runs.shift();
    if (runs.length === 0) this.#runs.delete(session);
    this.#bytes -= sizeOf(first);
    return first;
  }
}

function sizeOf({ bytes }: ParkedRun): number {
  return runBytes + bytes.length;
}
