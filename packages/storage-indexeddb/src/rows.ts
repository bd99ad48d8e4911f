import type { DeltaRow, EndRow } from '@grapevine/ports';
import { isSessionId, limits } from '@grapevine/wire';
import type { ValueHash } from '@grapevine/wire';

const hashBytes = 32;
const signatureBytes = 64;

function isBytes(value: unknown, least: number, most: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length >= least && value.length <= most;
}

function field(row: unknown, name: string): unknown {
  return typeof row === 'object' && row !== null && Object.hasOwn(row, name)
    ? Reflect.get(row, name)
    : undefined;
}

export function isSeq(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

export function isValueHash(value: unknown): value is ValueHash {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

/** @returns undefined for anything but a row of the right shape; what its bytes mean is the replica's to judge */
export function toDeltaRow(row: unknown): DeltaRow | undefined {
  const session = field(row, 'session');
  const seq = field(row, 'seq');
  const bytes = field(row, 'bytes');
  const hash = field(row, 'hash');
  const signature = field(row, 'signature');
  if (!isSessionId(session) || !isSeq(seq)) return undefined;
  if (!isBytes(bytes, 1, limits.runBytes) || !isBytes(hash, hashBytes, hashBytes)) return undefined;
  if (signature !== undefined && !isBytes(signature, signatureBytes, signatureBytes)) {
    return undefined;
  }
  return { session, seq, bytes, hash, signature };
}

/** The proof of a fork carries two branches, so an end mark may be as large as two runs. */
export function toEndRow(row: unknown): EndRow | undefined {
  const session = field(row, 'session');
  const bytes = field(row, 'bytes');
  if (!isSessionId(session) || !isBytes(bytes, 1, 2 * limits.runBytes)) return undefined;
  return { session, bytes };
}

/** @returns a salted value, or undefined for what is none */
export function toValue(value: unknown): Uint8Array | undefined {
  return isBytes(value, 0, limits.valueBytes + 16) ? value : undefined;
}

/**
 * Bytes that nobody else changes and that own their whole buffer: a structured clone of a view copies everything behind it, so a
 * delta cut out of a frame would store the frame.
 */
function owned(bytes: Uint8Array): Uint8Array {
  return bytes.slice();
}

export function ownDelta(row: DeltaRow): DeltaRow {
  return {
    session: row.session,
    seq: row.seq,
    bytes: owned(row.bytes),
    hash: owned(row.hash),
    signature: row.signature === undefined ? undefined : owned(row.signature),
  };
}

export function ownEnd(row: EndRow): EndRow {
  return { session: row.session, bytes: owned(row.bytes) };
}

export { owned as ownValue };
