import type { Random } from '@grapevine/ports';
import type { Crypto, RoomKeys, Session, Signal } from '@grapevine/replica';
import { openSignal, ReplayCheck, sealSignal } from '@grapevine/replica';
import { toHex, type SessionId } from '@grapevine/wire';

interface SealedExchangeOptions {
  session: Session;
  keys: RoomKeys;
  crypto: Crypto;
  random: Random;
}

/** Attempts that are over, whose last signals may still come. Source: guess. */
const endedMax = 256;

/** Introductions under the room's key, whoever carries them (PROTOCOL.md S1). */
export class SealedExchange {
  readonly #options: SealedExchangeOptions;
  readonly #replays = new ReplayCheck();
  readonly #ended = new Set<string>();

  constructor(options: SealedExchangeOptions) {
    this.#options = options;
  }

  /** Rejects with `signal-too-large`. */
  seal(to: SessionId, signal: Signal): Promise<Uint8Array> {
    const { crypto, keys, random, session } = this.#options;
    return sealSignal({ crypto, keys, random, session, to }, signal);
  }

  /** What else is said of an attempt with `member` comes too late. */
  end(member: SessionId, attempt: Uint8Array): void {
    this.#ended.add(member + toHex(attempt));
    if (this.#ended.size <= endedMax) return;
    for (const oldest of this.#ended) return void this.#ended.delete(oldest);
  }

  /** Undefined for what was not signed by `from` and sealed for this room and us, was opened before, or comes too late. */
  async open(from: SessionId, sealed: Uint8Array): Promise<Signal | undefined> {
    const { crypto, keys, session } = this.#options;
    const signal = await openSignal({ crypto, keys, from, to: session.id }, sealed);
    if (!signal || this.#ended.has(from + toHex(signal.attempt))) return undefined;
    return this.#replays.isNew(from, signal) ? signal : undefined;
  }
}
