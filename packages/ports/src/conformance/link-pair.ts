import { toHex } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import type { Link, PendingLink, Transport } from '../transport.ts';

/** Both ends of one link; `low` is the initiator. */
export interface LinkPair {
  low: Link;
  high: Link;
}

/**
 * Carries the signals of two pending links to each other as an introduction would: later than they
 * were made, and what is made before the other side is there waits for it.
 */
export class SignalWire {
  readonly #ends: [PendingLink | undefined, PendingLink | undefined] = [undefined, undefined];
  readonly #waiting: [Uint8Array[], Uint8Array[]] = [[], []];
  readonly sizes: number[] = [];

  /** What end 0 or 1 gives to `connect`. */
  from(end: 0 | 1): (bytes: Uint8Array) => void {
    const to = end === 0 ? 1 : 0;
    return (bytes) => {
      this.sizes.push(bytes.length);
      this.#waiting[to].push(bytes.slice());
      queueMicrotask(() => this.#carry(to));
    };
  }

  attach(end: 0 | 1, pending: PendingLink): void {
    this.#ends[end] = pending;
    queueMicrotask(() => this.#carry(end));
  }

  #carry(end: 0 | 1): void {
    const pending = this.#ends[end];
    if (pending === undefined) return;
    for (const bytes of this.#waiting[end].splice(0)) pending.receive(bytes);
  }
}

let sessionsMade = 0;

/** Two session ids no other test uses, the lower first. */
export function sessionPair(): [SessionId, SessionId] {
  sessionsMade += 2;
  const salt = toHex(crypto.getRandomValues(new Uint8Array(12)));
  const id = (n: number): string => salt + n.toString(16).padStart(8, '0');
  return [id(sessionsMade), id(sessionsMade + 1)];
}

/** Both sides dial at once; their signals reach each other over the wire. */
export function dialPair(
  first: Transport,
  second: Transport,
): { low: PendingLink; high: PendingLink; wire: SignalWire } {
  const [lower, higher] = sessionPair();
  const wire = new SignalWire();
  const low = first.connect(lower, higher, wire.from(0));
  const high = second.connect(higher, lower, wire.from(1));
  wire.attach(0, low);
  wire.attach(1, high);
  return { low, high, wire };
}

/** Connects both ways at once and waits for both ends. */
export async function openPair(first: Transport, second: Transport): Promise<LinkPair> {
  const dials = dialPair(first, second);
  const [low, high] = await Promise.all([dials.low.opened, dials.high.opened]);
  return { low, high };
}

/** Resolves with the first `count` messages. */
export function messagesOf(link: Link, count: number): Promise<Uint8Array[]> {
  return new Promise((resolve) => {
    const messages: Uint8Array[] = [];
    link.onMessage = (message) => {
      messages.push(message.slice());
      if (messages.length === count) resolve(messages);
    };
  });
}

export function closeOf(link: Link): Promise<'lost' | 'closed'> {
  return new Promise((resolve) => {
    link.onClose = resolve;
  });
}

/**
 * One message each way, as the handshake does. Until then a browser may lose what is sent right
 * before a close (measured in Chromium: half of the messages sent within a millisecond of `opened`,
 * none later).
 */
export async function greet({ low, high }: LinkPair): Promise<void> {
  const both = Promise.all([messagesOf(low, 1), messagesOf(high, 1)]);
  low.send(Uint8Array.of(0));
  high.send(Uint8Array.of(0));
  await both;
}
