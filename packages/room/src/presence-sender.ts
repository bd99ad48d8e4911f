import type { Clock, Random } from '@grapevine/ports';
import { fraction } from './browser-host.ts';

/** Each message is signed and goes to the whole room: 20 a second are a smooth cursor. Source: guess. */
const spacingMs = 50;
/** Who has come is told within this, longer in a large room: all its members tell it (as PROTOCOL.md A1 paces cards). */
const greetMs = 1_000;
/**
 * And once more so much later: who has come makes its links one after another, and what goes to the room while it changes
 * its parent may pass it by. Nothing repairs it. Guess: as long as four links take (PROTOCOL.md O3).
 */
const againMs = 5_000;

interface PresenceSenderOptions {
  clock: Clock;
  random: Random;
  /** To every member here. */
  send(bytes: Uint8Array): void;
  /** Members here. */
  roomSize(this: void): number;
}

/** How often the own awareness state goes out: the latest of it, and again for those who have come since. */
export class PresenceSender {
  readonly #options: PresenceSenderOptions;
  #latest: Uint8Array | undefined;
  #isWaiting = false;
  #cancelSpacing: (() => void) | undefined;
  #cancelGreeting: (() => void) | undefined;
  #cancelAgain: (() => void) | undefined;
  #greetedMeanwhile = false;
  #running = false;

  constructor(options: PresenceSenderOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    if (this.#latest) this.say(this.#latest);
  }

  stop(): void {
    this.#running = false;
    this.#cancelSpacing?.();
    this.#cancelGreeting?.();
    this.#cancelAgain?.();
    this.#cancelSpacing = undefined;
    this.#cancelGreeting = undefined;
    this.#cancelAgain = undefined;
    this.#greetedMeanwhile = false;
  }

  say(bytes: Uint8Array): void {
    this.#latest = bytes;
    this.#isWaiting = true;
    if (this.#running && !this.#cancelSpacing) this.#send();
  }

  /**
   * Somebody has come, who may not know it. What the core tells a new neighbour is not enough: it goes to those linked alone,
   * and may come before they know that we are here.
   */
  cameIn(): void {
    if (!this.#running || !this.#latest) return;
    const { clock, random, roomSize } = this.#options;
    const withinMs = Math.max(greetMs, roomSize() * spacingMs);
    this.#cancelGreeting ??= clock.after((0.5 + fraction(random) / 2) * withinMs, () => {
      this.#cancelGreeting = undefined;
      this.#again();
      if (this.#latest) this.say(this.#latest);
    });
  }

  /** Those greeted while it is due are told by one more, after as long: people who keep coming cannot put it off. */
  #again(): void {
    if (this.#cancelAgain) {
      this.#greetedMeanwhile = true;
      return;
    }
    this.#cancelAgain = this.#options.clock.after(againMs, () => {
      this.#cancelAgain = undefined;
      if (this.#greetedMeanwhile) {
        this.#greetedMeanwhile = false;
        this.#again();
      }
      if (this.#latest) this.say(this.#latest);
    });
  }

  #send(): void {
    if (!this.#isWaiting || !this.#latest) return;
    this.#isWaiting = false;
    this.#options.send(this.#latest);
    this.#cancelSpacing = this.#options.clock.after(spacingMs, () => {
      this.#cancelSpacing = undefined;
      this.#send();
    });
  }
}
