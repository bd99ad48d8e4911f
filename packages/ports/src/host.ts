/** Time and timers. */
export interface Clock {
  /** Unix time in milliseconds; may jump. */
  now(): number;
  /** Milliseconds that never run backwards, from an arbitrary origin. */
  monotonic(): number;
  /** Calls back once, at the earliest after `delayMs`; the returned function cancels. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Chance. */
export interface Random {
  /** Cryptographically secure bytes. */
  bytes(length: number): Uint8Array;
}
