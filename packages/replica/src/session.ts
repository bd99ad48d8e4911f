import { concat, label, sessionIdBytes, sessionIdFrom, toHex } from '@grapevine/wire';
import type { AuthorId, SessionId } from '@grapevine/wire';
import type { SigningKey } from './crypto/crypto.ts';
import { sha256 } from './crypto/sha256.ts';
import type { RoomKeys } from './keys.ts';
import type { Random } from './link.ts';

/** One page load: a feed to append to and a member to be. Held in memory only (PROTOCOL.md L12). */
export interface Session {
  readonly id: SessionId;
  readonly author: AuthorId;
  /** 16 bytes. */
  readonly salt: Uint8Array;
  readonly key: SigningKey;
  /** 64 bytes (K5); absent for a reader, who cannot author. */
  readonly certificate?: Uint8Array;
}

export const saltBytes = 16;

export async function openSession(
  keys: RoomKeys,
  authorKey: SigningKey,
  random: Random,
): Promise<Session> {
  const salt = random.bytes(saltBytes);
  const session = {
    id: sessionIdOf(keys.topic, authorKey.publicKey, salt),
    author: authorId(authorKey.publicKey),
    salt,
    key: authorKey,
  };
  if (keys.certify === undefined) return session;
  return { ...session, certificate: await keys.certify(authorKey.publicKey) };
}

/** PROTOCOL.md section 1. */
export function sessionIdOf(
  topic: Uint8Array,
  authorPublicKey: Uint8Array,
  salt: Uint8Array,
): SessionId {
  const hash = sha256(concat(label('grapevine/1 session'), topic, authorPublicKey, salt));
  return sessionIdFrom(hash.subarray(0, sessionIdBytes));
}

/** PROTOCOL.md section 1. */
export function authorId(publicKey: Uint8Array): AuthorId {
  return toHex(sha256(concat(label('grapevine/1 author'), publicKey)).subarray(0, 16));
}
