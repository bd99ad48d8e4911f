import type { Value } from '@grapevine/room';

/** Characters looked at for a first line: values go up to 64 MiB. */
const firstLineWindow = 2_000;
/** Characters of a first line shown in a list row; more never fits. */
const firstLineLength = 160;

/** The first line that is not blank, for a list. Markdown heading marks are left out. */
export function firstLine(value: Value | undefined): string {
  if (value === undefined) return '';
  if (value instanceof Uint8Array) return `${formatBytes(value.length)} of binary data`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = /\S.*/u.exec(text.slice(0, firstLineWindow))?.[0] ?? '';
  return line.replace(/^#{1,6}\s+/u, '').slice(0, firstLineLength);
}

/** `812 bytes`, `4.2 kB`, `5 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 100) / 10} kB`;
  return `${Math.round(bytes / 100_000) / 10} MB`;
}
