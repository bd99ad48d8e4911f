import type { Crypto } from './crypto.ts';
import { webCrypto } from './webcrypto.ts';

/**
 * WebCrypto where it can generate, sign and verify with Ed25519, else plain JavaScript, loaded
 * only then: an insecure
 * origin has no `crypto.subtle`, and older browsers have one without Ed25519.
 */
export async function loadCrypto(): Promise<Crypto> {
  // Typed as always there; insecure origins lack it.
  const subtle: SubtleCrypto | undefined = globalThis.crypto.subtle;
  if (subtle !== undefined && (await works(subtle))) return webCrypto(subtle);
  const { nobleCrypto } = await import('./noble.ts');
  return nobleCrypto();
}

async function works(subtle: SubtleCrypto): Promise<boolean> {
  try {
    const crypto = webCrypto(subtle);
    const key = await crypto.generateKey();
    const message = Uint8Array.of(1, 2, 3);
    return await crypto.verify(key.publicKey, message, await key.sign(message));
  } catch {
    return false;
  }
}
