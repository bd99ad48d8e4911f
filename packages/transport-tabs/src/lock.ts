import { toHex } from '@grapevine/wire';

/** The part of the platform's LockManager that is used. */
export interface Locks {
  request(
    name: string,
    options: { signal?: AbortSignal },
    callback: () => Promise<void> | void,
  ): Promise<unknown>;
}

/**
 * A Web Lock this tab holds until it closes or dies, so that others learn of its death at once
 * (measured: 44 ms after a crash) instead of by silence. It saves time and nothing else: without it
 * gossip's liveness notices.
 */
export class LifeLock {
  readonly name: string;
  readonly #locks: Locks | undefined;
  #held = false;
  #release: () => void = () => undefined;
  #onHeld: (() => void)[] = [];

  /** @param locks undefined on insecure origins, where the platform has none */
  constructor(channelName: string, locks: Locks | undefined) {
    this.name = `${channelName} ${toHex(crypto.getRandomValues(new Uint8Array(16)))}`;
    this.#locks = locks;
    const released = new Promise<void>((resolve) => (this.#release = resolve));
    locks
      ?.request(this.name, {}, () => {
        this.#held = true;
        for (const tell of this.#onHeld.splice(0)) tell();
        return released;
      })
      // The platform refused (a detached document, a policy): as good as having no locks.
      .catch(() => undefined);
  }

  /** Calls `tell` once the lock is held, at once where it is. */
  whenHeld(tell: () => void): void {
    if (this.#held) tell();
    else if (this.#locks !== undefined) this.#onHeld.push(tell);
  }

  /**
   * Calls `dead` when whoever holds the lock `name` lets go of it; the returned function stops
   * watching.
   */
  watch(name: string, dead: () => void): () => void {
    const stop = new AbortController();
    this.#locks
      ?.request(name, { signal: stop.signal }, () => {
        if (!stop.signal.aborted) dead();
      })
      .catch(() => undefined);
    return () => stop.abort();
  }

  release(): void {
    this.#onHeld = [];
    this.#release();
  }
}
