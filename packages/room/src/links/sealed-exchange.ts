import type { Random } from '@grapevine/ports';
import type { Crypto, RoomKeys, Session, Signal } from '@grapevine/replica';
import { openSignal, ReplayCheck, sealSignal } from '@grapevine/replica';
import type { SessionId } from '@grapevine/wire';

export interface SealedExchangeOptions {
  session: Session;
  keys: RoomKeys;
  crypto: Crypto;
  random: Random;
}

/** Introductions under the room's key, whoever carries them (PROTOCOL.md S1). */
export class SealedExchange {
  readonly #options: SealedExchangeOptions;
  readonly #replays = new ReplayCheck();

  constructor(options: SealedExchangeOptions) {
    this.#options = options;
  }

  /** Rejects with `signal-too-large`. */
  seal(to: SessionId, signal: Signal): Promise<Uint8Array> {
    const { crypto, keys, random, session } = this.#options;
    return sealSignal({ crypto, keys, random, from: session.id, to }, signal);
  }

  /** Undefined for what was not sealed for this room and us, and for what was opened before. */
  async open(from: SessionId, sealed: Uint8Array): Promise<Signal | undefined> {
    const { crypto, keys, session } = this.#options;
    const signal = await openSignal({ crypto, keys, from, to: session.id }, sealed);
    return signal && this.#replays.isNew(from, signal) ? signal : undefined;
  }
}
