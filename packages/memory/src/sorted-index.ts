import type { PathRange } from './names.ts';

/**
 * Additions wait until they are this part of the rest. Source: guess; a read then merges an eighth
 * at most.
 */
const settleShare = 8;

/**
 * Items in the order of their paths. Additions are collected and merged in on the next read: one
 * sort of what is new, one pass over the rest, however many came.
 */
export class SortedIndex<T extends { path: string }> {
  #sorted: T[] = [];
  #added: T[] = [];

  add(item: T): void {
    this.#added.push(item);
  }

  /**
   * Call it after many additions: merges them in once they are a good part of all, so that a read
   * never has much to do and loading in small steps stays linear but for the sorting.
   */
  settle(): void {
    if (this.#added.length * settleShare >= this.#sorted.length) this.items();
  }

  delete(items: ReadonlySet<T>): void {
    if (items.size === 0) return;
    this.#sorted = this.items().filter((item) => !items.has(item));
  }

  /** All items; not to be changed. */
  items(): readonly T[] {
    if (this.#added.length > 0) {
      const added = this.#added.sort(byPath);
      this.#sorted = this.#sorted.length === 0 ? added : mergeSorted(this.#sorted, added);
      this.#added = [];
    }
    return this.#sorted;
  }

  /** @param after leaves out everything up to and including this path */
  *range({ from, to }: PathRange, after?: string): Generator<T> {
    const items = this.items();
    let at = after === undefined ? firstAt(items, from) : firstAfter(items, after);
    for (; at < items.length; at++) {
      const item = items[at] as T;
      if (to !== undefined && item.path >= to) return;
      yield item;
    }
  }
}

/** Paths are unique, so equality need not be told. */
function byPath(a: { path: string }, b: { path: string }): number {
  return a.path < b.path ? -1 : 1;
}

function firstAt<T extends { path: string }>(items: readonly T[], path: string): number {
  return search(items, (item) => item.path >= path);
}

function firstAfter<T extends { path: string }>(items: readonly T[], path: string): number {
  return search(items, (item) => item.path > path);
}

/** The first place where `isPast` holds, given that it holds from some place on. */
function search<T>(items: readonly T[], isPast: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isPast(items[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function mergeSorted<T extends { path: string }>(a: readonly T[], b: readonly T[]): T[] {
  const merged: T[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const [left, right] = [a[i] as T, b[j] as T];
    if (left.path <= right.path) {
      merged.push(left);
      i++;
    } else {
      merged.push(right);
      j++;
    }
  }
  for (; i < a.length; i++) merged.push(a[i] as T);
  for (; j < b.length; j++) merged.push(b[j] as T);
  return merged;
}
