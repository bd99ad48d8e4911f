import { describe, expect, test } from 'vitest';
import { sample } from './distribution.ts';
import { fastHash } from './hash.ts';
import { Streams, between, wait } from './random.ts';

function draws(seed: number, purpose: string, count = 20_000): number[] {
  const random = new Streams(seed).of(purpose);
  return Array.from({ length: count }, random);
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('chance', () => {
  test('the same seed and purpose give the same draws, another of either gives others', () => {
    expect(draws(1, 'a', 5)).toEqual(draws(1, 'a', 5));
    expect(draws(1, 'a', 5)).not.toEqual(draws(2, 'a', 5));
    expect(draws(1, 'a', 5)).not.toEqual(draws(1, 'b', 5));
    expect(draws(1, 'a', 5)).not.toEqual(draws(1 + 2 ** 32, 'a', 5));
  });

  test('streams of one seed are uniform and not correlated', () => {
    const a = draws(7, 'a');
    const b = draws(7, 'b');
    expect(Math.min(...a)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...a)).toBeLessThan(1);
    expect(mean(a)).toBeCloseTo(0.5, 1);
    const products = a.map((value, index) => (value - 0.5) * ((b[index] ?? 0) - 0.5));
    expect(Math.abs(mean(products))).toBeLessThan(0.003);
  });

  test('distributions have the means they are named by', () => {
    const random = new Streams(3).of('x');
    const many = (draw: () => number) => Array.from({ length: 20_000 }, draw);
    expect(mean(many(() => between(random, [10, 20])))).toBeCloseTo(15, 0);
    expect(mean(many(() => wait(random, 0.1)))).toBeCloseTo(10, 0);
    expect(wait(random, 0)).toBe(Infinity);
    const exponential = { kind: 'exponential', floor: 5, mean: 10 } as const;
    expect(mean(many(() => sample(exponential, random)))).toBeCloseTo(15, 0);
    const logs = many(() =>
      Math.log(sample({ kind: 'lognormal', median: 50, sigma: 0.5 }, random)),
    );
    expect(mean(logs)).toBeCloseTo(Math.log(50), 1);
    expect(sample({ kind: 'constant', ms: 3 }, random)).toBe(3);
    const uniform = many(() => sample({ kind: 'uniform', low: 1, high: 3 }, random));
    expect([Math.floor(Math.min(...uniform)), Math.ceil(Math.max(...uniform))]).toEqual([1, 3]);
  });

  test('the hash tells apart what differs in one bit or in length', () => {
    const hashes = new Set<string>();
    for (let length = 0; length < 40; length++) {
      hashes.add(String(fastHash(new Uint8Array(length))));
      for (let bit = 0; bit < length * 8; bit++) {
        const bytes = new Uint8Array(length);
        bytes[bit >> 3] = 1 << (bit & 7);
        hashes.add(String(fastHash(bytes)));
      }
    }
    expect(hashes.size).toBe(40 + (8 * 39 * 40) / 2);
  });
});
