import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEpoch, isLaterEpoch, nextEpoch } from './epoch.ts';

const last = 2 ** 40 - 1;
const half = 2 ** 39;

describe('epochs', () => {
  it('B2: the next is later, also after the last, and never 0', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: 0, max: last }), fc.constant(last)), (epoch) => {
        const next = nextEpoch(epoch);
        expect(isEpoch(next)).toBe(true);
        expect(isLaterEpoch(next, epoch)).toBe(true);
        expect(isLaterEpoch(epoch, next)).toBe(false);
      }),
    );
    expect(nextEpoch(last)).toBe(1);
    expect(isEpoch(last + 1)).toBe(false);
  });

  it('B2: later is what is less than half the way round ahead, and 0 is the oldest of all', () => {
    expect([1, half - 1, half, last].map((ahead) => isLaterEpoch(7 + ahead, 7))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(isLaterEpoch(5, last - 5)).toBe(true);
    expect(isLaterEpoch(last, 0)).toBe(true);
    expect(isLaterEpoch(0, last)).toBe(false);
    expect(isLaterEpoch(0, 0)).toBe(false);
  });
});
