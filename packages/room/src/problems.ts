import type { Problem, ProblemCode } from './types.ts';

/** What is wrong right now. A problem stays until whoever raised it says it is over. */
export class Problems {
  readonly #active = new Map<string, Problem>();
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** @param about tells problems of one code apart (a member, a feed) */
  raise(problem: Problem, about = ''): void {
    const key = `${problem.code} ${about}`;
    const before = this.#active.get(key);
    if (before?.message === problem.message) return;
    this.#active.set(key, problem);
    this.#onChange();
  }

  clear(code: ProblemCode, about = ''): void {
    if (this.#active.delete(`${code} ${about}`)) this.#onChange();
  }

  list(): Problem[] {
    return [...this.#active.values()];
  }
}
