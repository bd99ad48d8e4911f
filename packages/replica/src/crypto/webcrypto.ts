import { fromBase64Url, toHex } from '@grapevine/wire';
import { seedBytes } from './crypto.ts';
import type { Crypto, SigningKey } from './crypto.ts';
import { LruMap, verifyKeysKept } from './lru.ts';
import { isStrict } from './strict.ts';

const ed25519 = 'Ed25519';
/** DER of a PKCS8 Ed25519 private key up to the 32 bytes of its seed (RFC 8410, section 7). */
const pkcs8Prefix = Uint8Array.of(
  ...[
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
  ],
);

/**
 * What `stored` holds under WebCrypto: the private key is not extractable and survives IndexedDB.
 */
interface StoredPair {
  publicKey: Uint8Array;
  privateKey: CryptoKey;
}

/** @param subtle the platform's; Ed25519, HKDF and AES-GCM must work in it */
export function webCrypto(subtle: SubtleCrypto): Crypto {
  const verifyKeys = new LruMap<Promise<CryptoKey>>(verifyKeysKept);
  return {
    generateKey: () => generateKey(subtle),
    restoreKey: (stored) => restoreKey(subtle, stored),
    keyFromSeed: (seed) => keyFromSeed(subtle, seed),
    async verify(publicKey, message, signature) {
      if (!isStrict(publicKey, signature)) return false;
      const name = toHex(publicKey);
      const known = verifyKeys.get(name);
      const key = known ?? subtle.importKey('raw', own(publicKey), ed25519, true, ['verify']);
      if (known === undefined) verifyKeys.set(name, key);
      try {
        return await subtle.verify(ed25519, await key, own(signature), own(message));
      } catch {
        // A key that is no point on the curve: some platforms refuse it on import, some here.
        verifyKeys.delete(name);
        return false;
      }
    },
    async hkdf(key, info) {
      const imported = await subtle.importKey('raw', own(key), 'HKDF', false, ['deriveBits']);
      const how = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: own(info) };
      return new Uint8Array(await subtle.deriveBits(how, imported, 256));
    },
    async seal(key, iv, plain, aad) {
      const imported = await aesKey(subtle, key, 'encrypt');
      return new Uint8Array(await subtle.encrypt(gcm(iv, aad), imported, own(plain)));
    },
    async open(key, iv, sealed, aad) {
      const imported = await aesKey(subtle, key, 'decrypt');
      try {
        return new Uint8Array(await subtle.decrypt(gcm(iv, aad), imported, own(sealed)));
      } catch {
        return undefined;
      }
    },
  };
}

async function generateKey(subtle: SubtleCrypto): Promise<SigningKey> {
  const pair = await subtle.generateKey(ed25519, false, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new TypeError('generateKey gave no pair');
  const publicKey = new Uint8Array(await subtle.exportKey('raw', pair.publicKey));
  return signingKey(subtle, { publicKey, privateKey: pair.privateKey });
}

async function keyFromSeed(subtle: SubtleCrypto, seed: Uint8Array): Promise<SigningKey> {
  if (seed.length !== seedBytes) throw new RangeError('a seed has 32 bytes');
  const pkcs8 = new Uint8Array(pkcs8Prefix.length + seedBytes);
  pkcs8.set(pkcs8Prefix);
  pkcs8.set(seed, pkcs8Prefix.length);
  // WebCrypto tells the public half of a private key only through an extractable copy, which is
  // dropped here.
  const extractable = await subtle.importKey('pkcs8', pkcs8, ed25519, true, ['sign']);
  const publicKey = fromBase64Url((await subtle.exportKey('jwk', extractable)).x ?? '');
  if (publicKey?.length !== 32) throw new TypeError('the exported key has no public half');
  const privateKey = await subtle.importKey('pkcs8', pkcs8, ed25519, false, ['sign']);
  return signingKey(subtle, { publicKey, privateKey });
}

async function restoreKey(subtle: SubtleCrypto, stored: unknown): Promise<SigningKey | undefined> {
  if (isSeed(stored)) return keyFromSeed(subtle, stored.seed);
  if (!isStoredPair(stored)) return undefined;
  const key = signingKey(subtle, stored);
  try {
    const probe = Uint8Array.of(1);
    const signature = await key.sign(probe);
    const half = await subtle.importKey('raw', own(stored.publicKey), ed25519, true, ['verify']);
    return (await subtle.verify(ed25519, half, own(signature), probe)) ? key : undefined;
  } catch {
    return undefined;
  }
}

function signingKey(subtle: SubtleCrypto, stored: StoredPair): SigningKey {
  return {
    publicKey: stored.publicKey,
    stored,
    async sign(message) {
      return new Uint8Array(await subtle.sign(ed25519, stored.privateKey, own(message)));
    },
  };
}

/** The form the fallback stores. */
export function isSeed(stored: unknown): stored is { seed: Uint8Array } {
  return (
    typeof stored === 'object' &&
    stored !== null &&
    'seed' in stored &&
    stored.seed instanceof Uint8Array &&
    stored.seed.length === seedBytes
  );
}

function isStoredPair(stored: unknown): stored is StoredPair {
  return (
    typeof stored === 'object' &&
    stored !== null &&
    'publicKey' in stored &&
    stored.publicKey instanceof Uint8Array &&
    'privateKey' in stored &&
    stored.privateKey instanceof CryptoKey
  );
}

function aesKey(subtle: SubtleCrypto, key: Uint8Array, use: KeyUsage): Promise<CryptoKey> {
  return subtle.importKey('raw', own(key), 'AES-GCM', false, [use]);
}

function gcm(iv: Uint8Array, aad: Uint8Array): AesGcmParams {
  return { name: 'AES-GCM', iv: own(iv), additionalData: own(aad) };
}

/** WebCrypto's types exclude shared memory, which no byte array of ours is in. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}
