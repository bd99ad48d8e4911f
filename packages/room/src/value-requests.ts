import type { InEvent } from '@grapevine/gossip';
import { GrapevineError, type ValueHash } from '@grapevine/wire';

/** Asks the gossip core for missing values: as many at once as it takes, the others as those are done with. */
export class ValueRequests {
  readonly #handle: (event: InEvent) => void;
  readonly #waiting = new Map<ValueHash, number>();

  constructor(handle: (event: InEvent) => void) {
    this.#handle = handle;
  }

  /** Values the core has not been asked for yet. It counts the others itself. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** @param bytes the salt included. Asked again for one that came whole and wrong, the core passes over whoever gave it. */
  ask(hash: ValueHash, bytes: number): void {
    try {
      this.#handle({ type: 'wantValue', hash, bytes });
    } catch (error) {
      if (!(error instanceof GrapevineError)) throw error;
      this.#waiting.set(hash, bytes);
    }
  }

  /** It has come, or nobody names it any more. */
  done(hash: ValueHash): void {
    if (this.#waiting.delete(hash)) return;
    this.#handle({ type: 'dropValue', hash });
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next[0]);
    this.ask(...next);
  }
}
