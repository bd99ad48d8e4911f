import type { Clock } from '@grapevine/ports';
import type { SessionId } from '@grapevine/wire';
import { sampleFrame } from './frames.ts';

/**
 * The server lets a socket send 40 frames at once and 10 a second (signaling/README.md) and counts by its own clock; a little less leaves
 * room for frames that the network hands over in a bunch.
 */
const burst = 32;
const perSecond = 9;
/** Messages waiting (guess: an attempt of eight signals with each of 32 members). */
const queuedMessages = 256;
/** What waited longer is no use any more: a dial has given up by then (guess). */
const queuedMs = 15_000;

interface Queued {
  to: SessionId;
  frame: string;
  atMs: number;
}

/** Frames on their way to the server: held while there is no socket, paced while there is one. */
export class Outbox {
  readonly #clock: Clock;
  #queue: Queued[] = [];
  #sampleWanted = false;
  #write: ((frame: string) => void) | undefined;
  #tokens = 0;
  #refilledMs = 0;
  #cancelTimer: (() => void) | undefined;
  #dropped = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Messages given up: too many waited, or for too long. */
  get dropped(): number {
    return this.#dropped;
  }

  /** A socket is open; one frame, the join, has gone over it already. */
  start(write: (frame: string) => void): void {
    this.#write = write;
    this.#tokens = burst - 1;
    this.#refilledMs = this.#clock.monotonic();
    this.#flush();
  }

  /** The socket is gone. Messages wait for the next one; its welcome brings a sample. */
  stop(): void {
    this.#write = undefined;
    this.#sampleWanted = false;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** The server dropped something: it counts less than we do. */
  slowDown(): void {
    this.#refill();
    this.#tokens = Math.min(this.#tokens, 0);
  }

  clear(): void {
    this.stop();
    this.#queue = [];
  }

  send(to: SessionId, frame: string): void {
    if (this.#queue.length >= queuedMessages) {
      // The newest signals matter: the oldest to the same member are most likely of an attempt it has forgotten.
      const sameMember = this.#queue.findIndex((one) => one.to === to);
      this.#queue.splice(Math.max(0, sameMember), 1);
      this.#dropped += 1;
    }
    this.#queue.push({ to, frame, atMs: this.#clock.monotonic() });
    this.#flush();
  }

  sample(): void {
    if (this.#write === undefined) return;
    this.#sampleWanted = true;
    this.#flush();
  }

  #refill(): void {
    const nowMs = this.#clock.monotonic();
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#refilledMs) / 1000) * perSecond);
    this.#refilledMs = nowMs;
  }

  #flush(): void {
    if (this.#write === undefined || this.#cancelTimer !== undefined) return;
    this.#refill();
    while (this.#tokens >= 1) {
      const frame = this.#next();
      if (frame === undefined) return;
      this.#tokens -= 1;
      this.#write(frame);
    }
    if (this.#queue.length === 0 && !this.#sampleWanted) return;
    // Rounded up, so that the token is whole when the timer fires.
    const waitMs = Math.ceil(((1 - this.#tokens) / perSecond) * 1000);
    this.#cancelTimer = this.#clock.after(waitMs, () => {
      this.#cancelTimer = undefined;
      this.#flush();
    });
  }

  #next(): string | undefined {
    if (this.#sampleWanted) {
      this.#sampleWanted = false;
      return sampleFrame;
    }
    const staleMs = this.#clock.monotonic() - queuedMs;
    for (;;) {
      const next = this.#queue.shift();
      if (next === undefined || next.atMs >= staleMs) return next?.frame;
      this.#dropped += 1;
    }
  }
}
