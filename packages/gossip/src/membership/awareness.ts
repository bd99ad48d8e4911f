import type { Core } from '../core.ts';

/** Lifeguard's local health multiplier is 0 to 8; seven steps fit the byte of a card. */
export const maxHealth = 7;
/** An own timer this late tells of a busy page (M8). Guess: throttled pages fire once a second. */
const lateTimerMs = 1000;

/** How far this node may trust its own clock and ears: Lifeguard's local health (M8). */
export class Awareness {
  readonly #core: Core;
  #health = 0;
  /** Nothing counted against us since the last round. */
  #clean = true;
  #mutedUntil = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  /** 0 well to 7. */
  get health(): number {
    return this.#health;
  }

  /** Nobody is accused, and nobody declared dead, before: our own timer ran late. */
  get mutedUntil(): number {
    return this.#mutedUntil;
  }

  /** What our timeouts are multiplied by. */
  get scale(): number {
    return 1 + this.#health;
  }

  /** A timer of ours ran so late that what we missed meanwhile is held against nobody. */
  mute(): void {
    this.#mutedUntil = this.#core.now + this.#core.settings.intervalMs;
  }

  /** Our round has come, `lateMs` after it was due. */
  round(lateMs: number): void {
    if (lateMs > lateTimerMs) this.wronged();
    else if (this.#clean && this.#health > 0) this.#health--;
    this.#clean = true;
  }

  /** A suspicion of ours was wrong. */
  wronged(): void {
    this.#health = Math.min(maxHealth, this.#health + 1);
    this.#clean = false;
  }
}
