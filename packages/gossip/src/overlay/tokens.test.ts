import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Tokens } from './tokens.ts';

describe('the budget of dials', () => {
  it('O3: starts full, gives one token a span back and never holds more than the most', () => {
    const tokens = new Tokens(3, 2000);
    expect([1, 2, 3, 4].map(() => tokens.take(0, 0))).toEqual([true, true, true, false]);
    expect(tokens.readyAt(0, 0)).toBe(2000);
    expect(tokens.take(1999, 0)).toBe(false);
    expect(tokens.take(2000, 0)).toBe(true);
    expect(tokens.readyAt(2500, 0)).toBe(4000);
    const later = 1_000_000;
    expect([1, 2, 3, 4].map(() => tokens.take(later, 0))).toEqual([true, true, true, false]);
  });

  it('O3: an overdraft goes so far and no further, and has to be earned back', () => {
    const tokens = new Tokens(1, 1000);
    expect([1, 2, 3, 4].map(() => tokens.take(0, 2))).toEqual([true, true, true, false]);
    expect(tokens.readyAt(0, 2)).toBe(1000);
    expect(tokens.readyAt(0, 0)).toBe(3000);
    expect(tokens.readyAt(5000, 0)).toBe(5000);
  });

  it('O3: in no span are more taken than were held and came back', () => {
    const steps = fc.array(fc.tuple(fc.nat({ max: 500 }), fc.nat({ max: 3 })), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (waits) => {
        const tokens = new Tokens(4, 1000);
        let now = 0;
        let taken = 0;
        for (const [waitMs, overdraft] of waits) {
          now += waitMs;
          const readyAt = tokens.readyAt(now, overdraft);
          const took = tokens.take(now, overdraft);
          expect(took).toBe(readyAt <= now);
          if (took) taken++;
          expect(taken).toBeLessThanOrEqual(4 + 3 + now / 1000 + 1e-6);
        }
      }),
    );
  });
});
