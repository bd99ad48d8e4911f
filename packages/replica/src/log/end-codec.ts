import { DecodeError, Writer, decode, limits } from '@grapevine/wire';
import type { Reader } from '@grapevine/wire';
import { signatureBytes } from '../crypto/crypto.ts';
import { decodeRun } from './codec.ts';
import type { DecodedRun } from './codec.ts';
import { hashBytes } from './header.ts';
import type { HeaderFields } from './header.ts';
import { logLimits } from './limits.ts';

/** PROTOCOL.md L10. */
export const endKind = { invalid: 1, fork: 2 } as const;
export type EndKind = (typeof endKind)[keyof typeof endKind];

/** Where a feed ends and why. */
export interface EndPoint {
  kind: EndKind;
  /** First seq that does not count. */
  seq: number;
}

/** Signed headers without their payloads (L9). */
export interface Branch {
  from: number;
  backlink: Uint8Array;
  headers: readonly HeaderFields[];
  signature: Uint8Array;
}

export type EndMark =
  | { kind: typeof endKind.invalid; seq: number; run: DecodedRun }
  | { kind: typeof endKind.fork; seq: number; branches: readonly [Branch, Branch] };

/** Of two end marks the lower seq holds, then the lower kind (L10). */
export function endsBefore(a: EndPoint, b: EndPoint | undefined): boolean {
  if (b === undefined) return true;
  return a.seq === b.seq ? a.kind < b.kind : a.seq < b.seq;
}

/** @param run encoded, from `seq` on */
export function encodeInvalidEnd(seq: number, run: Uint8Array): Uint8Array {
  return new Writer(run.length + 16).u8(endKind.invalid).varint(seq).bytes(run).done();
}

export function encodeForkEnd(seq: number, branches: readonly [Branch, Branch]): Uint8Array {
  const writer = new Writer(1_024).u8(endKind.fork).varint(seq);
  for (const branch of branches) writer.varbytes(encodeBranch(branch));
  return writer.done();
}

/** Total. The shape only: whether the proof holds is for `verifyEnd`. */
export function decodeEnd(bytes: Uint8Array): EndMark | DecodeError {
  if (bytes.length > logLimits.endBytes) return new DecodeError('over a limit');
  return decode(bytes, readEnd);
}

function readEnd(reader: Reader): EndMark {
  const kind = reader.u8();
  const seq = reader.varint();
  if (seq === 0) throw new DecodeError('no such seq');
  if (kind === endKind.invalid) {
    const run = decodeRun(reader.rest());
    if (run instanceof DecodeError) throw run;
    // A delta 1 that is refused leaves no trace, so none can be proved invalid (L1).
    if (run.from !== seq || seq === 1) throw new DecodeError('a proof of something else');
    return { kind, seq, run };
  }
  if (kind !== endKind.fork) throw new DecodeError('unknown kind');
  const branches = [readBranch(reader), readBranch(reader)] as const;
  if (branches.some((branch) => branch.from !== seq)) {
    throw new DecodeError('a proof of something else');
  }
  return { kind, seq, branches };
}

function encodeBranch(branch: Branch): Uint8Array {
  const writer = new Writer(1_024).varint(branch.from).bytes(branch.backlink);
  writer.varint(branch.headers.length);
  for (const header of branch.headers) {
    writer.varint(header.hlc).u8(header.kind).varstring(header.document);
    writer.varint(header.payloadLength).bytes(header.payloadHash);
  }
  return writer.bytes(branch.signature).done();
}

function readBranch(outer: Reader): Branch {
  const branch = decode(outer.varbytes(logLimits.branchBytes), (reader) => {
    const from = reader.varint();
    const backlink = reader.bytes(hashBytes);
    const count = reader.varint(limits.runDeltas);
    if (count === 0) throw new DecodeError('an empty branch');
    if (!Number.isSafeInteger(from + (count - 1))) throw new DecodeError('varint too large');
    const headers = Array.from({ length: count }, () => readHeader(reader));
    return { from, backlink, headers, signature: reader.bytes(signatureBytes) };
  });
  if (branch instanceof DecodeError) throw branch;
  return branch;
}

function readHeader(reader: Reader): HeaderFields {
  return {
    hlc: reader.varint(),
    kind: reader.u8(),
    document: reader.varstring(logLimits.branchBytes),
    payloadLength: reader.varint(),
    payloadHash: reader.bytes(hashBytes),
  };
}
