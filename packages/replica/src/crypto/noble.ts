import { gcm } from '@noble/ciphers/aes.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { concat, equalBytes, toHex } from '@grapevine/wire';
import { seedBytes } from './crypto.ts';
import type { Crypto, SigningKey } from './crypto.ts';
import { LruMap, verifyKeysKept } from './lru.ts';
import { isStrict } from './strict.ts';
import { isSeed } from './webcrypto.ts';

const { Point } = ed25519;
type PublicPoint = ReturnType<typeof Point.fromBytes>;

/**
 * Plain JavaScript for pages without `crypto.subtle` (any insecure origin). Secrets are ordinary
 * bytes here: the key
 * is stored as its seed.
 */
export function nobleCrypto(): Crypto {
  const points = new LruMap<PublicPoint>(verifyKeysKept);
  return {
    generateKey: () => Promise.resolve(keyFromSeed(ed25519.utils.randomSecretKey())),
    restoreKey: (stored) => Promise.resolve(isSeed(stored) ? keyFromSeed(stored.seed) : undefined),
    keyFromSeed: async (seed) => keyFromSeed(seed),
    verify: (publicKey, message, signature) =>
      Promise.resolve(
        isStrict(publicKey, signature) && verify(points, publicKey, message, signature),
      ),
    hkdf: async (key, info) => hkdf(sha256, key, undefined, info, 32),
    seal: async (key, iv, plain, aad) => gcm(key, iv, aad).encrypt(plain),
    open: async (key, iv, sealed, aad) => {
      const cipher = gcm(key, iv, aad);
      try {
        return cipher.decrypt(sealed);
      } catch {
        return undefined;
      }
    },
  };
}

function keyFromSeed(given: Uint8Array): SigningKey {
  if (given.length !== seedBytes) throw new RangeError('a seed has 32 bytes');
  const seed = given.slice();
  return {
    publicKey: ed25519.getPublicKey(seed),
    stored: { seed },
    sign: async (message) => ed25519.sign(message, seed),
  };
}

/**
 * RFC 8032's equation without the cofactor, R compared as bytes: what WebCrypto implementations
 * do. The library's
 * own `verify` multiplies by the cofactor and so accepts signatures they refuse.
 */
function verify(
  points: LruMap<PublicPoint>,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const r = signature.subarray(0, 32);
  const name = toHex(publicKey);
  try {
    const known = points.get(name);
    const point = known ?? Point.fromBytes(publicKey);
    if (known === undefined) points.set(name, point);
    const k = Point.Fn.create(littleEndian(sha512(concat(r, publicKey, message))));
    const s = littleEndian(signature.subarray(32));
    const expected = Point.BASE.multiplyUnsafe(s).subtract(point.multiplyUnsafe(k));
    return equalBytes(expected.toBytes(), r);
  } catch {
    return false;
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes.toReversed())}`);
}
