import { toBase64Url, toHex } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';

/** @param length at most 65,536 */
export function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** A topic no other test uses. */
export function freshTopic(): string {
  return toBase64Url(randomBytes(32));
}

/** A session id no other test uses. */
export function freshSession(): SessionId {
  return toHex(randomBytes(16));
}
