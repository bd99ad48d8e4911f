import type { SessionId } from '@grapevine/wire';
import type { Core } from './core.ts';

/** What one member states, to be signed or checked. */
export interface Statement {
  member: SessionId;
  /** Author key and salt; undefined where the key must be known already. */
  proof: Uint8Array | undefined;
  bytes: Uint8Array;
  signature: Uint8Array;
}

/** Questions open at a time; beyond it a statement is passed over. Guess: a burst of news from a large room. */
const maxOpen = 4096;

interface Signing {
  made(this: void, signature: Uint8Array): void;
  failed: (() => void) | undefined;
}

/** Signatures, made and checked by the driver: the core has no key. */
export class Attest {
  readonly #core: Core;
  readonly #signing = new Map<number, Signing>();
  readonly #verifying = new Map<number, (ok: boolean | undefined) => void>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** Each `sign` is answered; where there is no signature, nothing is said. */
  sign(bytes: Uint8Array, made: (signature: Uint8Array) => void, failed?: () => void): void {
    const id = this.#core.nextId();
    this.#signing.set(id, { made, failed });
    this.#core.emit({ type: 'sign', id, bytes });
  }

  /**
   * @param then told undefined where it could not be checked
   * @returns false where too many are open: then `then` is never called, and the statement is lost
   */
  verify(statement: Statement, then: (ok: boolean | undefined) => void): boolean {
    if (this.#verifying.size >= maxOpen) return false;
    const id = this.#core.nextId();
    this.#verifying.set(id, then);
    this.#core.emit({ type: 'verify', id, ...statement });
    return true;
  }

  signed(id: number, signature: Uint8Array | undefined): void {
    const question = this.#signing.get(id);
    this.#signing.delete(id);
    if (signature === undefined) question?.failed?.();
    else question?.made(signature);
  }

  verified(id: number, ok: boolean | undefined): void {
    const then = this.#verifying.get(id);
    this.#verifying.delete(id);
    then?.(ok);
  }
}
