import { fromHex, hexByte, toHex } from './bytes.ts';

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

/** Ids made last, by their first 14 bits. Guess: the members of a few rooms. */
const idsKept = 16_384;
const lastIds: SessionId[] = Array.from({ length: idsKept }, () => '');

/**
 * The id whose 16 bytes begin at `at`. The ids a room names are the same again and again: looking one up takes a quarter of the time of
 * making it, and tables share one string of each.
 */
export function sessionIdFrom(bytes: Uint8Array, at = 0): SessionId {
  const place = (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)) % idsKept;
  const last = lastIds[place] ?? '';
  if (isIdAt(last, bytes, at)) return last;
  const id = toHex(bytes.subarray(at, at + sessionIdBytes));
  lastIds[place] = id;
  return id;
}

function isIdAt(id: SessionId, bytes: Uint8Array, at: number): boolean {
  if (id === '') return false;
  for (let i = 0; i < sessionIdBytes; i++) {
    if (hexByte(id, i * 2) !== bytes[at + i]) return false;
  }
  return true;
}

/** Throws on a malformed id: ids are made by `sessionIdFrom` or checked by `isSessionId` first. */
export function sessionIdToBytes(id: SessionId): Uint8Array {
  const bytes = fromHex(id);
  if (bytes?.length !== sessionIdBytes) throw new RangeError('not a session id');
  return bytes;
}
