import type { RoomAggregate } from '@grapevine/room';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { shareFigures } from './room-figures.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const aggregate: RoomAggregate = {
  name: '',
  value: () => ({ count: 0, sum: 0, average: 0, min: 0, max: 0, exact: true }),
  onChange: () => () => undefined,
  stop: () => undefined,
  async *[Symbol.asyncIterator]() {},
};

test('a tab shares how many entries and links it has, the more seldom the larger the room', () => {
  const reads = new Map<string, () => number>();
  const now = { entries: 3, links: 1, members: 2 };
  shareFigures({
    aggregate: (name, read) => {
      reads.set(name, read);
      return aggregate;
    },
    stats: () => now,
    status: () => now,
  });
  expect([...reads.keys()]).toEqual(['entries held', 'links open']);
  const entries = (): number | undefined => reads.get('entries held')?.();
  expect(entries()).toBe(3);
  now.entries = 4;
  vi.advanceTimersByTime(29_999);
  expect(entries()).toBe(3);
  vi.advanceTimersByTime(1);
  expect(entries()).toBe(4);
  now.entries = 5;
  now.members = 24;
  vi.advanceTimersByTime(119_999);
  expect(entries()).toBe(4);
  vi.advanceTimersByTime(1);
  expect(entries()).toBe(5);
});
