import { fromHex, isSessionId, limits, toHex } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';

/**
 * A dial's name: 8 random bytes as 16 hex digits, as long as the attempt of PROTOCOL.md section 4.
 */
export type Attempt = string;

/**
 * On the channel all tabs hear: `open` names an attempt, `ask` wants it said again (we were not
 * there yet).
 */
export type CallMessage =
  | { kind: 'open'; from: SessionId; to: SessionId; attempt: Attempt }
  | { kind: 'ask'; from: SessionId; to: SessionId };

/**
 * On the channel of one attempt, which only its two ends hear. `locked` names the Web Lock its
 * sender holds.
 */
export type LinkMessage =
  | { kind: 'accept' }
  | { kind: 'data'; bytes: Uint8Array }
  | { kind: 'locked'; lock: string }
  | { kind: 'close' };

/** Between the tabs of a profile, without a link. `to` is absent where all are meant. */
export type PresenceMessage =
  | { kind: 'hello' | 'bye'; from: SessionId }
  | { kind: 'answer'; from: SessionId; to: SessionId }
  | { kind: 'signal'; from: SessionId; to: SessionId; bytes: Uint8Array };

/**
 * A sealed signal: content of at most `limits.signalBytes`, padded to 256 bytes, and under 256
 * bytes of header, IV and tag (PROTOCOL.md section 4), with room to spare.
 */
export const sealedSignalBytes = 32_768;

const lockNameLength = 256;

export function newAttempt(): Attempt {
  return toHex(crypto.getRandomValues(new Uint8Array(8)));
}

/** @returns undefined for anything this version does not send; never throws */
export function parseCall(data: unknown): CallMessage | undefined {
  if (!isFields(data)) return undefined;
  const { kind, from, to, attempt } = data;
  if (!isSessionId(from) || !isSessionId(to)) return undefined;
  if (kind === 'ask') return { kind, from, to };
  if (kind !== 'open' || typeof attempt !== 'string') return undefined;
  if (fromHex(attempt)?.length !== 8) return undefined;
  return { kind, from, to, attempt };
}

/** @returns undefined for anything this version does not send; never throws */
export function parseLinkMessage(data: unknown): LinkMessage | undefined {
  if (!isFields(data)) return undefined;
  const { kind, bytes, lock } = data;
  if (kind === 'accept' || kind === 'close') return { kind };
  if (kind === 'data' && isBytes(bytes, limits.frameBytes)) return { kind, bytes };
  if (kind === 'locked' && typeof lock === 'string' && lock.length <= lockNameLength) {
    return { kind, lock };
  }
  return undefined;
}

/** @returns undefined for anything this version does not send; never throws */
export function parsePresence(data: unknown): PresenceMessage | undefined {
  if (!isFields(data)) return undefined;
  const { kind, from, to, bytes } = data;
  if (!isSessionId(from)) return undefined;
  if (kind === 'hello' || kind === 'bye') return { kind, from };
  if (!isSessionId(to)) return undefined;
  if (kind === 'answer') return { kind, from, to };
  if (kind === 'signal' && isBytes(bytes, sealedSignalBytes)) return { kind, from, to, bytes };
  return undefined;
}

function isFields(data: unknown): data is Record<string, unknown> {
  return typeof data === 'object' && data !== null;
}

function isBytes(value: unknown, limit: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length > 0 && value.length <= limit;
}
