import type { Json, Value } from '@grapevine/room';
import { GrapevineError } from '@grapevine/wire';

/** Characters looked at for a first line: values go up to 64 MiB. */
const firstLineWindow = 2_000;
/** Characters of a first line shown in a list row; more never fits. */
const firstLineLength = 160;

/** A value as a person edits it, or undefined where it is bytes. Text as itself, JSON indented. */
export function textOf(value: Value | undefined): string | undefined {
  if (value === undefined || value instanceof Uint8Array) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
}

/** The first line that is not blank, for a list. Markdown heading marks are left out. */
export function firstLine(value: Value | undefined): string {
  if (value === undefined) return '';
  if (value instanceof Uint8Array) return `${formatBytes(value.length)} of binary data`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = /\S.*/u.exec(text.slice(0, firstLineWindow))?.[0] ?? '';
  return line.replace(/^#{1,6}\s+/u, '').slice(0, firstLineLength);
}

/**
 * What the text of an editor means: itself, or JSON where the entry is JSON.
 * Throws `GrapevineError('invalid-json')`.
 */
export function valueOf(text: string, format: 'text' | 'json'): Value {
  if (format === 'text') return text;
  try {
    const parsed: Json = JSON.parse(text);
    return parsed;
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    throw new GrapevineError(
      'invalid-json',
      `This is not JSON: ${reason}.`,
      'Correct it, or choose Text as the format.',
      { cause: error },
    );
  }
}

/** Whether an entry is edited as text or as JSON. */
export function formatOf(value: Value | undefined, mimeType: string): 'text' | 'json' {
  return typeof value === 'string' && mimeType !== 'application/json' ? 'text' : 'json';
}

/**
 * The text an editor starts from. A string in a JSON entry is shown quoted, because that is what it is saved as.
 */
export function editableText(value: Value | undefined, mimeType: string): string | undefined {
  if (typeof value === 'string' && formatOf(value, mimeType) === 'json') {
    return JSON.stringify(value);
  }
  return textOf(value);
}

/** `812 bytes`, `4.2 kB`, `5 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 100) / 10} kB`;
  return `${Math.round(bytes / 100_000) / 10} MB`;
}

/** A key made of the first words of a note, for whoever does not care to name it. */
export function suggestKey(text: string): string {
  const words = firstLine(text)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/gu, '');
  return [...words].slice(0, 48).join('').replace(/-+$/u, '') || 'note';
}
