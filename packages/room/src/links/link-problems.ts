import type { Clock } from '@grapevine/ports';
import { GrapevineError, type SessionId } from '@grapevine/wire';
import type { Problems } from '../problems.ts';

/** Whoever is still looked for is dialled at least every minute (PROTOCOL.md O3): this long without a failure it is not. */
const rememberedMs = 120_000;
/** Source: guess; above what is dialled in that time. */
const rememberedMax = 256;

interface Failure {
  count: number;
  cancel: () => void;
}

/** Members that could not be linked lately, and why, as the person in front of the page should know it. */
export class LinkProblems {
  readonly #problems: Problems;
  readonly #clock: Clock;
  readonly #failures = new Map<SessionId, Failure>();

  constructor(problems: Problems, clock: Clock) {
    this.#problems = problems;
    this.#clock = clock;
  }

  /** Members that are looked for. */
  get size(): number {
    return this.#failures.size;
  }

  /** Dials to `member` that failed lately. */
  failures(member: SessionId): number {
    return this.#failures.get(member)?.count ?? 0;
  }

  /** Most that fails once is under way the second time, so only then it is told; a budget at once. */
  failed(member: SessionId, error?: unknown): void {
    const before = this.#failures.get(member);
    before?.cancel();
    this.#failures.delete(member);
    const cancel = this.#clock.after(rememberedMs, () => this.over(member));
    this.#failures.set(member, { count: (before?.count ?? 0) + 1, cancel });
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= rememberedMax) break;
      this.over(oldest);
    }
    if (!(error instanceof GrapevineError)) return;
    const { code, message, action } = error;
    if (code === 'link-budget' || (code === 'link-failed' && before)) {
      this.#problems.raise({ code, message, action }, member);
    }
  }

  /** It is linked, or nobody looks for it any more. */
  over(member: SessionId): void {
    this.#failures.get(member)?.cancel();
    this.#failures.delete(member);
    this.#problems.clear('link-failed', member);
    this.#problems.clear('link-budget', member);
  }

  stop(): void {
    for (const member of [...this.#failures.keys()]) this.over(member);
  }
}
