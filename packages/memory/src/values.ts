import { GrapevineError, fromUtf8, limits, utf8 } from '@grapevine/wire';
import { memoryLimits } from './memory-limits.ts';
import { media, type Media } from './records.ts';
import type { Json, Value } from './types.ts';

const namedTypes: ReadonlyMap<string, Media> = new Map([
  ['application/json', media.json],
  ['text/plain', media.text],
  ['text/markdown', media.markdown],
  ['application/octet-stream', media.bytes],
]);
const typeOf: ReadonlyMap<Media, string> = new Map([...namedTypes].map(([type, of]) => [of, type]));

export const defaultType = {
  text: 'text/plain',
  json: 'application/json',
  bytes: 'application/octet-stream',
} as const;

/** The code of a MIME type, PROTOCOL.md R3; `named` where only the attributes can say it. */
export function mediaOf(mimeType: string): Media {
  return namedTypes.get(mimeType) ?? media.named;
}

/** @param named what the attributes say */
export function mimeTypeOf(code: Media, named: string | undefined): string {
  return typeOf.get(code) ?? named ?? defaultType.bytes;
}

/** The type without its parameters. */
function essence(mimeType: string): string {
  return (mimeType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

export function isJsonType(mimeType: string): boolean {
  const type = essence(mimeType);
  return type === 'application/json' || type.endsWith('+json');
}

export function isTextType(mimeType: string): boolean {
  return essence(mimeType).startsWith('text/');
}

/** What a value's bytes mean: text, JSON, or themselves where they are neither after all. Total. */
export function decodeValue(bytes: Uint8Array, mimeType: string): Value {
  const isJson = isJsonType(mimeType);
  const text = isJson || isTextType(mimeType) ? fromUtf8(bytes) : undefined;
  if (text === undefined) return bytes.slice();
  if (!isJson) return text;
  const json = parseJson(text);
  return json === undefined ? bytes.slice() : json.value;
}

/** In a box, because `null` is JSON too. */
export function parseJson(text: string): { value: Json } | undefined {
  try {
    const value: Json = JSON.parse(text);
    return { value };
  } catch {
    return undefined;
  }
}

/**
 * The bytes and type of a value to be written.
 * @param asked the type the caller names
 * @param before the type the entry has; kept where the value fits it
 * @throws GrapevineError `value-invalid`, `value-too-large`
 */
export function encodeValue(
  value: Value,
  asked: string | undefined,
  before: string | undefined,
): { bytes: Uint8Array; mimeType: string } {
  const encoded = encode(value, asked, before);
  checkSize(encoded.bytes.length);
  return encoded;
}

/** @throws GrapevineError `value-too-large` */
export function checkSize(bytes: number): void {
  if (bytes <= limits.valueBytes) return;
  throw new GrapevineError(
    'value-too-large',
    `The value has ${bytes} bytes; the limit is ${limits.valueBytes}.`,
    'Split it into several entries.',
  );
}

function encode(
  value: Value,
  asked: string | undefined,
  before: string | undefined,
): { bytes: Uint8Array; mimeType: string } {
  if (value instanceof Uint8Array) {
    const kept = before !== undefined && !isTextType(before) && !isJsonType(before);
    return { bytes: value.slice(), mimeType: asked ?? (kept ? before : defaultType.bytes) };
  }
  const keepsText = before !== undefined && isTextType(before);
  if (typeof value === 'string' && !(asked !== undefined && isJsonType(asked))) {
    const mimeType = asked ?? (keepsText ? before : defaultType.text);
    return { bytes: utf8(wellFormed(value)), mimeType };
  }
  const mimeType = asked ?? defaultType.json;
  if (!isJsonType(mimeType)) {
    throw invalid(`A value of type ${mimeType} must be text or bytes, and this is JSON`);
  }
  const problem = jsonProblem(value);
  if (problem !== undefined) throw invalid(problem);
  return { bytes: utf8(JSON.stringify(value)), mimeType };
}

/** Text with half a surrogate pair has no UTF-8: it would come back as another text. */
export function wellFormed(text: string): string {
  if (/\p{Cs}/u.test(text)) throw invalid('The text holds half a surrogate pair');
  return text;
}

function invalid(message: string): GrapevineError {
  return new GrapevineError(
    'value-invalid',
    `${message}.`,
    'Give text, JSON (null, booleans, finite numbers, text, lists, plain objects) or a Uint8Array.',
  );
}

/**
 * Why something is not JSON, or undefined where it is. A cycle is deeper than any limit, so depth
 * alone finds it.
 */
export function jsonProblem(value: unknown, depth = 0): string | undefined {
  if (depth > memoryLimits.jsonDepth) return 'The value is cyclic or nested too deeply';
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return undefined;
  if (typeof value === 'number') {
    return Number.isFinite(value) ? undefined : `${value} is not JSON`;
  }
  if (typeof value !== 'object') return `A value of type ${typeof value} is not JSON`;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = Array.isArray(value) || prototype === null || prototype === Object.prototype;
  if (!isPlain) return 'An instance of a class is not JSON';
  if (Object.getOwnPropertySymbols(value).length > 0) return 'A symbol is not JSON';
  // An iterator also visits the holes of a list, which JSON.stringify would turn into null.
  for (const item of Array.isArray(value) ? value.values() : Object.values(value)) {
    const problem = jsonProblem(item, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/**
 * JSON with sorted object keys: equal texts for equal values. Nesting is bounded by what JSON.parse
 * was given.
 */
export function canonicalJson(value: Json): string {
  return JSON.stringify(value, (_name, item: Json) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
