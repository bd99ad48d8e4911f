import { describe, expect, it } from 'vitest';
import { Difference } from './difference.ts';

const digest = (byte: number) => new Uint8Array(8).fill(byte);

describe('how the table of a neighbour differs', () => {
  it('G6: rounds of the same pair of digests count from its first, those of any pair go on', () => {
    const difference = new Difference();
    const told = (now: number, ours: number, theirs: number) => {
      const { standing, any } = difference.differs(now, digest(ours), digest(theirs));
      return [standing.rounds, standing.since, any.rounds, any.since];
    };
    expect(told(100, 1, 2)).toEqual([1, 100, 1, 100]);
    expect(told(200, 1, 2)).toEqual([2, 100, 2, 100]);
    expect(told(300, 1, 3)).toEqual([1, 300, 3, 100]);
    expect(told(400, 4, 3)).toEqual([1, 400, 4, 100]);
    expect(told(500, 4, 3)).toEqual([2, 400, 5, 100]);
    difference.restart();
    expect(told(600, 4, 3)).toEqual([1, 600, 1, 600]);
    expect(told(700, 4, 3)).toEqual([2, 600, 2, 600]);
    difference.clear();
    expect(told(800, 4, 3)).toEqual([1, 800, 1, 800]);
  });

  it('G6: that what changed last was compared holds until the digests are equal', () => {
    const difference = new Difference();
    expect([difference.compared, difference.found]).toEqual([false, false]);
    difference.compared = true;
    difference.restart();
    expect(difference.compared).toBe(true);
    difference.clear();
    expect(difference.compared).toBe(false);
  });
});
