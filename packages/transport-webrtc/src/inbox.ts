import { equalBytes } from '@grapevine/wire';
import { fingerprintOf } from './fingerprint.ts';
import { local } from './local-limits.ts';
import { isDescription } from './signals.ts';
import type { Candidate, Signal } from './signals.ts';

/**
 * What the other side signalled, in the order and the number a connection takes it: candidates wait
 * for the description they belong to, and everything waits until there is a connection.
 */
export class SignalInbox {
  /** The other side sent its description. */
  described = false;
  readonly #expects: 'offer' | 'answer';
  #apply: ((signal: Signal) => void) | undefined;
  #waiting: Signal[] = [];
  #early: Candidate[] = [];
  #descriptions = 0;
  #candidates = 0;
  #fingerprint: Uint8Array | undefined;

  constructor(expects: 'offer' | 'answer') {
    this.#expects = expects;
  }

  /** @returns what is wrong with the signal; undefined where it was taken */
  take(signal: Signal): string | undefined {
    if (!isDescription(signal)) {
      if (++this.#candidates > local.candidates) return 'sent too many candidates';
      if (this.described) this.#pass(signal);
      else if (this.#early.length < local.heldCandidates) this.#early.push(signal);
      else return 'sent too many candidates before its description';
      return undefined;
    }
    if (signal.type !== this.#expects)
      return `sent an ${signal.type} instead of an ${this.#expects}`;
    if (++this.#descriptions > local.descriptions) return 'sent too many descriptions';
    // A renegotiation that changed the certificate would leave the binding behind.
    const fingerprint = fingerprintOf(signal.sdp) ?? new Uint8Array(0);
    this.#fingerprint ??= fingerprint;
    if (!equalBytes(fingerprint, this.#fingerprint)) return 'changed its certificate';
    this.described = true;
    this.#pass(signal);
    for (const candidate of this.#early.splice(0)) this.#pass(candidate);
    return undefined;
  }

  /** There is a connection: `apply` gets what waited, and from now on everything at once. */
  attach(apply: (signal: Signal) => void): void {
    this.#apply = apply;
    for (const signal of this.#waiting.splice(0)) apply(signal);
  }

  close(): void {
    this.#apply = () => undefined;
    this.#waiting = [];
    this.#early = [];
  }

  #pass(signal: Signal): void {
    if (this.#apply === undefined) this.#waiting.push(signal);
    else this.#apply(signal);
  }
}
