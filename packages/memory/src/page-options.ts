import { GrapevineError, fromBase64Url, fromUtf8, toBase64Url, utf8 } from '@grapevine/wire';
import { memoryLimits } from './memory-limits.ts';
import { quoted } from './names.ts';

/** @throws GrapevineError `limit-invalid` */
export function pageLimit(limit: number | undefined, normal: number): number {
  const asked = limit ?? normal;
  if (Number.isInteger(asked) && asked >= 1 && asked <= memoryLimits.pageMax) return asked;
  throw new GrapevineError(
    'limit-invalid',
    `A page cannot have ${String(asked)} items.`,
    `Ask for 1 to ${memoryLimits.pageMax} and go on with the cursor.`,
  );
}

/** @throws GrapevineError `option-unknown` */
export function knownOptions(options: object, names: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    throw new GrapevineError(
      'option-unknown',
      `There is no option ${quoted(name)} here.`,
      `Use one of ${names.join(', ')}.`,
    );
  }
}

/** A place in a list, as its kind and the name it stands after. */
export function encodeCursor(kind: string, place: string): string {
  return toBase64Url(utf8(`${kind}:${place}`));
}

/** @throws GrapevineError `cursor-invalid` */
export function decodeCursor(kind: string, cursor: string): string {
  const bytes = typeof cursor === 'string' ? fromBase64Url(cursor) : undefined;
  const text = bytes && fromUtf8(bytes);
  if (!text?.startsWith(`${kind}:`)) throw badCursor();
  return text.slice(kind.length + 1);
}

export function badCursor(): GrapevineError {
  return new GrapevineError(
    'cursor-invalid',
    'The cursor is none that was given out here.',
    'Give back the cursor of a page unchanged, or leave it out to begin anew.',
  );
}
