import { concat, label, sessionIdBytes, sessionIdFrom, toHex } from '@grapevine/wire';
import type { AuthorId, SessionId } from '@grapevine/wire';
import { publicKeyBytes } from './crypto/crypto.ts';
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
export const proofBytes = publicKeyBytes + saltBytes;

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

/** From which a session id follows: author key and salt (PROTOCOL.md section 7). */
export function proofOf({ key, salt }: Pick<Session, 'key' | 'salt'>): Uint8Array {
  return concat(key.publicKey, salt);
}

/** The author key of `member`, a copy. @returns undefined where `proof` is not its proof */
export function provedKey(
  topic: Uint8Array,
  member: SessionId,
  proof: Uint8Array,
): Uint8Array | undefined {
  const key = proof.slice(0, publicKeyBytes);
  return sessionIdOf(topic, key, proof.subarray(publicKeyBytes)) === member ? key : undefined;
}

/** PROTOCOL.md section 1. */
export function authorId(publicKey: Uint8Array): AuthorId {
  return toHex(sha256(concat(label('grapevine/1 author'), publicKey)).subarray(0, 16));
}
