import type { PayloadRule } from '@grapevine/replica';
import {
  DecodeError,
  Writer,
  decode,
  limits,
  sessionIdBytes,
  sessionIdFrom,
  sessionIdToBytes,
  type Reader,
  type SessionId,
} from '@grapevine/wire';
import { keyProblem, namespaceProblem } from './names.ts';
import type { ActorKind, Operation } from './types.ts';

const operations: readonly Operation[] = [
  'created',
  'modified',
  'appended',
  'moved',
  'deleted',
  'restored',
  'merged',
  'redacted',
];
const kinds: readonly ActorKind[] = ['person', 'agent', 'tool', 'import'];
const recordType = { version: 1, profile: 2 } as const;
/** UTF-8 needs at most four bytes a character. */
const nameBytes = limits.nameCharacters * 4;

/** PROTOCOL.md R3. */
export const media = { named: 0, json: 1, text: 2, markdown: 3, bytes: 4 } as const;
export type Media = (typeof media)[keyof typeof media];

/** Names one version, PROTOCOL.md R4. */
export interface VersionRef {
  session: SessionId;
  seq: number;
  /** Place of the record in its delta's body. */
  index: number;
}

export interface VersionRecord {
  type: 'version';
  operation: Operation;
  /** At most 64. */
  parents: readonly VersionRef[];
  namespace: string;
  key: string;
  /** 0 for none, i + 1 for the delta's value i. */
  value: number;
  media: Media;
  /** Text of a JSON object, or empty. */
  attributes: string;
}

export interface ProfileRecord {
  type: 'profile';
  kind: ActorKind;
  /** 1 to 64 characters (code points). */
  name: string;
}

/** A record of a type this version does not know: kept, not shown (PROTOCOL.md R7). */
export interface UnknownRecord {
  type: 'unknown';
  code: number;
  content: Uint8Array;
}

export type MemoryRecord = VersionRecord | ProfileRecord | UnknownRecord;

/** The record as it stands in a body, its type and length included. */
export function encodeRecord(record: MemoryRecord): Uint8Array {
  if (record.type === 'unknown') {
    return new Writer().u8(record.code).varbytes(record.content).done();
  }
  const content = record.type === 'version' ? encodeVersion(record) : encodeProfile(record);
  return new Writer(content.length + 8).u8(recordType[record.type]).varbytes(content).done();
}

export function encodeRecords(records: readonly MemoryRecord[]): Uint8Array {
  const body = new Writer();
  for (const record of records) body.bytes(encodeRecord(record));
  return body.done();
}

/** Total. Every accepted body is what `encodeRecords` makes of the result. */
export function decodeRecords(body: Uint8Array): MemoryRecord[] | DecodeError {
  return decode(body, (reader) => {
    const records: MemoryRecord[] = [];
    do records.push(readRecord(reader));
    while (reader.remaining > 0);
    return records;
  });
}

/** PROTOCOL.md R1-R3 and R7 for deltas of kind 1. Looks at one delta alone. */
export const recordsRule: PayloadRule = (delta) => {
  if (delta.document !== '') return { valid: false, reason: 'records name a document' };
  const records = decodeRecords(delta.body);
  if (records instanceof DecodeError) return { valid: false, reason: records.message };
  for (const record of records) {
    if (record.type === 'version' && record.value > delta.values.length) {
      return { valid: false, reason: 'names a value that is not there' };
    }
  }
  return { valid: true, state: undefined };
};

function encodeVersion(version: VersionRecord): Uint8Array {
  const writer = new Writer();
  writer.u8(operations.indexOf(version.operation) + 1).varint(version.parents.length);
  for (const { session, seq, index } of version.parents) {
    writer.bytes(sessionIdToBytes(session)).varint(seq).varint(index);
  }
  writer.varstring(version.namespace).varstring(version.key).varint(version.value);
  return writer.u8(version.media).varstring(version.attributes).done();
}

function encodeProfile(profile: ProfileRecord): Uint8Array {
  return new Writer()
    .u8(kinds.indexOf(profile.kind) + 1)
    .varstring(profile.name)
    .done();
}

function readRecord(reader: Reader): MemoryRecord {
  const code = reader.u8();
  const content = reader.varbytes(limits.payloadBytes);
  if (code === recordType.version) return whole(content, readVersion);
  if (code === recordType.profile) return whole(content, readProfile);
  return { type: 'unknown', code, content };
}

function whole<T>(content: Uint8Array, read: (reader: Reader) => T): T {
  const value = decode(content, read);
  if (value instanceof DecodeError) throw value;
  return value;
}

function readVersion(reader: Reader): VersionRecord {
  const operation = operations[reader.u8() - 1];
  if (operation === undefined) throw new DecodeError('unknown operation');
  const parents = Array.from({ length: reader.varint(limits.parents) }, () => readRef(reader));
  const namespace = reader.varstring(limits.namespaceBytes);
  const key = reader.varstring(limits.keyBytes);
  const problem = namespaceProblem(namespace) ?? keyProblem(key);
  if (problem !== undefined) throw new DecodeError(`a name ${problem}`);
  const value = reader.varint(limits.deltaValues);
  const form = reader.u8();
  if (!isMedia(form)) throw new DecodeError('unknown media');
  const attributes = reader.varstring(limits.attributesBytes);
  if (!isAttributes(attributes)) throw new DecodeError('attributes are not a JSON object');
  return { type: 'version', operation, parents, namespace, key, value, media: form, attributes };
}

function readRef(reader: Reader): VersionRef {
  const session = sessionIdFrom(reader.bytes(sessionIdBytes));
  const seq = reader.varint();
  if (seq === 0) throw new DecodeError('seq 0');
  return { session, seq, index: reader.varint() };
}

function readProfile(reader: Reader): ProfileRecord {
  const kind = kinds[reader.u8() - 1];
  if (kind === undefined) throw new DecodeError('unknown kind of actor');
  const name = reader.varstring(nameBytes);
  const characters = [...name].length;
  if (characters < 1 || characters > limits.nameCharacters) throw new DecodeError('a bad name');
  return { type: 'profile', kind, name };
}

function isMedia(value: number): value is Media {
  return value <= media.bytes;
}

function isAttributes(text: string): boolean {
  if (text === '') return true;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
