import { sha256 } from '@grapevine/replica';
import { GrapevineError, Writer, label, limits, toHex } from '@grapevine/wire';

/** A namespace is a `/` path or the list of its segments. */
export type NamespaceInput = string | readonly string[];

/** General category Cc is frozen in Unicode, so this is the same set for ever. Cs has no UTF-8. */
const forbidden = /[\p{Cc}\p{Cs}]/u;
const entryLabel = label('grapevine/1 entry');

/** Bytes of a well-formed text as UTF-8, without encoding it. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit >= 0xd800 && unit < 0xdc00) {
      bytes += 2;
      i++;
    } else bytes += unit < 0x800 ? 1 : 2;
  }
  return bytes;
}

/** Why PROTOCOL.md R2 refuses a namespace, or undefined. */
export function namespaceProblem(namespace: string): string | undefined {
  if (namespace === '') return undefined;
  if (forbidden.test(namespace)) return 'contains a control character';
  if (utf8Length(namespace) > limits.namespaceBytes) {
    return `is longer than ${limits.namespaceBytes} bytes`;
  }
  const segments = namespace.split('/');
  if (segments.length > limits.namespaceSegments) {
    return `has more than ${limits.namespaceSegments} segments`;
  }
  for (const segment of segments) {
    if (segment === '') return 'has an empty segment';
    if (utf8Length(segment) > limits.segmentBytes) {
      return `has a segment longer than ${limits.segmentBytes} bytes`;
    }
  }
  return undefined;
}

/** Why PROTOCOL.md R2 refuses a key, or undefined. */
export function keyProblem(key: string): string | undefined {
  if (key === '') return 'is empty';
  if (forbidden.test(key)) return 'contains a control character';
  if (utf8Length(key) > limits.keyBytes) return `is longer than ${limits.keyBytes} bytes`;
  return undefined;
}

/** @throws GrapevineError `namespace-invalid` */
export function toNamespace(input: NamespaceInput): string {
  let problem: string | undefined;
  let namespace = '';
  if (typeof input === 'string') namespace = input;
  else if (Array.isArray(input) && input.every((part) => typeof part === 'string')) {
    namespace = input.join('/');
    if (input.some((part) => part === '')) problem = 'has an empty segment';
    if (input.some((part) => part.includes('/'))) problem = 'has a segment with a slash in it';
  } else problem = 'is neither a path nor a list of segments';
  problem ??= namespaceProblem(namespace);
  if (problem === undefined) return namespace;
  throw new GrapevineError(
    'namespace-invalid',
    `The namespace ${quoted(namespace)} ${problem}.`,
    'Use segments of 1 to 128 bytes joined by "/", at most 16 of them.',
  );
}

/** @throws GrapevineError `key-invalid` */
export function toKey(input: string): string {
  const problem = typeof input === 'string' ? keyProblem(input) : 'is not text';
  if (problem === undefined) return input;
  throw new GrapevineError(
    'key-invalid',
    `The key ${quoted(String(input))} ${problem}.`,
    'Use 1 to 512 bytes of text without control characters.',
  );
}

/** A name in an error message: short, and without what could garble a terminal. */
export function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return JSON.stringify(short);
}

/**
 * One string for (namespace, key) whose order keeps every namespace and what is below it together:
 * names hold no control characters, so U+0000 ends a namespace and U+0001 stands for its slashes.
 */
export function entryPath(namespace: string, key: string): string {
  return `${namespace.replaceAll('/', '\u0001')}\u0000${key}`;
}

/** The paths from `from` to before `to` (or the end). */
export interface PathRange {
  from: string;
  to: string | undefined;
}

/** The paths of a namespace; `exact` leaves out those below it. */
export function pathRange(namespace: string, exact: boolean): PathRange {
  const stem = namespace.replaceAll('/', '\u0001');
  if (exact) return { from: `${stem}\u0000`, to: `${stem}\u0001` };
  if (namespace === '') return { from: '', to: undefined };
  return { from: `${stem}\u0000`, to: `${stem}\u0002` };
}

/** Whether `namespace` is `prefix` or below it. */
export function isBelow(namespace: string, prefix: string): boolean {
  return prefix === '' || namespace === prefix || namespace.startsWith(`${prefix}/`);
}

/** What is in it or below it is the room's own, such as its settings (PROTOCOL.md C1). */
const ownNamespace = '.room';

/** Whether `namespace` is the room's own and not what was asked for: nobody's notes. */
export function isHidden(namespace: string, asked = ''): boolean {
  return isBelow(namespace, ownNamespace) && !isBelow(asked, ownNamespace);
}

/** PROTOCOL.md R5, as 32 lowercase hex digits. */
export function entryId(namespace: string, key: string): string {
  const input = new Writer(128).bytes(entryLabel).varstring(namespace).varstring(key).done();
  return toHex(sha256(input).subarray(0, 16));
}
