/**
 * What Yjs uses of `lib0/logging`, which the build puts in its place: that one also brings colours,
 * pictures and a schema library into the first load. The marks for colours are dropped, the words
 * reach the console as they did.
 */
export const BOLD = Symbol('bold');
export const UNBOLD = Symbol('unbold');
export const ORANGE = Symbol('orange');
export const RED = Symbol('red');

export function print(...words: readonly unknown[]): void {
  console.log(...plain(words));
}

export function warn(...words: readonly unknown[]): void {
  console.warn(...plain(words));
}

function plain(words: readonly unknown[]): unknown[] {
  return words.filter((word) => typeof word !== 'symbol');
}
