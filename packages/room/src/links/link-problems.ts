import { GrapevineError, limits, type SessionId } from '@grapevine/wire';
import type { Problems } from '../problems.ts';

/** Why members are not linked, as the person in front of the page should know it. */
export class LinkProblems {
  readonly #problems: Problems;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** @param again it is not the first time: most that fails once is under way the second time */
  failed(member: SessionId, error: unknown, again: boolean): void {
    if (!(error instanceof GrapevineError)) return;
    const { code, message, action } = error;
    if (code === 'link-budget' || (code === 'link-failed' && again)) {
      this.#problems.raise({ code, message, action }, member);
    }
  }

  /** It is linked, or nobody looks for it any more. */
  over(member: SessionId): void {
    this.#problems.clear('link-failed', member);
    this.#problems.clear('link-budget', member);
  }

  full(): void {
    this.#problems.raise({
      code: 'room-full',
      message: `The room is full: ${limits.linkedMembers} members are linked already.`,
      action: 'Keep the page open: it joins when somebody leaves.',
    });
  }

  notFull(): void {
    this.#problems.clear('room-full');
  }
}
