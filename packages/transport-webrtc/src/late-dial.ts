import { limits } from '@grapevine/wire';
import type { GrapevineError } from '@grapevine/wire';
import type { Clock, Link, PendingLink } from '@grapevine/ports';
import { abortedError, failed, unloadedError } from './errors.ts';

/**
 * From `connect` to an open channel, ours and the other side's introduction included, in
 * milliseconds. Guess: twice a slow TURN allocation.
 */
const dialTimeoutMs = 10_000;
/**
 * Messages of the other side that wait for the code of dials, at most `limits.signalBytes` each. A
 * guess: as many as one candidate each would fill (`local.heldCandidates`).
 */
const heldMessages = 64;

/** A dial whose code is there. */
export interface LoadedDial extends PendingLink {
  /** Rejects `opened` with what was seen on the way; once the link is open it does nothing. */
  expire(): void;
  /** Ends the link where there is one, else the dial. */
  close(): void;
}

/**
 * What `connect` gives while the code of dials may still be under way: holds the signals of the
 * other side until then, and has the deadline of the whole dial.
 */
export class LateDial implements PendingLink {
  readonly opened: Promise<Link>;
  readonly #cancelDeadline: () => void;
  readonly #done: () => void;
  #resolve: (link: Link) => void = () => undefined;
  #reject: (error: GrapevineError) => void = () => undefined;
  #held: Uint8Array[] = [];
  #dial: LoadedDial | undefined;
  #over = false;

  /** @param done is called once the dial and its link, if there was one, are over */
  constructor(clock: Clock, done: () => void) {
    this.#done = done;
    this.opened = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever does not look at the outcome of a dial has no use for an unhandled rejection.
    this.opened.catch(() => undefined);
    this.#cancelDeadline = clock.after(dialTimeoutMs, () => {
      if (this.#dial === undefined) this.#fail(unloadedError());
      else this.#dial.expire();
    });
  }

  /**
   * The code is there, or could not be loaded.
   * @param begin makes the dial, which calls `done` once it and its link are over; not called where
   *   this dial was given up
   */
  start(begin: ((done: () => void) => LoadedDial) | undefined): void {
    if (this.#over) return;
    if (begin === undefined) {
      this.#fail(unloadedError());
      return;
    }
    const dial = begin(() => this.#finish());
    this.#dial = dial;
    dial.opened.then((link) => {
      this.#cancelDeadline();
      this.#resolve(link);
    }, this.#reject);
    for (const signal of this.#held.splice(0)) dial.receive(signal);
  }

  receive(signal: Uint8Array): void {
    if (this.#over) return;
    if (this.#dial !== undefined) this.#dial.receive(signal);
    else if (signal.length > limits.signalBytes || this.#held.length >= heldMessages) {
      this.#fail(failed('The other side sent too many or too long signals.'));
    } else this.#held.push(signal.slice());
  }

  abort(): void {
    if (this.#dial === undefined) this.#fail(abortedError());
    else this.#dial.abort();
  }

  /** Ends the link where there is one, else the dial. */
  close(): void {
    if (this.#dial === undefined) this.abort();
    else this.#dial.close();
  }

  #fail(error: GrapevineError): void {
    if (this.#over) return;
    this.#finish();
    this.#reject(error);
  }

  #finish(): void {
    this.#over = true;
    this.#held = [];
    this.#cancelDeadline();
    this.#done();
  }
}
