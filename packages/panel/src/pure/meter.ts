/** What a room had done by a moment, in milliseconds of a clock that never goes back. The counts never fall. */
export interface Reading {
  at: number;
  rounds: number;
  frames: number;
  bytes: number;
}

export interface Rates {
  /** Milliseconds measured so far, or of the window where they are more. */
  overMs: number;
  /** Milliseconds from one round to the next; undefined until two were seen. */
  everyMs: number | undefined;
  /** Milliseconds since the last round that was seen, or since measuring began. */
  quietMs: number;
  /** Sent a second. */
  frames: number;
  bytes: number;
}

/** Readings kept: the longest window at four a second. */
const readingsMax = 480;

/** Turns readings of counters into rates. Measuring anew keeps the rates so far, to compare with. */
export class Meter {
  /** The rates before the last `restart`. */
  before: Rates | undefined;
  #readings: Reading[] = [];

  add(reading: Reading): void {
    this.#readings.push(reading);
    if (this.#readings.length > readingsMax) this.#readings.shift();
  }

  /** What is measured becomes another thing. @param windowMs as in `rates` */
  restart(windowMs: number): void {
    const rates = this.rates(windowMs);
    if (rates?.everyMs !== undefined) this.before = rates;
    this.#readings = this.#readings.slice(-1);
  }

  /** @param windowMs how far back they reach; undefined before the second reading */
  rates(windowMs: number): Rates | undefined {
    const last = this.#readings.at(-1);
    if (last === undefined) return undefined;
    const readings = this.#readings.filter(({ at }) => last.at - at <= windowMs);
    const [first] = readings;
    if (first === undefined || first === last) return undefined;
    const overMs = last.at - first.at;
    // From round to round, not from reading to reading: few rounds would seem more or fewer by one.
    const ran = readings.filter(
      ({ rounds }, index) => rounds > (readings[index - 1]?.rounds ?? rounds),
    );
    const [firstRan, lastRan] = [ran.at(0), ran.at(-1)];
    let everyMs: number | undefined;
    if (firstRan !== undefined && lastRan !== undefined && lastRan !== firstRan) {
      everyMs = (lastRan.at - firstRan.at) / (lastRan.rounds - firstRan.rounds);
    }
    return {
      overMs,
      everyMs,
      quietMs: last.at - (lastRan ?? first).at,
      frames: ((last.frames - first.frames) * 1_000) / overMs,
      bytes: ((last.bytes - first.bytes) * 1_000) / overMs,
    };
  }
}
