import type { Json, Value } from '@grapevine/room';
import { GrapevineError } from '@grapevine/wire';
import { firstLine } from './value-text.ts';

/** A value as a person edits it, or undefined where it is bytes. Text as itself, JSON indented. */
export function textOf(value: Value | undefined): string | undefined {
  if (value === undefined || value instanceof Uint8Array) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
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

/** A key made of the first words of a note, for whoever does not care to name it. */
export function suggestKey(text: string): string {
  const words = firstLine(text)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/gu, '');
  return [...words].slice(0, 48).join('').replace(/-+$/u, '') || 'note';
}
