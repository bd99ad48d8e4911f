import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { shareFigures } from './room-figures.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a tab shares how many entries and links it has, the more seldom the larger the room', () => {
  const reads = new Map<string, () => number>();
  const now = { entries: 3, links: 1, members: 2 };
  shareFigures({
    aggregate: (name, read) => reads.set(name, read),
    stats: () => now,
    status: () => now,
  });
  expect([...reads.keys()]).toEqual(['entries held', 'links open']);
  const entries = (): number | undefined => reads.get('entries held')?.();
  expect(entries()).toBe(3);
  const later = (ms: number): number | undefined => {
    now.entries++;
    vi.advanceTimersByTime(ms);
    return entries();
  };
  expect([later(4_999), later(1)]).toEqual([3, 5]);
  expect([later(9_999), later(1)]).toEqual([5, 7]);
  // Two members: no longer than ten seconds.
  expect([later(9_999), later(1)]).toEqual([7, 9]);
  now.members = 24;
  expect([later(9_999), later(1)]).toEqual([9, 11]);
  expect([later(19_999), later(1)]).toEqual([11, 13]);
  vi.advanceTimersByTime(40_000);
  expect(entries()).toBe(13);
  expect([later(4_999), later(1)]).toEqual([13, 15]);
});
