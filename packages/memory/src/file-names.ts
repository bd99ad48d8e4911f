import { fromUtf8, utf8 } from '@grapevine/wire';
import { memoryLimits } from './memory-limits.ts';
import { utf8Length } from './names.ts';

/** What Windows refuses in a name; slashes separate names everywhere. */
const unsafe = /[<>:"/\\|?*]/gu;
const escapeLike = /%(?=[0-9A-F]{2})/gu;
/**
 * Device names of Windows, with any ending; and what would set an object's prototype in a careless
 * reader.
 */
const reserved = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|__proto__)(\.|$)/iu;

function escapeCharacter(character: string): string {
  let text = '';
  for (const byte of utf8(character)) {
    text += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}

function escapeUnsafe(name: string): string {
  let safe = name.replace(unsafe, escapeCharacter);
  if (reserved.test(safe)) safe = escapeCharacter(safe.slice(0, 1)) + safe.slice(1);
  // Windows drops dots and spaces at the end; `.` and `..` are places, not names.
  if (/[. ]$/u.test(safe)) safe = safe.slice(0, -1) + escapeCharacter(safe.slice(-1));
  return safe;
}

function escapeAll(name: string): string {
  return escapeUnsafe(name.replace(escapeLike, '%25'));
}

/**
 * The name that a file name stands for. A name `fileNameOf` would not have escaped like that stands
 * for itself.
 */
export function nameOfFile(fileName: string): string {
  if (!fileName.includes('%')) return fileName;
  const name = unescape(fileName);
  return name !== undefined && escapeAll(name) === fileName ? name : fileName;
}

function unescape(fileName: string): string | undefined {
  const bytes: number[] = [];
  for (let i = 0; i < fileName.length; i++) {
    const hex = /^%([0-9A-F]{2})/u.exec(fileName.slice(i, i + 3))?.[1];
    if (hex !== undefined) {
      bytes.push(Number.parseInt(hex, 16));
      i += 2;
    } else {
      const character = String.fromCodePoint(fileName.codePointAt(i) ?? 0);
      bytes.push(...utf8(character));
      i += character.length - 1;
    }
  }
  return fromUtf8(Uint8Array.from(bytes));
}

/**
 * A file name that is allowed on every common file system and that `nameOfFile` turns back;
 * undefined where it would be too long.
 */
export function fileNameOf(name: string): string | undefined {
  const plain = escapeUnsafe(name);
  const fileName = nameOfFile(plain) === name ? plain : escapeAll(name);
  return utf8Length(fileName) <= memoryLimits.fileNameBytes ? fileName : undefined;
}

/** What file systems that ignore case and normal form take for the same name. */
export function foldedName(fileName: string): string {
  return fileName.normalize('NFC').toLowerCase();
}

/** Why a path from outside is refused, or undefined. */
export function pathProblem(path: string): string | undefined {
  if (path === '') return 'The path is empty.';
  if (/\p{Cc}/u.test(path)) return 'The path holds a control character.';
  if (path.startsWith('/') || path.startsWith('\\') || /^[a-z]:/iu.test(path)) {
    return 'The path is absolute.';
  }
  if (path.includes('\\')) return 'The path holds a backslash.';
  const segments = path.split('/');
  if (segments.some((segment) => segment === '.' || segment === '..')) {
    return 'The path leads out of its folder.';
  }
  return segments.includes('') ? 'The path has an empty part.' : undefined;
}
