import { Writer, concat, label, sessionIdToBytes } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import { sha256 } from '../crypto/sha256.ts';

/** The signed fields of a delta that differ from one to the next. */
export interface HeaderFields {
  hlc: number;
  kind: number;
  document: string;
  payloadLength: number;
  payloadHash: Uint8Array;
}

/** A position in a feed: what the next header's backlink names. */
export interface Position {
  seq: number;
  /** Hash of the header at `seq`; 32 zero bytes for seq 0. */
  hash: Uint8Array;
}

export const hashBytes = 32;
/** Before the first delta. */
export const origin: Position = { seq: 0, hash: new Uint8Array(hashBytes) };

/** What all headers of a feed begin with. */
export function headerPrefix(topic: Uint8Array, session: SessionId): Uint8Array {
  return concat(label('grapevine/1 delta'), topic, sessionIdToBytes(session));
}

/** The bytes an author signs for the delta behind `previous` (PROTOCOL.md section 3). */
export function encodeHeader(
  prefix: Uint8Array,
  previous: Position,
  fields: HeaderFields,
): Uint8Array {
  const writer = new Writer(256)
    .bytes(prefix)
    .varint(previous.seq + 1)
    .bytes(previous.hash);
  writer.varint(fields.hlc).u8(fields.kind);
  writer.varstring(fields.document).varint(fields.payloadLength);
  return writer.bytes(fields.payloadHash).done();
}

export interface Chain {
  /** Header hashes, one per delta. */
  hashes: Uint8Array[];
  /** The last header: what the run's signature is over. */
  header: Uint8Array;
}

/** Chains headers onto `base`; at least one. */
export function chainHeaders(
  prefix: Uint8Array,
  base: Position,
  headers: readonly HeaderFields[],
): Chain {
  const hashes: Uint8Array[] = [];
  let header = prefix;
  let position = base;
  for (const fields of headers) {
    header = encodeHeader(prefix, position, fields);
    position = { seq: position.seq + 1, hash: sha256(header) };
    hashes.push(position.hash);
  }
  return { hashes, header };
}
