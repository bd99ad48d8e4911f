import { equalBytes } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import type { Attest, Statement } from '../attest.ts';
import type { Core } from '../core.ts';
import type { Neighbour } from '../links/neighbour.ts';

interface Open {
  statement: Statement;
  /** Who sent it so far. */
  sources: Neighbour[];
}

/**
 * Signed statements between their coming and their proof: each is checked once, however many
 * neighbours send it meanwhile. Honest members pass on only what they have checked, so who sent a
 * wrong one is let go.
 */
export class Checking {
  readonly #core: Core;
  readonly #attest: Attest;
  readonly #open = new Map<string, Open>();

  constructor(core: Core, attest: Attest) {
    this.#core = core;
    this.#attest = attest;
  }

  /**
   * @param key names what is stated: who, about whom, which of its words
   * @param then called with all who sent it, once it is proven
   */
  check(
    key: string,
    neighbour: Neighbour,
    statement: Statement,
    then: (sources: readonly Neighbour[]) => void,
  ): void {
    const before = this.#open.get(key);
    if (before !== undefined && isSame(before.statement, statement)) {
      before.sources.push(neighbour);
      return;
    }
    const open = { statement, sources: [neighbour] };
    const taken = this.#attest.verify(statement, (ok) => {
      if (this.#open.get(key) === open) this.#open.delete(key);
      if (ok === true) then(open.sources);
      if (ok !== false) return;
      for (const source of open.sources) this.#core.close(source, 'protocol');
    });
    // Another of the same name is checked beside it.
    if (taken && before === undefined) this.#open.set(key, open);
  }

  /** Whether anything with that member in its name is being checked. */
  concerns(member: SessionId): boolean {
    for (const key of this.#open.keys()) if (key.includes(member)) return true;
    return false;
  }
}

/** What differs in any part is proven or refuted by itself: one lets go who sent a wrong one. */
function isSame(a: Statement, b: Statement): boolean {
  const same = equalBytes(a.signature, b.signature) && equalBytes(a.bytes, b.bytes);
  if (a.proof === undefined || b.proof === undefined) return same && a.proof === b.proof;
  return same && equalBytes(a.proof, b.proof);
}
