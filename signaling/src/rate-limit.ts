/**
 * A token bucket: `burst` at once, then `perSecond`. Time is an argument, in milliseconds of any
 * clock that never runs backwards, so that nothing here has to be waited for in a test.
 */
export class TokenBucket {
  readonly #burst: number;
  readonly #perMs: number;
  #tokens: number;
  #atMs: number;

  constructor(burst: number, perSecond: number, nowMs: number) {
    this.#burst = burst;
    this.#perMs = perSecond / 1000;
    this.#tokens = burst;
    this.#atMs = nowMs;
  }

  /** Takes one token; false when there is none. */
  take(nowMs: number): boolean {
    this.#refill(nowMs);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** A full bucket remembers nothing and may be forgotten. */
  isFull(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#tokens >= this.#burst;
  }

  #refill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    this.#tokens = Math.min(this.#burst, this.#tokens + elapsedMs * this.#perMs);
    this.#atMs = nowMs;
  }
}

export type Passage = 'pass' | 'first-drop' | 'drop' | 'flood';

/**
 * What happens to the next frame of a socket. Past the rate frames are dropped; who goes on for a
 * whole burst of drops is flooding. The first drop stands out, so that it is announced only once.
 */
export class FrameMeter {
  readonly #bucket: TokenBucket;
  readonly #dropsMax: number;
  #drops = 0;

  constructor(burst: number, perSecond: number, nowMs: number) {
    this.#bucket = new TokenBucket(burst, perSecond, nowMs);
    this.#dropsMax = burst;
  }

  next(nowMs: number): Passage {
    if (this.#bucket.take(nowMs)) {
      this.#drops = 0;
      return 'pass';
    }
    this.#drops += 1;
    if (this.#drops > this.#dropsMax) return 'flood';
    return this.#drops === 1 ? 'first-drop' : 'drop';
  }
}
