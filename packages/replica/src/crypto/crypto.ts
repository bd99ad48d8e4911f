/** An Ed25519 key that signs. The secret never leaves it where the platform can hold it. */
export interface SigningKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** @returns 64 bytes */
  sign(message: Uint8Array): Promise<Uint8Array>;
  /**
   * Structured-cloneable form for `restoreKey`. A non-extractable `CryptoKey` under WebCrypto,
   * the seed itself
   * where there is none.
   */
  readonly stored: unknown;
}

/**
 * Everything asymmetric or keyed. Both implementations accept and refuse exactly the same
 * signatures, because what
 * is valid in a log must not depend on the browser (PROTOCOL.md L7).
 */
export interface Crypto {
  generateKey(): Promise<SigningKey>;
  /**
   * @returns undefined where `stored` is not a working key here. A `CryptoKey` cannot be opened
   * without WebCrypto, so
   * a profile that loses WebCrypto needs a new author key; a stored seed works under both.
   */
  restoreKey(stored: unknown): Promise<SigningKey | undefined>;
  /** @param seed 32 bytes; throws RangeError on any other length */
  keyFromSeed(seed: Uint8Array): Promise<SigningKey>;
  /** Total: false for anything that is not a strict Ed25519 signature, whatever its length. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
  /** HKDF-SHA-256, empty salt, 32 bytes out (PROTOCOL.md K4). */
  hkdf(key: Uint8Array, info: Uint8Array): Promise<Uint8Array>;
  /**
   * AES-256-GCM: ciphertext and 16 bytes of tag. @param key 32 bytes @param iv 12 bytes, never
   * twice with one key
   */
  seal(key: Uint8Array, iv: Uint8Array, plain: Uint8Array, aad: Uint8Array): Promise<Uint8Array>;
  /** @returns undefined where the tag does not hold */
  open(
    key: Uint8Array,
    iv: Uint8Array,
    sealed: Uint8Array,
    aad: Uint8Array,
  ): Promise<Uint8Array | undefined>;
}

export const seedBytes = 32;
export const publicKeyBytes = 32;
export const signatureBytes = 64;
