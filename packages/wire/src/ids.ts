import { fromHex, toHex } from './bytes.ts';

/** A session (= feed = member): 16 bytes as 32 lowercase hex digits. */
export type SessionId = string;
/** First 16 bytes of the hash of an author's public key, as 32 lowercase hex digits. */
export type AuthorId = string;
/** A value's commitment: 32 bytes as 64 lowercase hex digits. */
export type ValueHash = string;

export const sessionIdBytes = 16;

export function isSessionId(text: unknown): text is SessionId {
  return typeof text === 'string' && /^[0-9a-f]{32}$/.test(text);
}

export function sessionIdFrom(bytes: Uint8Array): SessionId {
  return toHex(bytes);
}

/** Throws on a malformed id: ids are made by `sessionIdFrom` or checked by `isSessionId` first. */
export function sessionIdToBytes(id: SessionId): Uint8Array {
  const bytes = fromHex(id);
  if (bytes?.length !== sessionIdBytes) throw new RangeError('not a session id');
  return bytes;
}
