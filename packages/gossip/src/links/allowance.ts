/** What is taken of something from one neighbour in a span of time, which begins with the first. */
export class Allowance {
  readonly #most: number;
  readonly #spanMs: number;
  #since = -Infinity;
  #taken = 0;

  constructor(most: number, spanMs: number) {
    this.#most = most;
    this.#spanMs = spanMs;
  }

  /** @returns false where it is more than may be taken */
  take(nowMs: number, amount = 1): boolean {
    if (nowMs >= this.#since + this.#spanMs) {
      this.#since = nowMs;
      this.#taken = 0;
    }
    this.#taken += amount;
    return this.#taken <= this.#most;
  }
}
