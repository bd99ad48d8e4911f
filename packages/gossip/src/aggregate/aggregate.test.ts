import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../testing/schedule.ts';
import { exactAggregate } from './exact.ts';
import { counted, countOf, drawn, estimated, largestCount, merge, none } from './minima.ts';
import type { Minima } from './minima.ts';
import { exactSum } from './sum.ts';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 });
const values = fc.array(finite, { minLength: 1, maxLength: 40 });
const part = fc.tuple(fc.nat(1000), fc.double({ noNaN: true, min: -1e6, max: 1e6 }));
const of = ([seed, value]: readonly [number, number]) => drawn(seededRandom(seed), value);

function merged(...parts: readonly Minima[]): Minima {
  const all = none();
  for (const each of parts) merge(all, each);
  return all;
}

describe('exact aggregates', () => {
  it('A2: are what adding up by hand comes to', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 40 }), (all) => {
        const sum = all.reduce((a, b) => a + b, 0);
        const ends = { min: Math.min(...all), max: Math.max(...all) };
        const count = all.length;
        const average = sum / count;
        expect(exactAggregate(all)).toEqual({ count, sum, average, ...ends, exact: true });
      }),
    );
  });

  it('A2: over nobody there is a count of 0 and nothing else', () => {
    const nothing = { sum: undefined, average: undefined, min: undefined, max: undefined };
    expect(exactAggregate([])).toEqual({ count: 0, ...nothing, exact: true });
    expect(estimated(none())).toEqual({ count: 0, ...nothing, exact: false });
  });

  it('A2: a sum does not depend on the order and is correctly rounded', () => {
    fc.assert(
      fc.property(values, fc.nat(), (all, seed) => {
        const random = seededRandom(seed);
        const shuffled = all
          .map((value) => ({ value, at: random() }))
          .sort((a, b) => a.at - b.at)
          .map(({ value }) => value);
        expect(exactSum(shuffled)).toBe(exactSum(all));
        const opposite = all.map((value) => -value);
        expect(exactSum([...all, ...opposite])).toBe(0);
      }),
    );
    expect(exactSum([1e100, 1, -1e100])).toBe(1);
    expect(exactSum(Array.from({ length: 10 }, () => 0.1))).toBe(1);
    // Halfway between two numbers: to the even one, unless something small is beside it.
    expect(exactSum([2 ** 53, 1])).toBe(2 ** 53);
    expect(exactSum([2 ** 53, 1, 2 ** -60])).toBe(2 ** 53 + 2);
    expect(exactSum([2 ** 53, 1, -(2 ** -60)])).toBe(2 ** 53);
    expect(exactSum([-(2 ** 53), -1, -(2 ** -60)])).toBe(-(2 ** 53) - 2);
    expect(exactSum([2 ** 53, 3, -(2 ** -60)])).toBe(2 ** 53 + 2);
  });

  it('A2: beyond the largest number a sum is infinite, never no number', () => {
    const large = Number.MAX_VALUE;
    expect(exactSum([large, large, -large])).toBe(Infinity);
    expect(exactSum([-large, -large])).toBe(-Infinity);
  });
});

describe('extrema propagation', { timeout: 30_000 }, () => {
  it('A3: merging is idempotent, commutative and associative', () => {
    fc.assert(
      fc.property(part, part, part, (x, y, z) => {
        const [a, b, c] = [of(x), of(y), of(z)];
        expect(merged(a, b)).toEqual(merged(b, a));
        expect(merged(merged(a, b), c)).toEqual(merged(a, merged(b, c)));
        expect(merged(a, b, b, a)).toEqual(merged(a, b));
      }),
      { numRuns: 30 },
    );
  });

  it('A3: a merge says whether it learnt anything, and whether it knew more', () => {
    const [a, b] = [of([1, 5]), of([2, -5])];
    const both = merged(a, b);
    expect(merge(merged(a), b)).toEqual({ learnt: true, knew: true });
    expect(merge(merged(a), both)).toEqual({ learnt: true, knew: false });
    expect(merge(merged(both), a)).toEqual({ learnt: false, knew: true });
    expect(merge(merged(both), both)).toEqual({ learnt: false, knew: false });
    const wider = { ...merged(a), min: 4 };
    expect(merge(merged(a), wider)).toEqual({ learnt: true, knew: false });
    expect(merge(wider, { ...a, min: 4.5 })).toEqual({ learnt: false, knew: true });
  });

  it('A3: the estimate is unbiased, and off by 1 / √126 in the mean', () => {
    const random = seededRandom(3);
    const members = 60;
    const rooms = 100;
    const errors = { count: [] as number[], sum: [] as number[], negative: [] as number[] };
    for (let room = 0; room < rooms; room++) {
      const all = none();
      const down = none();
      for (let i = 1; i <= members; i++) merge(all, drawn(random, i));
      for (let i = 1; i <= members; i++) merge(down, drawn(random, -i));
      const total = (members * (members + 1)) / 2;
      const { count, sum, min, max, exact } = estimated(all);
      expect([min, max, exact]).toEqual([1, members, false]);
      errors.count.push(count / members - 1);
      errors.sum.push((sum ?? 0) / total - 1);
      errors.negative.push((estimated(down).sum ?? 0) / -total - 1);
    }
    const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
    for (const list of Object.values(errors)) {
      const deviation = Math.sqrt(mean(list.map((error) => error * error)));
      // Three standard errors.
      expect(Math.abs(mean(list))).toBeLessThan(3 / Math.sqrt(126 * rooms));
      expect(deviation * Math.sqrt(126)).toBeGreaterThan(1 - 3 / Math.sqrt(2 * rooms));
      expect(deviation * Math.sqrt(126)).toBeLessThan(1 + 3 / Math.sqrt(2 * rooms));
    }
  });

  it('A3: an average lies between the extremes, and a value of 0 counts', () => {
    const random = seededRandom(4);
    for (let i = 0; i < 20; i++) {
      const { count, average } = estimated(merged(drawn(random, 7), drawn(random, 7)));
      expect([count > 0, average]).toEqual([true, 7]);
    }
    const zeros = merged(...Array.from({ length: 50 }, () => drawn(random, 0)));
    expect(estimated(zeros)).toMatchObject({ sum: 0, average: 0, min: 0, max: 0 });
    expect(Math.abs(countOf(zeros) - 50)).toBeLessThan(15);
  });

  it('A4: a member is counted without a value, and zeros make no more than a large room', () => {
    const random = seededRandom(5);
    const room = merged(...Array.from({ length: 100 }, () => counted(random)));
    expect(Math.abs(countOf(room) - 100)).toBeLessThan(30);
    expect(estimated(room)).toMatchObject({ count: 0, sum: undefined });
    const lie = { min: -1, max: 1, minima: new Float32Array(384) };
    expect(estimated(lie)).toEqual({
      count: largestCount,
      sum: 0,
      average: 0,
      min: -1,
      max: 1,
      exact: false,
    });
  });
});
