import {
  DecodeError,
  GrapevineError,
  Writer,
  decode,
  fromBase64Url,
  sessionIdBytes,
  sessionIdFrom,
  sessionIdToBytes,
  toBase64Url,
  type SessionId,
} from '@grapevine/wire';
import type { AppliedDelta, View } from './view.ts';

/** Highest seq seen of each session. */
export type Vector = Map<SessionId, number>;

const cursorForm = 1;

/**
 * base64url of `u8 1 ‖ {session(16) ‖ varint seq}*`, sessions ascending: one vector has one
 * spelling.
 */
export function encodeVector(vector: Vector): string {
  const writer = new Writer().u8(cursorForm);
  for (const session of [...vector.keys()].sort()) {
    writer.bytes(sessionIdToBytes(session)).varint(vector.get(session) ?? 0);
  }
  return toBase64Url(writer.done());
}

/** @throws GrapevineError `cursor-invalid` */
export function decodeVector(cursor: string): Vector {
  const bytes = typeof cursor === 'string' ? fromBase64Url(cursor) : undefined;
  const vector =
    bytes &&
    decode(bytes, (reader) => {
      if (reader.u8() !== cursorForm) throw new DecodeError('another form');
      const read: Vector = new Map();
      while (reader.remaining > 0) {
        read.set(sessionIdFrom(reader.bytes(sessionIdBytes)), reader.varint());
      }
      return read;
    });
  if (vector === undefined || vector instanceof DecodeError) throw badCursor();
  return vector;
}

export function badCursor(): GrapevineError {
  return new GrapevineError(
    'cursor-invalid',
    'The cursor is none that was given out here.',
    'Give back the cursor of a page unchanged, or leave it out to begin anew.',
  );
}

/**
 * Deltas of records beyond a vector, in (hlc, session) order, whose hlc rises within each session.
 */
export function deltasSince(view: View, since: Vector): AppliedDelta[] {
  const found: AppliedDelta[] = [];
  for (const [session, deltas] of view.deltas()) {
    const seen = since.get(session) ?? 0;
    let at = deltas.length;
    while (at > 0 && (deltas[at - 1]?.seq ?? 0) > seen) at--;
    for (; at < deltas.length; at++) found.push(deltas[at] as AppliedDelta);
  }
  return found.sort((a, b) => a.hlc - b.hlc || (a.session < b.session ? -1 : 1));
}
