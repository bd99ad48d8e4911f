/** While something is done again and again its pauses double, up to so many times the least. A guess. */
const longest = 5;

/**
 * How often something is done that every change asks for: at once where it was quiet, then ever more rarely, so that a page that takes in
 * many changes a second does hardly more than that.
 */
export class Pace {
  readonly #leastMs: number;
  #pauseMs: number;
  #doneAt = Number.NEGATIVE_INFINITY;

  /** @param leastMs milliseconds between two times at least */
  constructor(leastMs: number) {
    this.#leastMs = leastMs;
    this.#pauseMs = leastMs;
  }

  /** Milliseconds until it may be done; 0 for now. */
  rest(): number {
    return Math.max(0, this.#doneAt + this.#pauseMs - performance.now());
  }

  /** It is done now. */
  done(): void {
    const now = performance.now();
    const isQuiet = now - this.#doneAt > 2 * this.#pauseMs;
    this.#pauseMs = isQuiet ? this.#leastMs : Math.min(2 * this.#pauseMs, longest * this.#leastMs);
    this.#doneAt = now;
  }
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));
