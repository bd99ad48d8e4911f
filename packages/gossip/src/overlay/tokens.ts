/** A budget that fills by one token every `everyMs` up to `most`, and may be overdrawn where the caller allows it. */
export class Tokens {
  readonly #most: number;
  readonly #everyMs: number;
  #level: number;
  #at = 0;

  constructor(most: number, everyMs: number) {
    this.#most = most;
    this.#everyMs = everyMs;
    this.#level = most;
  }

  /** Takes one, unless that would leave less than -`overdraft`. */
  take(nowMs: number, overdraft: number): boolean {
    // Asked in the same words as `readyAt`: where rounding made the two differ, a caller that waits would wait for ever.
    if (this.readyAt(nowMs, overdraft) > nowMs) return false;
    this.#level = this.#levelAt(nowMs) - 1;
    this.#at = nowMs;
    return true;
  }

  /** Earliest time at which `take` succeeds. */
  readyAt(nowMs: number, overdraft: number): number {
    const missing = 1 - overdraft - this.#levelAt(nowMs);
    return missing <= 0 ? nowMs : nowMs + missing * this.#everyMs;
  }

  #levelAt(nowMs: number): number {
    return Math.min(this.#most, this.#level + (nowMs - this.#at) / this.#everyMs);
  }
}
