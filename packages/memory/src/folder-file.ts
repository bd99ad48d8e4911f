import { concat, fromBase64Url, fromUtf8, toBase64Url, utf8 } from '@grapevine/wire';
import { isFields, readAttributes, type Attributes } from './attributes.ts';
import { nameOfFile } from './file-names.ts';
import type { FolderFile, Json } from './types.ts';
import { defaultType, parseJson } from './values.ts';

/** A file as an entry. */
export interface FileEntry {
  namespace: string;
  key: string;
  mimeType: string;
  bytes: Uint8Array;
  /** Undefined for a plain file: it speaks about the value alone. */
  attributes: Attributes | undefined;
  /** False where the export had no value to write. */
  available: boolean;
}

/**
 * Our own front matter is one line of JSON between two lines of dashes, so that it is YAML too and
 * no other front matter is mistaken for it.
 */
const opening = '---\ngrapevine: ';
const closing = '\n---\n';
const openingBytes = utf8(opening);
const closingBytes = utf8(closing);
const newline = 0x0a;

/**
 * What a file means, without regard to whether its names are allowed. `path` has passed
 * `pathProblem`.
 */
export function readFolderFile({ path, bytes }: FolderFile): FileEntry {
  const segments = path.split('/').map(nameOfFile);
  const name = segments.pop() ?? '';
  const namespace = segments.join('/');
  if (name.endsWith('.md') && name.length > 3) {
    const marked = readMarked(bytes, namespace, name.slice(0, -3));
    if (marked) return marked;
  }
  return { namespace, bytes, attributes: undefined, available: true, ...typeOfFile(name, bytes) };
}

function typeOfFile(name: string, bytes: Uint8Array): { key: string; mimeType: string } {
  const ending = /\.(md|txt|json)$/u.exec(name)?.[1];
  const text =
    ending === undefined || name.length === ending.length + 1 ? undefined : fromUtf8(bytes);
  if (text === undefined) return { key: name, mimeType: defaultType.bytes };
  if (ending === 'md') return { key: name.slice(0, -3), mimeType: 'text/markdown' };
  if (ending === 'txt') return { key: name, mimeType: defaultType.text };
  const isJson = parseJson(text) !== undefined;
  return { key: name, mimeType: isJson ? defaultType.json : defaultType.bytes };
}

/** A file that says by itself what its path and ending cannot. Its ending is `.md`. */
export function markedFile(entry: FileEntry): Uint8Array {
  const { namespace, key, mimeType, bytes, attributes, available } = entry;
  const text = fromUtf8(bytes);
  const fields = {
    ...{ namespace, key, mime_type: mimeType },
    ...attributes,
    ...(text === undefined && { encoding: 'base64url' }),
    ...(!available && { available: false }),
  };
  const body = text === undefined ? utf8(toBase64Url(bytes)) : bytes;
  return concat(utf8(`${opening}${JSON.stringify(fields)}${closing}`), body);
}

/** @returns undefined where the file is not marked as ours, or not as we mark it */
function readMarked(bytes: Uint8Array, namespace: string, key: string): FileEntry | undefined {
  if (!startsWith(bytes, openingBytes)) return undefined;
  const end = bytes.indexOf(newline, openingBytes.length);
  if (end < 0 || !startsWith(bytes.subarray(end), closingBytes)) return undefined;
  const line = fromUtf8(bytes.subarray(openingBytes.length, end));
  const fields = line === undefined ? undefined : parseJson(line)?.value;
  if (!isFields(fields)) return undefined;
  const { mime_type, encoding, available } = fields;
  const body = bytes.subarray(end + closingBytes.length);
  const value = encoding === 'base64url' ? fromBase64Url(fromUtf8(body) ?? '?') : body;
  if (value === undefined) return undefined;
  return {
    namespace: textOr(fields['namespace'], namespace),
    key: textOr(fields['key'], key),
    mimeType: textOr(mime_type, 'text/markdown'),
    bytes: value,
    attributes: readAttributes(fields),
    available: available !== false,
  };
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}

function textOr(value: Json | undefined, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
