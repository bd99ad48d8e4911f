import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from '@grapevine/wire';
import { isFields, readAttributes, readOrigin, type Attributes } from './attributes.ts';
import type { Entry, Json, Origin } from './types.ts';
import { defaultType, isJsonType, isTextType, parseJson } from './values.ts';

/** A value of an entry, or the fact that it was deleted. */
export interface LineValue {
  deleted: boolean;
  mimeType: string;
  /** Undefined where it was deleted or not here. */
  bytes: Uint8Array | undefined;
  attributes: Attributes;
  origin: Origin | undefined;
}

/** One line of an export: an entry, and what else stands where writers disagreed. */
export interface Line extends LineValue {
  namespace: string;
  key: string;
  candidates: LineValue[];
}

type Fields = { [key: string]: Json };

export const headerLine = '{"grapevine":"export","version":1}\n';

/** What the header of a file says: ours, one of a later version, or none. */
export function readHeader(text: string): 'ours' | 'newer' | 'none' {
  const fields = parseJson(text)?.value;
  if (!isFields(fields) || fields['grapevine'] !== 'export') return 'none';
  return fields['version'] === 1 ? 'ours' : 'newer';
}

/** One line, with its end. The exact bytes of the value come back from it. */
export function writeLine(line: Line): string {
  const { namespace, key, candidates } = line;
  const fields = {
    ...{ namespace, key },
    ...valueFields(line),
    ...(candidates.length > 0 && { conflict: true, candidates: candidates.map(valueFields) }),
  };
  return `${JSON.stringify(fields)}\n`;
}

/** @returns what is wrong with the line where it is none of ours */
export function readLine(text: string): Line | string {
  const fields = parseJson(text)?.value;
  if (fields === undefined) return 'The line is not JSON.';
  if (!isFields(fields)) return 'The line is not an object.';
  const { namespace, key, candidates } = fields;
  if (typeof namespace !== 'string' || typeof key !== 'string') {
    return 'The line has no namespace and key.';
  }
  const value = readValueFields(fields);
  if (typeof value === 'string') return value;
  const others = Array.isArray(candidates) ? candidates : [];
  const read: LineValue[] = [];
  for (const candidate of others) {
    const other = isFields(candidate) ? readValueFields(candidate) : 'A candidate is no object.';
    if (typeof other === 'string') return other;
    read.push(other);
  }
  return { namespace, key, ...value, candidates: read };
}

/**
 * Who wrote a value where and when, as its export says: what an import said before, else what this
 * room knows.
 */
export function originOf(entry: Entry): Origin {
  if (entry.origin) return entry.origin;
  const { updated_by, created_at, updated_at } = entry;
  return { author: { ...updated_by }, created_at, updated_at };
}

function valueFields({ deleted, mimeType, bytes, attributes, origin }: LineValue): Fields {
  const { origin: _origin, mime_type: _type, ...rest } = attributes;
  const described = { ...rest, ...(origin && { ...origin, author: { ...origin.author } }) };
  if (deleted) return { deleted: true, ...described };
  const value = bytes === undefined ? { available: false } : encodedBytes(bytes, mimeType);
  return { mime_type: mimeType, ...value, ...described };
}

/** JSON as itself where that gives its bytes back, text as text, anything else as base64url. */
function encodedBytes(bytes: Uint8Array, mimeType: string): Fields {
  const isText = isTextType(mimeType) || isJsonType(mimeType);
  const text = isText ? fromUtf8(bytes) : undefined;
  if (text === undefined) return { base64url: toBase64Url(bytes) };
  const parsed = isJsonType(mimeType) ? parseJson(text) : undefined;
  const isCompact = parsed !== undefined && JSON.stringify(parsed.value) === text;
  return isCompact ? { value: parsed.value } : { text };
}

function readValueFields(fields: Fields): LineValue | string {
  const attributes = readAttributes(fields);
  const origin = readOrigin(fields);
  const common = { attributes, origin };
  if (fields['deleted'] === true) {
    return { deleted: true, mimeType: defaultType.bytes, bytes: undefined, ...common };
  }
  const { text, base64url, value, mime_type } = fields;
  const bytes = readBytes(text, base64url, value);
  if (bytes === undefined && fields['available'] !== false) return 'The line has no value.';
  const fallback = text === undefined ? defaultType.json : defaultType.text;
  const mimeType = typeof mime_type === 'string' && mime_type !== '' ? mime_type : fallback;
  return { deleted: false, mimeType, bytes, ...common };
}

function readBytes(
  text: Json | undefined,
  base64url: Json | undefined,
  value: Json | undefined,
): Uint8Array | undefined {
  if (typeof text === 'string') return utf8(text);
  if (typeof base64url === 'string') return fromBase64Url(base64url);
  return value === undefined ? undefined : utf8(JSON.stringify(value));
}
