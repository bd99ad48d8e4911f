import { equalBytes } from '@grapevine/wire';
import type { Attest, Statement } from '../attest.ts';
import type { Core } from '../core.ts';
import type { Neighbour } from '../links/neighbour.ts';

interface Open {
  signature: Uint8Array;
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
   * @param key names what is stated, not how it is signed
   * @param then called with all who sent it, once it is proven
   */
  check(
    key: string,
    neighbour: Neighbour,
    statement: Statement,
    then: (sources: readonly Neighbour[]) => void,
  ): void {
    const { signature } = statement;
    const before = this.#open.get(key);
    if (before !== undefined && equalBytes(before.signature, signature)) {
      before.sources.push(neighbour);
      return;
    }
    const open = { signature, sources: [neighbour] };
    const taken = this.#attest.verify(statement, (ok) => {
      if (this.#open.get(key) === open) this.#open.delete(key);
      if (ok === true) then(open.sources);
      if (ok !== false) return;
      for (const source of open.sources) this.#core.close(source, 'protocol');
    });
    // One of the same name that is signed otherwise is checked beside it.
    if (taken && before === undefined) this.#open.set(key, open);
  }
}
