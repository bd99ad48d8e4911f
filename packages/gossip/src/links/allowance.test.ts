import { describe, expect, it } from 'vitest';
import { Allowance } from './allowance.ts';

describe('an allowance', () => {
  it('is so much in a span, which begins with what is taken first', () => {
    const allowance = new Allowance(3, 1000);
    expect([500, 500, 1499, 1499].map((at) => allowance.take(at))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect([1500, 1501, 1502, 1503].map((at) => allowance.take(at))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('is passed by the amount that does not fit, and nothing more fits then', () => {
    const allowance = new Allowance(10, 1000);
    expect([10, 1].map((amount) => allowance.take(0, amount))).toEqual([true, false]);
    expect([11, 1].map((amount) => allowance.take(1000, amount))).toEqual([false, false]);
    expect(allowance.take(2000, 10)).toBe(true);
  });
});
