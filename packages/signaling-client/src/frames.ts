import { fromBase64Url, isSessionId, toBase64Url } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';

/** UTF-8 bytes of one frame the server takes by default (signaling/README.md); ours are ASCII. */
export const frameCharacters = 32_768;
/** Twice what a server passes on by default; anything longer is not read. */
const inboundCharacters = 65_536;
/** Members looked at in one frame: eight times what a server names (signaling/README.md). */
const membersMax = 64;

/** What a server says, decoded. */
export type ServerFrame =
  | { type: 'welcome' | 'members'; members: SessionId[] }
  | { type: 'message'; from: SessionId; data: Uint8Array }
  | { type: 'absent'; to: SessionId }
  | { type: 'refused'; code: string; message: string };

export function joinFrame(topic: string, member: SessionId): string {
  return JSON.stringify({ type: 'join', topic, member });
}

export function sendFrame(to: SessionId, data: Uint8Array): string {
  return JSON.stringify({ type: 'send', to, data: toBase64Url(data) });
}

export const sampleFrame = JSON.stringify({ type: 'sample' });
export const leaveFrame = JSON.stringify({ type: 'leave' });

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Total: anything a socket can hand over gives a frame or undefined. What a frame holds beyond the named fields is dropped. */
export function decodeServerFrame(data: unknown): ServerFrame | undefined {
  if (typeof data !== 'string' || data.length > inboundCharacters) return undefined;
  const frame = parse(data);
  switch (frame?.['type']) {
    case 'welcome':
    case 'members':
      return membersFrame(frame['type'], frame['members']);
    case 'message':
      return messageFrame(frame['from'], frame['data']);
    case 'absent': {
      const to = frame['to'];
      return isSessionId(to) ? { type: 'absent', to } : undefined;
    }
    case 'refused': {
      const { code, message } = frame;
      if (typeof code !== 'string' || typeof message !== 'string') return undefined;
      return { type: 'refused', code: code.slice(0, 64), message: message.slice(0, 256) };
    }
    default:
      return undefined;
  }
}

function membersFrame(type: 'welcome' | 'members', members: unknown): ServerFrame | undefined {
  if (!Array.isArray(members) || members.length > membersMax) return undefined;
  const named: unknown[] = members;
  if (!named.every(isSessionId)) return undefined;
  return { type, members: [...new Set(named)] };
}

function messageFrame(from: unknown, data: unknown): ServerFrame | undefined {
  if (!isSessionId(from) || typeof data !== 'string') return undefined;
  const bytes = fromBase64Url(data);
  return bytes === undefined || bytes.length === 0
    ? undefined
    : { type: 'message', from, data: bytes };
}
