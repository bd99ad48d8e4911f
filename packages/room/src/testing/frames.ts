import {
  concat,
  decode,
  DecodeError,
  label,
  Reader,
  sessionIdToBytes,
  utf8,
  Writer,
} from '@grapevine/wire';
import type { Session } from '@grapevine/replica';
import type { SessionId } from '@grapevine/wire';

/** Frames written by hand from PROTOCOL.md section 7, so that they may be wrong. */
export const frameType = {
  hello: 1,
  round: 2,
  ack: 3,
  echo: 4,
  echoReply: 5,
  names: 6,
  run: 7,
  have: 8,
  want: 9,
  leaves: 11,
  end: 12,
  peers: 13,
  signal: 14,
  ephemeral: 15,
  valueWant: 16,
  valueChunk: 17,
  valueMissing: 18,
  bye: 21,
  alive: 28,
} as const;

export function message(type: number, body: Uint8Array = new Uint8Array()): Uint8Array {
  return new Writer(body.length + 8).u8(type).varbytes(body).done();
}

const nobody = { name: 'Mallory', kind: 'person' };

export function hello(info: unknown = nobody): Uint8Array {
  const digest = new Uint8Array(8);
  const body = new Writer().u8(0).varint(1_000).varint(0).bytes(digest).bytes(digest);
  return message(frameType.hello, body.varbytes(utf8(JSON.stringify(info))).done());
}

/** What `session` says of itself; `by` signs it (M2). */
export async function card(
  session: Session,
  { incarnation = 1, info = nobody as unknown, by = session } = {},
): Promise<Uint8Array> {
  const statement = new Writer().varint(incarnation).u8(0).u8(0);
  statement.varbytes(utf8(JSON.stringify(info))).varint(0);
  const id = sessionIdToBytes(session.id);
  const signed = concat(label('grapevine/1 alive'), id, statement.done());
  const proof = concat(session.key.publicKey, session.salt);
  const signature = await by.key.sign(signed);
  return message(frameType.alive, concat(id, proof, statement.done(), signature));
}

/** Gives the session the next number of the link. */
export function names(...sessions: SessionId[]): Uint8Array {
  const body = new Writer();
  for (const session of sessions) body.bytes(sessionIdToBytes(session));
  return message(frameType.names, body.done());
}

export function run(number: number, bytes: Uint8Array, repair = false): Uint8Array {
  const body = new Writer(bytes.length + 16).varint(number).u8(repair ? 1 : 0);
  return message(frameType.run, body.bytes(bytes).done());
}

/** @param by signs it @param number of the session on this link (B10) */
export async function ephemeral(
  by: Session,
  { of = by.id, name = 0, number = 1, channel = 'awareness' },
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const said = new Writer().varstring(channel).varint(number);
  const signed = [label('grapevine/1 ephemeral'), sessionIdToBytes(of), said.done(), bytes];
  const signature = await by.key.sign(concat(...signed));
  const head = new Writer().varint(name).bytes(said.done());
  return message(frameType.ephemeral, concat(head.done(), signature, bytes));
}

export function valueChunk(
  hash: Uint8Array,
  size: number,
  offset: number,
  bytes: Uint8Array,
): Uint8Array {
  const body = new Writer(bytes.length + 64).bytes(hash).varint(size).varint(offset);
  return message(frameType.valueChunk, body.bytes(bytes).done());
}

/** What stands in a frame; empty where it is not one. */
export function messagesIn(frame: Uint8Array): { type: number; body: Uint8Array }[] {
  const messages = decode(frame, (reader) => {
    const read: { type: number; body: Uint8Array }[] = [];
    while (reader.remaining > 0) {
      read.push({ type: reader.u8(), body: reader.varbytes(frame.length).slice() });
    }
    return read;
  });
  return messages instanceof DecodeError ? [] : messages;
}

export function readValueWant(body: Uint8Array): {
  hash: Uint8Array;
  offset: number;
  length: number;
} {
  const reader = new Reader(body);
  return { hash: reader.bytes(32), offset: reader.varint(), length: reader.varint() };
}
