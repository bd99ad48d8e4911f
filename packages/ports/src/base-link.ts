import { limits } from '@grapevine/wire';
import type { Link, LinkQuality } from './transport.ts';

/**
 * Messages one link holds while nobody has assigned `onMessage`. A guess: between `opened` and the
 * assignment lie a few microtasks, and an honest other end sends two messages before it has heard
 * from us.
 */
const heldMessages = 4_096;

/**
 * The part of a link that is alike on every transport: messages that arrive before `onMessage` is
 * assigned are held and delivered on assignment, in order, also when the handler replaces itself
 * half-way; `onClose` is called once, on assignment if the link ended before it.
 */
export abstract class BaseLink implements Link {
  readonly binding: Uint8Array;
  onDrain: ((this: void) => void) | undefined = undefined;
  #onMessage: ((message: Uint8Array) => void) | undefined;
  #onClose: ((reason: 'lost' | 'closed') => void) | undefined;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #delivering = false;
  #ended: 'lost' | 'closed' | undefined;
  #told = false;

  constructor(binding: Uint8Array) {
    this.binding = binding;
  }

  get onMessage(): ((message: Uint8Array) => void) | undefined {
    return this.#onMessage;
  }

  set onMessage(handler: ((message: Uint8Array) => void) | undefined) {
    this.#onMessage = handler;
    this.#deliverHeld();
  }

  get onClose(): ((reason: 'lost' | 'closed') => void) | undefined {
    return this.#onClose;
  }

  set onClose(handler: ((reason: 'lost' | 'closed') => void) | undefined) {
    this.#onClose = handler;
    this.#tell();
  }

  abstract readonly queuedBytes: number;
  abstract quality(): Promise<LinkQuality>;
  abstract close(): void;

  /** Takes a message of an allowed size while the link is open. */
  protected abstract transmit(message: Uint8Array): void;

  /** Throws a RangeError for a size no transport carries: that is a bug of the caller. */
  send(message: Uint8Array): void {
    if (this.#ended !== undefined) return;
    if (message.length === 0 || message.length > limits.frameBytes) {
      throw new RangeError(`a message has 1 to ${limits.frameBytes} bytes, not ${message.length}`);
    }
    this.transmit(message);
  }

  /** The link has ended, for whatever reason. */
  protected get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** @returns false when more was held than a link may hold: the adapter must end the link */
  protected deliver(message: Uint8Array): boolean {
    if (this.#ended !== undefined) return true;
    this.#held.push(message);
    this.#heldBytes += message.length;
    this.#deliverHeld();
    return this.#heldBytes <= limits.linkUnackedBytes && this.#held.length <= heldMessages;
  }

  /** Calls `onClose`; the first reason counts. */
  protected end(reason: 'lost' | 'closed'): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#tell();
  }

  #tell(): void {
    const handler = this.#onClose;
    if (this.#ended === undefined || this.#told || handler === undefined) return;
    this.#told = true;
    handler(this.#ended);
  }

  #deliverHeld(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (;;) {
        const handler = this.#onMessage;
        // What the other end sent before it went still counts; what we closed ourselves does not.
        if (handler === undefined || this.#ended === 'closed') return;
        const message = this.#held.shift();
        if (message === undefined) return;
        this.#heldBytes -= message.length;
        handler(message);
      }
    } finally {
      this.#delivering = false;
    }
  }
}
