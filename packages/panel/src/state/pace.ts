/** While something is done again and again its pauses double, up to so many times the least. A guess. */
const longest = 5;
/** The share of its time that a page spends on it at most, up to `longestMs` between two times. A guess: gossip, and what people do, has the rest. */
const share = 0.02;
const longestMs = 5_000;

/** Each pause is stretched by up to half, by chance: pages that hear of a change together must not all draw together, again and again. */
const jitter = 0.5;

/**
 * How often something is done that every change asks for: at once where it was quiet, then ever more rarely, so that a page that takes in
 * many changes a second does hardly more than that; more rarely still where it costs much, as on a machine with many pages.
 */
export class Pace {
  readonly #leastMs: number;
  #pauseMs: number;
  #costMs = 0;
  #stretch = 1;
  #doneAt = Number.NEGATIVE_INFINITY;

  /** @param leastMs milliseconds between two times at least */
  constructor(leastMs: number) {
    this.#leastMs = leastMs;
    this.#pauseMs = leastMs;
  }

  /** Milliseconds until it may be done; 0 for now. */
  rest(): number {
    return Math.max(0, this.#doneAt + this.#pause - performance.now());
  }

  /** It is done now. */
  done(): void {
    const now = performance.now();
    const isQuiet = now - this.#doneAt > 2 * this.#pause;
    this.#pauseMs = isQuiet ? this.#leastMs : Math.min(2 * this.#pauseMs, longest * this.#leastMs);
    this.#doneAt = now;
    this.#stretch = 1 + jitter * Math.random();
  }

  /** How many milliseconds it took the last time, until what it changed was drawn. */
  took(costMs: number): void {
    this.#costMs = costMs;
  }

  get #pause(): number {
    return this.#stretch * Math.max(this.#pauseMs, Math.min(this.#costMs / share, longestMs));
  }
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));
