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
  // Two members, five seconds for each.
  expect([later(9_999), later(1)]).toEqual([5, 7]);
  now.members = 24;
  expect([later(9_999), later(1)]).toEqual([7, 9]);
  expect([later(119_999), later(1)]).toEqual([9, 11]);
  now.entries = 11;
  vi.advanceTimersByTime(120_000);
  expect(entries()).toBe(11);
  // It has not changed at the last look.
  expect([later(4_999), later(1)]).toEqual([11, 13]);
});
