import { compareBytes, concat, equalBytes, fromHex } from '@grapevine/wire';

/**
 * @returns the 32 bytes of the one SHA-256 DTLS fingerprint an SDP names; undefined for none,
 * several or another hash
 */
export function fingerprintOf(sdp: string): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  for (const [, name, digits] of sdp.matchAll(/^a=fingerprint:(\S*) *(.*?)\s*$/gm)) {
    if (
      name?.toLowerCase() !== 'sha-256' ||
      !/^[0-9a-f]{2}(:[0-9a-f]{2}){31}$/i.test(digits ?? '')
    ) {
      return undefined;
    }
    const bytes = fromHex((digits ?? '').replaceAll(':', '').toLowerCase());
    if (bytes === undefined || (found !== undefined && !equalBytes(found, bytes))) return undefined;
    found = bytes;
  }
  return found;
}

/**
 * PROTOCOL.md S4: the hash of both fingerprints, the lower first. Undefined where either SDP has
 * none that counts.
 */
export function bindingOf(
  localSdp: string | undefined,
  remoteSdp: string | undefined,
  hash: (bytes: Uint8Array) => Uint8Array,
): Uint8Array | undefined {
  const local = fingerprintOf(localSdp ?? '');
  const remote = fingerprintOf(remoteSdp ?? '');
  if (local === undefined || remote === undefined) return undefined;
  return hash(compareBytes(local, remote) < 0 ? concat(local, remote) : concat(remote, local));
}
