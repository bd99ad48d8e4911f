/**
 * What travels on `/signal`: JSON text frames, decoded once and totally. Nothing behind this file
 * looks at an unchecked value, and whatever a frame holds beyond the named fields is dropped.
 */

import type { RefusalCode } from './refusal.ts';

/** 32 opaque bytes derived from the room's key, base64url. */
const topicPattern = /^[A-Za-z0-9_-]{43}$/;
/** 16 bytes, lowercase hex. */
const memberPattern = /^[0-9a-f]{32}$/;
/** A sealed message, base64url without padding. */
const dataPattern = /^[A-Za-z0-9_-]+$/;

/** Members named in one answer: enough to find the room, too few to enumerate it. */
export const sampleSize = 8;

export type ClientFrame =
  | { readonly type: 'join'; readonly topic: string; readonly member: string }
  | { readonly type: 'send'; readonly to: string; readonly data: string }
  | { readonly type: 'sample' }
  | { readonly type: 'leave' };

export type ServerFrame =
  | { readonly type: 'welcome'; readonly members: readonly string[] }
  | { readonly type: 'members'; readonly members: readonly string[] }
  | { readonly type: 'message'; readonly from: string; readonly data: string }
  | { readonly type: 'absent'; readonly to: string }
  | { readonly type: 'refused'; readonly code: RefusalCode; readonly message: string };

/** Undefined for everything that is no frame of a client. Never throws. */
export function decodeFrame(text: string): ClientFrame | undefined {
  const value = parseRecord(text);
  switch (value?.['type']) {
    case 'join': {
      const { topic, member } = value;
      if (!matches(topic, topicPattern) || !matches(member, memberPattern)) return undefined;
      return { type: 'join', topic, member };
    }
    case 'send': {
      const { to, data } = value;
      if (!matches(to, memberPattern) || !matches(data, dataPattern)) return undefined;
      return data.length % 4 === 1 ? undefined : { type: 'send', to, data };
    }
    case 'sample':
      return { type: 'sample' };
    case 'leave':
      return { type: 'leave' };
    default:
      return undefined;
  }
}

function matches(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function parseRecord(text: string): Readonly<Record<string, unknown>> | undefined {
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
