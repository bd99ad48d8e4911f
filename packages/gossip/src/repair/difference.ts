import { equalBytes } from '@grapevine/wire';

/** Rounds in a row, and the time of the first of them. */
export interface Streak {
  rounds: number;
  since: number;
}

/** What is known of how one neighbour's table differs from ours (G6, M10). */
export class Difference {
  /** What changed last was compared, and the digests were not equal since. */
  compared = false;
  /** The neighbour answered the comparison under way with something that differs. */
  found = false;
  #pair: { ours: Uint8Array; theirs: Uint8Array } | undefined;
  #standing: Streak = { rounds: 0, since: 0 };
  #any: Streak = { rounds: 0, since: 0 };

  /** The digests are equal. */
  clear(): void {
    this.compared = false;
    this.restart();
  }

  /** A descent begins: what is told from now on counts anew. */
  restart(): void {
    this.#pair = undefined;
    this.#any = { rounds: 0, since: 0 };
  }

  /**
   * A round told another digest than ours. While tables change, digests differ by what is under
   * way: `standing` is for how long this very pair has differed, `any` for how long any pair has.
   */
  differs(now: number, ours: Uint8Array, theirs: Uint8Array): { standing: Streak; any: Streak } {
    const pair = this.#pair;
    const same =
      pair !== undefined && equalBytes(pair.ours, ours) && equalBytes(pair.theirs, theirs);
    this.#pair = { ours, theirs };
    this.#standing = next(same ? this.#standing : undefined, now);
    this.#any = next(this.#any.rounds > 0 ? this.#any : undefined, now);
    return { standing: this.#standing, any: this.#any };
  }
}

function next(streak: Streak | undefined, now: number): Streak {
  if (streak === undefined) return { rounds: 1, since: now };
  return { rounds: streak.rounds + 1, since: streak.since };
}
