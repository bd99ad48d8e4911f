import type { Clock } from '@grapevine/ports';
import { encodeSignals } from './signals.ts';
import type { Signal } from './signals.ts';

/**
 * Sends signals that come together in one message: an introduction server lets a socket send 40 at
 * once and 10 a second.
 */
export class SignalOutbox {
  readonly #clock: Clock;
  readonly #coalesceMs: number;
  readonly #send: (bytes: Uint8Array) => void;
  #waiting: Signal[] = [];
  #cancelTimer: (() => void) | undefined;
  #closed = false;

  constructor(clock: Clock, coalesceMs: number, send: (bytes: Uint8Array) => void) {
    this.#clock = clock;
    this.#coalesceMs = coalesceMs;
    this.#send = send;
  }

  push(signal: Signal): void {
    if (this.#closed) return;
    this.#waiting.push(signal);
    this.#cancelTimer ??= this.#clock.after(this.#coalesceMs, () => this.flush());
  }

  /** Sends what waits now: nothing more will come, or its time is up. */
  flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const signals = this.#waiting;
    this.#waiting = [];
    for (const message of encodeSignals(signals)) if (!this.#closed) this.#send(message);
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#waiting = [];
  }
}
