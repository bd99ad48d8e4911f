import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scrollToRow, windowOf } from './windowing.ts';

const size = { viewportHeight: 600, rowHeight: 60, overscan: 4 };

test('of 10,000 rows only those in view and a few beyond are drawn', () => {
  const rows = windowOf({ ...size, scrollTop: 300_000, total: 10_000 });
  expect(rows).toEqual({ first: 4_996, end: 5_014, before: 299_760, after: 299_160 });
});

test('an empty list draws nothing', () => {
  const rows = windowOf({ ...size, scrollTop: 120, total: 0 });
  expect(rows).toEqual({ first: 0, end: 0, before: 0, after: 0 });
});

test('the space before, the rows drawn and the space after always add up to the whole list', () => {
  const input = fc.record({
    scrollTop: fc.integer({ min: -1_000, max: 2_000_000 }),
    viewportHeight: fc.integer({ min: 0, max: 5_000 }),
    rowHeight: fc.integer({ min: 1, max: 200 }),
    total: fc.integer({ min: 0, max: 20_000 }),
    overscan: fc.integer({ min: 0, max: 50 }),
  });
  fc.assert(
    fc.property(input, (given) => {
      const { first, end, before, after } = windowOf(given);
      expect(before + (end - first) * given.rowHeight + after).toBe(given.total * given.rowHeight);
      expect(first).toBeGreaterThanOrEqual(0);
      expect(end).toBeLessThanOrEqual(given.total);
    }),
  );
});

test('every row that is in view is drawn', () => {
  const place = fc.record({
    scrollTop: fc.integer({ min: 0, max: 60 * 500 - 600 }),
    total: fc.constant(500),
  });
  fc.assert(
    fc.property(place, ({ scrollTop, total }) => {
      const { first, end } = windowOf({ ...size, scrollTop, total });
      expect(first * 60).toBeLessThanOrEqual(scrollTop);
      expect(end * 60).toBeGreaterThanOrEqual(scrollTop + 600);
    }),
  );
});

test('a row out of view is scrolled to the nearer edge, one in view moves nothing', () => {
  const at = { scrollTop: 600, viewportHeight: 600, rowHeight: 60 };
  expect(scrollToRow(3, at)).toBe(180);
  expect(scrollToRow(12, at)).toBe(600);
  expect(scrollToRow(30, at)).toBe(1_260);
});
