import type { Core } from '../core.ts';
import { jittered } from './chance.ts';

/** PROTOCOL.md O8. */
const firstAgainMs = 1000;
const mostAgainMs = 30_000;
/** An answer may take so long: to ask again meanwhile would only lengthen the queue. Guess. */
const answerMs = 15_000;

/** When the rendezvous is asked for members: the last resort (O8). */
export class Rendezvous {
  readonly #core: Core;
  #asked = 0;
  #notBefore = 0;
  #answerBy = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Without it the node cannot help itself. @returns when to ask again, unless things change */
  need(): number {
    const { now, settings } = this.#core;
    const soonest = Math.max(this.#notBefore, this.#answerBy);
    if (now < soonest) return soonest;
    const again = Math.min(mostAgainMs, firstAgainMs * 2 ** this.#asked);
    this.#asked++;
    this.#notBefore = now + jittered(again, settings.random);
    this.#answerBy = now + answerMs;
    this.#core.emit({ type: 'rendezvous' });
    return Math.max(this.#notBefore, this.#answerBy);
  }

  /** It named members. */
  answered(): void {
    this.#answerBy = 0;
  }

  /** The node has found what it needs: the next time it begins anew. */
  found(): void {
    this.#asked = 0;
  }
}
