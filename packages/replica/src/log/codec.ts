import { DecodeError, Writer, decode, fromHex, limits, toHex } from '@grapevine/wire';
import type { Reader, ValueHash } from '@grapevine/wire';
import { signatureBytes } from '../crypto/crypto.ts';
import { sha256 } from '../crypto/sha256.ts';
import { saltBytes } from '../session.ts';
import type { Delta, DeltaDraft, DeltaValue } from './delta.ts';
import { hashBytes } from './header.ts';
import type { HeaderFields } from './header.ts';
import { logLimits } from './limits.ts';
import { branchFrameBytes, branchItemBytes } from './size.ts';

/** A delta without its place in a feed. */
export interface RawDelta extends HeaderFields {
  /** Like the inline values a view into `rest`. */
  body: Uint8Array;
  values: readonly DeltaValue[];
  /** Its encoding behind the hlc step: what a run, a row and memory share. */
  rest: Uint8Array;
}

export interface DecodedRun {
  from: number;
  to: number;
  deltas: readonly RawDelta[];
  signature: Uint8Array;
}

/** What encoding a run takes of a delta. */
export type RunItem = Pick<RawDelta, 'hlc' | 'rest'>;

/** A value as a payload commits to it. */
interface Commitment {
  hash: Uint8Array;
  size: number;
}

/**
 * Total. Says nothing about validity: a run may hold deltas that end their feed (PROTOCOL.md L8).
 */
export function decodeRun(bytes: Uint8Array): DecodedRun | DecodeError {
  if (bytes.length > limits.runBytes) return new DecodeError('over a limit');
  return decode(bytes, (reader) => readRun(reader, bytes));
}

function readRun(reader: Reader, bytes: Uint8Array): DecodedRun {
  const from = reader.varint();
  const count = reader.varint(limits.runDeltas);
  if (from === 0 || count === 0) throw new DecodeError('an empty run');
  const to = from + (count - 1);
  if (!Number.isSafeInteger(to)) throw new DecodeError('varint too large');
  const deltas: RawDelta[] = [];
  let hlc = 0;
  let branchBytes = branchFrameBytes;
  for (let i = 0; i < count; i++) {
    const delta = readDelta(reader, bytes, hlc);
    deltas.push(delta);
    hlc = delta.hlc;
    branchBytes += branchItemBytes(delta);
    if (branchBytes > logLimits.branchBytes) throw new DecodeError('over a limit');
  }
  return { from, to, deltas, signature: reader.bytes(signatureBytes) };
}

/** @param items at least one, hlc rising */
export function encodeRun(
  from: number,
  items: readonly RunItem[],
  signature: Uint8Array,
): Uint8Array {
  let size = 16 + signatureBytes;
  for (const item of items) size += 8 + item.rest.length;
  const writer = new Writer(size).varint(from).varint(items.length);
  let hlc = 0;
  for (const item of items) {
    writer.varint(item.hlc - hlc).bytes(item.rest);
    hlc = item.hlc;
  }
  return writer.bytes(signature).done();
}

/**
 * `varint seq ‖ varint 1 ‖ delta`, its hlc absolute, in a buffer of its own: storing it stores
 * nothing else.
 */
export function encodeRow(seq: number, item: RunItem): Uint8Array {
  const writer = new Writer(item.rest.length + 24).varint(seq).varint(1);
  return writer.varint(item.hlc).bytes(item.rest).done();
}

/** Total. */
export function decodeRow(bytes: Uint8Array): { seq: number; delta: RawDelta } | DecodeError {
  return decode(bytes, (reader) => {
    const seq = reader.varint();
    if (seq === 0 || reader.varint() !== 1) throw new DecodeError('not a row');
    return { seq, delta: readDelta(reader, bytes, 0) };
  });
}

/** The same delta with its views in `row`, its own row, so that what it came in can be let go. */
export function rebase(delta: RawDelta, row: Uint8Array): RawDelta {
  const shift = row.length - delta.rest.length - delta.rest.byteOffset;
  const move = (view: Uint8Array) => {
    const start = view.byteOffset + shift;
    return row.subarray(start, start + view.length);
  };
  const values = delta.values.map(({ hash, size, salted }) => ({
    hash,
    size,
    salted: salted === undefined ? undefined : move(salted),
  }));
  return { ...delta, body: move(delta.body), values, rest: move(delta.rest) };
}

/** @param draft values too large to travel inline are committed to only (L5) */
export function encodeDraft(draft: DeltaDraft, hlc: number): RawDelta {
  const { kind, document } = draft;
  const commitments = draft.values.map((salted): Commitment => ({
    hash: sha256(salted),
    size: salted.length - saltBytes,
  }));
  const writer = new Writer(draft.body.length + 256).u8(kind).varstring(document);
  writer.varint(commitments.length);
  const inline = draft.values.map((salted, i): [number, number] | undefined => {
    const { hash, size } = commitments[i] as Commitment;
    const travels = size <= limits.inlineValueBytes;
    writer.varint(size * 2 + (travels ? 1 : 0)).bytes(travels ? salted : hash);
    return travels ? [writer.length - salted.length, writer.length] : undefined;
  });
  const rest = writer.varbytes(draft.body).done();
  const values = commitments.map(({ hash, size }, i): DeltaValue => {
    const place = inline[i];
    const salted = place === undefined ? undefined : rest.subarray(...place);
    return { hash: toHex(hash), size, salted };
  });
  const body = rest.subarray(rest.length - draft.body.length);
  return { hlc, kind, document, ...payloadOf(commitments, body), body, values, rest };
}

function readDelta(reader: Reader, bytes: Uint8Array, previousHlc: number): RawDelta {
  const hlc = previousHlc + reader.varint();
  if (!Number.isSafeInteger(hlc)) throw new DecodeError('varint too large');
  const start = reader.offset;
  const kind = reader.u8();
  const document = reader.varstring(limits.runBytes);
  const count = reader.varint(limits.runBytes);
  const commitments: Commitment[] = [];
  const values: DeltaValue[] = [];
  for (let i = 0; i < count; i++) {
    const tagged = reader.varint();
    const size = Math.floor(tagged / 2);
    const present = tagged % 2 === 1;
    if (present && size > limits.inlineValueBytes) throw new DecodeError('over a limit');
    const salted = present ? reader.bytes(saltBytes + size) : undefined;
    const hash = salted === undefined ? reader.bytes(hashBytes) : sha256(salted);
    commitments.push({ hash, size });
    values.push({ hash: toHex(hash), size, salted });
  }
  const body = reader.varbytes(limits.runBytes);
  const rest = bytes.subarray(start, reader.offset);
  return { hlc, kind, document, ...payloadOf(commitments, body), body, values, rest };
}

/** The signed fields of a delta held without them. */
export function headerFields(delta: Delta): HeaderFields {
  const { hlc, kind, document } = delta;
  const commitments = delta.values.map(({ hash, size }) => ({ hash: hexBytes(hash), size }));
  return { hlc, kind, document, ...payloadOf(commitments, delta.body) };
}

function hexBytes(hash: ValueHash): Uint8Array {
  const bytes = fromHex(hash);
  if (bytes === undefined) throw new RangeError('not a value hash');
  return bytes;
}

function payloadOf(commitments: readonly Commitment[], body: Uint8Array) {
  const writer = new Writer(body.length + commitments.length * 40 + 8).varint(commitments.length);
  for (const { hash, size } of commitments) writer.bytes(hash).varint(size);
  const payload = writer.bytes(body).done();
  return { payloadLength: payload.length, payloadHash: sha256(payload) };
}
