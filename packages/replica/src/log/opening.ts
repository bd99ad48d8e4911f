import { concat } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import type { Crypto } from '../crypto/crypto.ts';
import { certificateMessage } from '../keys.ts';
import { sessionIdOf } from '../session.ts';
import type { Session } from '../session.ts';
import type { RawDelta } from './codec.ts';
import { deltaKind } from './delta.ts';
import type { DeltaDraft } from './delta.ts';
import { readOpening } from './validity.ts';

/** What names a room in its log. */
export interface LogRoom {
  topic: Uint8Array;
  writePublicKey: Uint8Array;
}

/**
 * PROTOCOL.md L1. @returns the author's key, undefined where the delta opens nothing in this room
 */
export async function checkOpening(
  crypto: Crypto,
  room: LogRoom,
  session: SessionId,
  delta: RawDelta,
): Promise<Uint8Array | undefined> {
  const opening = readOpening(delta);
  if (opening === undefined) return undefined;
  const { authorKey, salt, certificate } = opening;
  if (sessionIdOf(room.topic, authorKey, salt) !== session) return undefined;
  const message = certificateMessage(room.topic, authorKey);
  const admitted = await crypto.verify(room.writePublicKey, message, certificate);
  return admitted ? authorKey : undefined;
}

/** Delta 1 of a writer's session. */
export function openingDraft(session: Session, certificate: Uint8Array): DeltaDraft {
  const body = concat(session.key.publicKey, session.salt, certificate);
  return { kind: deltaKind.open, document: '', body, values: [] };
}
