import { diff3Merge } from 'node-diff3';
import { memoryLimits } from './memory-limits.ts';

/** Work that the merges of one entry may still do; when it is used up they are conflicts. */
export interface MergeWork {
  left: number;
}

export function mergeWork(): MergeWork {
  return { left: memoryLimits.mergeWork };
}

/**
 * What two texts that both come from `base` come to; undefined where they changed the same lines to
 * different ones, or where comparing them would take too long.
 */
export function mergeText(
  a: string,
  base: string,
  b: string,
  work: MergeWork = mergeWork(),
): string | undefined {
  const texts = [linesOf(a), linesOf(base), linesOf(b)] as const;
  const start = commonStart(texts);
  const end = commonEnd(texts, start);
  const [ours, origin, theirs] = texts.map((lines) => lines.slice(start, lines.length - end));
  if (ours === undefined || origin === undefined || theirs === undefined) return undefined;
  work.left -= comparisons(ours, origin) + comparisons(theirs, origin);
  if (work.left < 0) return undefined;
  let merged = texts[1].slice(0, start).join('');
  for (const region of diff3Merge(ours, origin, theirs, { excludeFalseConflicts: true })) {
    if (region.ok === undefined) return undefined;
    merged += region.ok.join('');
  }
  return merged + texts[1].slice(texts[1].length - end).join('');
}

type Texts = readonly [readonly string[], readonly string[], readonly string[]];

/** Lines with their ends, so that joining them gives the text back. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function commonStart([a, base, b]: Texts): number {
  const shortest = Math.min(a.length, base.length, b.length);
  let at = 0;
  while (at < shortest && a[at] === base[at] && b[at] === base[at]) at++;
  return at;
}

function commonEnd([a, base, b]: Texts, start: number): number {
  const shortest = Math.min(a.length, base.length, b.length) - start;
  let count = 0;
  while (count < shortest) {
    const line = base[base.length - 1 - count];
    if (a[a.length - 1 - count] !== line || b[b.length - 1 - count] !== line) break;
    count++;
  }
  return count;
}

/**
 * The most steps in which the longest common subsequence of two texts is found: each pair of equal
 * lines may walk the whole subsequence, so a few kinds of lines are dear and distinct ones cheap.
 */
function comparisons(a: readonly string[], b: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const line of b) counts.set(line, (counts.get(line) ?? 0) + 1);
  let pairs = 0;
  for (const line of a) pairs += counts.get(line) ?? 0;
  return pairs * Math.min(a.length, b.length);
}
