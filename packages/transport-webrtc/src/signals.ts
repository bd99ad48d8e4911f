import { fromUtf8, limits, utf8 } from '@grapevine/wire';
import { fingerprintOf } from './fingerprint.ts';

export interface Description {
  type: 'offer' | 'answer';
  sdp: string;
}

export interface Candidate {
  candidate: { candidate: string; sdpMid: string | null; sdpMLineIndex: number | null };
}

/** A simple-peer signal as it travels (PROTOCOL.md S1). */
export type Signal = Description | Candidate;

/**
 * Characters. Chromium's and Firefox' offer of one data channel has about 600, a candidate line
 * about 120. As JSON, where a line end takes two bytes, none of them alone comes near
 * `limits.signalBytes`.
 */
const sdpLength = 8_192;
const candidateLength = 1_024;
const midLength = 64;
/**
 * SDP is printable ASCII and line ends (RFC 8866 allows more in free text, which no data channel
 * carries).
 */
const sdpText = /^[\x20-\x7e\r\n]+$/;
const lineText = /^[\x20-\x7e]+$/;

export function isDescription(signal: Signal): signal is Description {
  return 'sdp' in signal;
}

/**
 * Rebuilds one signal from the fields known here.
 * @returns undefined for anything else, simple-peer's `renegotiate` and `transceiverRequest` among
 *   it
 */
export function rebuildSignal(value: unknown): Signal | undefined {
  if (!isFields(value)) return undefined;
  const { type, sdp, candidate } = value;
  if (type === 'offer' || type === 'answer') {
    return typeof sdp === 'string' && isDataOnly(sdp) ? { type, sdp } : undefined;
  }
  if (!isFields(candidate)) return undefined;
  const { candidate: line, sdpMid, sdpMLineIndex } = candidate;
  if (!isLine(line, candidateLength) || !/^(a=)?candidate:/.test(line)) return undefined;
  const mid = isLine(sdpMid, midLength) ? sdpMid : null;
  const index =
    typeof sdpMLineIndex === 'number' && isLineIndex(sdpMLineIndex) ? sdpMLineIndex : null;
  if (mid === null && index === null) return undefined;
  return { candidate: { candidate: line, sdpMid: mid, sdpMLineIndex: index } };
}

/**
 * @returns undefined unless all of `bytes` is a JSON array of signals within the limit; never
 * throws
 */
export function decodeSignals(bytes: Uint8Array): Signal[] | undefined {
  if (bytes.length > limits.signalBytes) return undefined;
  const values = parseJson(fromUtf8(bytes));
  if (!Array.isArray(values) || values.length === 0) return undefined;
  const signals: Signal[] = [];
  for (const value of values) {
    const signal = rebuildSignal(value);
    if (signal === undefined) return undefined;
    signals.push(signal);
  }
  return signals;
}

/** As few messages as the limit allows, in order. What `rebuildSignal` made fits each by itself. */
export function encodeSignals(signals: readonly Signal[]): Uint8Array[] {
  const messages: Uint8Array[] = [];
  let items: string[] = [];
  let length = 2;
  const flush = (): void => {
    if (items.length > 0) messages.push(utf8(`[${items.join(',')}]`));
    items = [];
    length = 2;
  };
  for (const signal of signals) {
    const text = JSON.stringify(signal);
    const bytes = utf8(text).length + 1;
    if (length + bytes > limits.signalBytes) flush();
    items.push(text);
    length += bytes;
  }
  flush();
  return messages;
}

/** One data channel section and nothing else, behind one SHA-256 fingerprint. */
function isDataOnly(sdp: string): boolean {
  const media = sdp.match(/^m=.*/gm) ?? [];
  return (
    sdp.length <= sdpLength &&
    sdpText.test(sdp) &&
    sdp.startsWith('v=0') &&
    media.length === 1 &&
    media[0]?.startsWith('m=application ') === true &&
    fingerprintOf(sdp) !== undefined
  );
}

function isLine(value: unknown, length: number): value is string {
  return typeof value === 'string' && value.length <= length && lineText.test(value);
}

function isLineIndex(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 255;
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
