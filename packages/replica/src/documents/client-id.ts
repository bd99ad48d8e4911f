import { sessionIdToBytes } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';

/** PROTOCOL.md Y1: the first 53 bits of the session id, so every clientID is an exact number. */
export function clientIdOf(session: SessionId): number {
  let high = 0;
  const bytes = sessionIdToBytes(session);
  for (const byte of bytes.subarray(0, 6)) high = high * 256 + byte;
  return high * 32 + ((bytes[6] ?? 0) >> 3);
}
