import { concat, equalBytes, sessionIdToBytes } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import { fastHash } from './hash.ts';

const signatureBytes = 64;

/** A stand-in for a signature: anybody could make it, and a wrong one shows. */
export function sign(member: SessionId, bytes: Uint8Array): Uint8Array {
  const signature = new Uint8Array(signatureBytes);
  signature.set(fastHash(bytes, seedOf(member)));
  return signature;
}

export function verify(member: SessionId, bytes: Uint8Array, signature: Uint8Array): boolean {
  return equalBytes(signature, sign(member, bytes));
}

/** 48 bytes in the place of author key and salt. */
export function proofOf(member: SessionId): Uint8Array {
  const id = sessionIdToBytes(member);
  return concat(id, id, id);
}

function seedOf(member: SessionId): number {
  return Number.parseInt(member.slice(0, 8), 16) ^ Number.parseInt(member.slice(8, 16), 16);
}
