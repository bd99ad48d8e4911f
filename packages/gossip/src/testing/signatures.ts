import { concat, sessionIdToBytes } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';

type Hash = (bytes: Uint8Array) => Uint8Array;

/** A stand-in for a signature: anybody could make it, and a wrong one shows. 64 bytes. */
export function sign(hash: Hash, member: SessionId, bytes: Uint8Array): Uint8Array {
  const half = hash(concat(sessionIdToBytes(member), bytes));
  const signature = new Uint8Array(64);
  signature.set(half.subarray(0, 32));
  return signature;
}

/** 48 bytes in the place of author key and salt. */
export function proofOf(member: SessionId): Uint8Array {
  const id = sessionIdToBytes(member);
  return concat(id, id, id);
}
