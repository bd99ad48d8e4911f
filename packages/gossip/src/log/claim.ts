/** Steps kept of a claim: as many `have`s as may wait out their grace at a time. Guess. */
const steps = 8;

interface Step {
  seq: number;
  readyAt: number;
}

/**
 * What one neighbour says it holds of one feed: up to `seq` it may be wanted from `readyAt` on. A
 * higher seq named later becomes ready
 * later, for a rumour may be under way.
 */
export class Claim {
  /** Ascending in both. */
  #steps: Step[] = [];
  /** Its copy is ended: what it names stays part of the feed. */
  ended = false;
  /** Named last in a `have`: it should come along a tree as well (B7). */
  rumour = false;

  get seq(): number {
    return this.#steps.at(-1)?.seq ?? 0;
  }

  add(seq: number, readyAt: number, now: number): void {
    if (this.#steps.some((step) => step.seq >= seq && step.readyAt <= readyAt)) return;
    const kept = this.#steps.filter((step) => step.seq > seq || step.readyAt < readyAt);
    const ready = kept.findLast((step) => step.readyAt <= now);
    const waiting = kept.filter((step) => step === ready || step.readyAt > now);
    const last = waiting.at(-1);
    if (waiting.length >= steps && last !== undefined) {
      last.seq = Math.max(last.seq, seq);
      return;
    }
    this.#steps = [...waiting, { seq, readyAt }].sort((a, b) => a.seq - b.seq);
  }

  /** Up to where it may be wanted now, 0 for nothing. */
  readySeq(now: number): number {
    return this.#steps.findLast((step) => step.readyAt <= now)?.seq ?? 0;
  }

  /** When more becomes ready. */
  nextReady(now: number): number | undefined {
    return this.#steps.find((step) => step.readyAt > now)?.readyAt;
  }
}
