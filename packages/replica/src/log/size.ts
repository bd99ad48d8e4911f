import { limits } from '@grapevine/wire';
import { signatureBytes } from '../crypto/crypto.ts';
import { saltBytes } from '../session.ts';
import type { DeltaValue } from './delta.ts';
import { hashBytes } from './header.ts';
import type { HeaderFields } from './header.ts';

/** Bytes of a varint. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/** Largest varint: 53 bits. */
const varintMost = 8;

/** A branch around its headers, at most. */
export const branchFrameBytes = varintMost + hashBytes + 2 + signatureBytes;

/**
 * A header in a branch, at most; a payload length has at most 3 bytes because a run holds the
 * payload.
 */
export function branchItemBytes(header: Pick<HeaderFields, 'document'>): number {
  const document = header.document === '' ? 1 : 3 + utf8Bytes(header.document);
  return varintMost + 1 + document + 3 + hashBytes;
}

/**
 * PROTOCOL.md L4: the delta as its author encodes it, every value small enough inline. Counted
 * from signed fields alone, so
 * that it is the same for those who hold a delta whose values were pruned.
 */
export function fullDeltaBytes(delta: {
  hlc: number;
  document: string;
  values: readonly DeltaValue[];
  body: Uint8Array;
}): number {
  const document = utf8Bytes(delta.document);
  let bytes = varintBytes(delta.hlc) + 1 + varintBytes(document) + document;
  bytes += varintBytes(delta.values.length);
  for (const { size } of delta.values) {
    bytes +=
      varintBytes(size * 2) + (size <= limits.inlineValueBytes ? saltBytes + size : hashBytes);
  }
  return bytes + varintBytes(delta.body.length) + delta.body.length;
}

export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
