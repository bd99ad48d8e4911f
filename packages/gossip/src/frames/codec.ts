import { DecodeError, limits } from '@grapevine/wire';
import type { Reader, SessionId, Writer } from '@grapevine/wire';
import type { InNames, OutNames } from './dictionary.ts';
import type { Message, MessageOf } from './message.ts';

/** How the body of one type of message is written and read. */
export interface Codec<T extends Message['type']> {
  code: number;
  write(w: Writer, message: MessageOf<T>, names: OutNames): void;
  /** Throws `DecodeError`. Byte arrays are views into what is read. */
  read(r: Reader, names: InNames): MessageOf<T>;
}

export type Codecs<T extends Message['type']> = { readonly [K in T]: Codec<K> };

/** Digests and hashes travel as their first 8 bytes. */
export const shortHashBytes = 8;
export const signatureBytes = 64;

export function readName(r: Reader, names: InNames): SessionId {
  return names.sessionOf(r.varint(limits.linkNames));
}

export function writeName(w: Writer, session: SessionId, names: OutNames): void {
  w.varint(names.numberOf(session));
}

export function writeSessions(w: Writer, sessions: readonly SessionId[]): void {
  for (const session of sessions) w.hex(session);
}

/** The rest of the message as a list. */
export function list<T>(r: Reader, item: () => T, limit = Infinity): T[] {
  const items: T[] = [];
  while (r.remaining > 0) {
    if (items.length >= limit) throw new DecodeError('over a limit');
    items.push(item());
  }
  return items;
}

export function atMost(bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes.length > limit) throw new DecodeError('over a limit');
  return bytes;
}

export function readFloat64(r: Reader): number {
  const bytes = r.bytes(8);
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
}

export function writeFloat64(w: Writer, value: number): void {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  w.bytes(bytes);
}

export function readFloats32(r: Reader, count: number): Float32Array {
  const bytes = r.bytes(count * 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const values = new Float32Array(count);
  for (let index = 0; index < count; index++) values[index] = view.getFloat32(index * 4, true);
  return values;
}

export function writeFloats32(w: Writer, values: Float32Array): void {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < values.length; index++) {
    view.setFloat32(index * 4, values[index] ?? 0, true);
  }
  w.bytes(bytes);
}
