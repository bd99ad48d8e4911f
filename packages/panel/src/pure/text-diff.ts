/** One replacement: at `index`, `remove` UTF-16 units go and `insert` comes. */
export interface TextChange {
  index: number;
  remove: number;
  insert: string;
}

/** A Quill delta, as Yjs reports changes of a text. Positions are UTF-16 units. */
export type Delta = readonly {
  retain?: number | undefined;
  delete?: number | undefined;
  insert?: unknown;
}[];

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

function commonTail(a: string, b: string, from: number, most: number): number {
  let tail = from;
  while (tail < most && a.charCodeAt(a.length - 1 - tail) === b.charCodeAt(b.length - 1 - tail)) {
    tail += 1;
  }
  return tail;
}

/**
 * The smallest single replacement that turns `before` into `after`, or undefined where they are equal. Of several equally small
 * ones (an "a" typed among "a"s) the one that ends at the caret. A surrogate pair is replaced whole: half of one is no
 * character, Yjs would send it as another one than it keeps, so a lone half is inserted as U+FFFD.
 *
 * @param caret where the caret stands in `after`
 */
export function diffText(before: string, after: string, caret: number): TextChange | undefined {
  if (before === after) return undefined;
  const shorter = Math.min(before.length, after.length);
  const behindCaret = after.length - Math.min(Math.max(0, caret), after.length);
  let tail = commonTail(before, after, 0, Math.min(shorter, behindCaret));
  let head = 0;
  while (head < shorter - tail && before.charCodeAt(head) === after.charCodeAt(head)) head += 1;
  tail = commonTail(before, after, tail, shorter - head);
  if (head > 0 && isHigh(before.charCodeAt(head - 1))) head -= 1;
  if (tail > 0 && isLow(before.charCodeAt(before.length - tail))) tail -= 1;
  return {
    index: head,
    remove: before.length - tail - head,
    insert: after.slice(head, after.length - tail).replace(/\p{Cs}/gu, '\uFFFD'),
  };
}

/** Where a position of the old text stands in the new one. What is inserted exactly at it goes to the given side of it. */
export function mapPosition(
  delta: Delta,
  position: number,
  insertsGo: 'behind' | 'before' = 'behind',
): number {
  let cursor = 0;
  let mapped = position;
  for (const operation of delta) {
    if (operation.retain !== undefined) {
      cursor += operation.retain;
    } else if (operation.delete !== undefined) {
      if (cursor < mapped) mapped -= Math.min(operation.delete, mapped - cursor);
    } else {
      const length = typeof operation.insert === 'string' ? operation.insert.length : 1;
      if (cursor < mapped || (cursor === mapped && insertsGo === 'before')) mapped += length;
      cursor += length;
    }
  }
  return mapped;
}

/** 1-based number of the line a position is on. */
export function lineOf(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < position; at = text.indexOf('\n', at + 1)) {
    line += 1;
  }
  return line;
}
