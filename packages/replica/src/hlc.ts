/** Counter values per millisecond (PROTOCOL.md section 1). */
const ticksPerMs = 1_024;

/**
 * How far what others wrote may move this clock ahead of the device's: a day covers every wrong
 * time zone, and a
 * clock set to the year 3000 stays its owner's problem (guess).
 */
export const observedLeadMs = 24 * 60 * 60 * 1_000;

/** A hybrid logical clock: ahead of all it gave and, within a day, of all it was shown. */
export class HybridClock {
  readonly #now: () => number;
  #last = 0;

  /** @param now unix milliseconds; may jump */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Strictly above every earlier result; a counter that overflows runs into the milliseconds. */
  next(): number {
    this.#last = Math.max(Math.floor(this.#now()) * ticksPerMs, this.#last + 1);
    return this.#last;
  }

  /** Takes note of a time another session wrote. */
  observe(hlc: number): void {
    const bound = (Math.floor(this.#now()) + observedLeadMs) * ticksPerMs;
    this.#last = Math.max(this.#last, Math.min(hlc, bound));
  }
}

/** Unix milliseconds of a hybrid time. */
export function hlcToMs(hlc: number): number {
  return Math.floor(hlc / ticksPerMs);
}
