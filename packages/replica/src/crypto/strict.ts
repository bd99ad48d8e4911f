import { compareBytes, fromHex, toHex } from '@grapevine/wire';
import { publicKeyBytes, signatureBytes } from './crypto.ts';

/**
 * Ed25519 libraries disagree on odd encodings and on points of small order (Chalkias, Garillot,
 * Nikolaenko: "Taming
 * the many EdDSAs", 2020). These checks refuse every such case before a library sees it, so that
 * what is left is
 * decided alike by all that check the equation without the cofactor: OpenSSL, BoringSSL, NSS and
 * our fallback.
 */

/** 2^255 - 19, the field's prime, little-endian. */
const prime = littleEndian(2n ** 255n - 19n);
/** Order of the base point (RFC 8032, 5.1). */
const order = littleEndian(2n ** 252n + 27742317777372353535851937790883648493n);

/**
 * The y coordinates of the eight points of small order; p + 0 and p + 1 fall to the canonical
 * check.
 */
const smallOrder: ReadonlySet<string> = new Set([
  toHex(littleEndian(0n)),
  toHex(littleEndian(1n)),
  toHex(littleEndian(2n ** 255n - 20n)),
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);

/** False where a public key or a signature has a form that implementations judge differently. */
export function isStrict(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return (
    publicKey.length === publicKeyBytes &&
    signature.length === signatureBytes &&
    isPoint(publicKey) &&
    isPoint(signature.subarray(0, 32)) &&
    isBelow(signature.subarray(32), order)
  );
}

function isPoint(encoded: Uint8Array): boolean {
  const y = encoded.slice();
  y[31] = (y[31] ?? 0) & 127;
  return isBelow(y, prime) && !smallOrder.has(toHex(y));
}

function isBelow(number: Uint8Array, bound: Uint8Array): boolean {
  return compareBytes(number.toReversed(), bound.toReversed()) < 0;
}

function littleEndian(number: bigint): Uint8Array {
  const bytes = fromHex(number.toString(16).padStart(64, '0'));
  if (bytes === undefined) throw new RangeError('not a 256-bit number');
  return bytes.reverse();
}
