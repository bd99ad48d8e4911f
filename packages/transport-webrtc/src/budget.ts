import type { Clock } from '@grapevine/ports';

export interface BudgetOptions {
  /** Tokens at the start, and at most. */
  burst: number;
  /** Milliseconds for one more token. */
  refillMs: number;
  /** Callers that may wait. */
  waiting: number;
  clock: Clock;
}

/** A token bucket with a bounded queue: who comes when it is empty waits for its turn, in order. */
export class Budget {
  readonly #options: BudgetOptions;
  readonly #waiting: (() => void)[] = [];
  #tokens: number;
  #countedAt: number;
  #cancelTimer: (() => void) | undefined;

  constructor(options: BudgetOptions) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#countedAt = options.clock.monotonic();
  }

  /**
   * Calls `run` once there is a token for it, at once where there is one.
   * @returns a function that gives up the place in the queue, or undefined where the queue is full
   */
  take(run: () => void): (() => void) | undefined {
    this.#refill();
    if (this.#tokens >= 1 && this.#waiting.length === 0) {
      this.#tokens--;
      run();
      return () => undefined;
    }
    if (this.#waiting.length >= this.#options.waiting) return undefined;
    this.#waiting.push(run);
    this.#schedule();
    return () => {
      const place = this.#waiting.indexOf(run);
      if (place >= 0) this.#waiting.splice(place, 1);
      if (this.#waiting.length === 0) this.#unschedule();
    };
  }

  #refill(): void {
    const { burst, clock, refillMs } = this.#options;
    const now = clock.monotonic();
    this.#tokens = Math.min(burst, this.#tokens + (now - this.#countedAt) / refillMs);
    this.#countedAt = now;
  }

  #schedule(): void {
    if (this.#cancelTimer !== undefined) return;
    const { clock, refillMs } = this.#options;
    const missing = Math.max(0, 1 - this.#tokens);
    this.#cancelTimer = clock.after(Math.ceil(missing * refillMs), () => {
      this.#cancelTimer = undefined;
      this.#serve();
    });
  }

  #unschedule(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #serve(): void {
    this.#refill();
    while (this.#tokens >= 1) {
      const run = this.#waiting.shift();
      if (run === undefined) return;
      this.#tokens--;
      run();
    }
    if (this.#waiting.length > 0) this.#schedule();
  }
}
