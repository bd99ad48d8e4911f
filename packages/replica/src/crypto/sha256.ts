import { sha256 as digest } from '@noble/hashes/sha2.js';

/**
 * SHA-256 of the parts joined, 32 bytes. Synchronous: feeds are chained without leaving the
 * caller's turn.
 */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return digest(first);
  const hash = digest.create();
  for (const part of parts) hash.update(part);
  return hash.digest();
}
