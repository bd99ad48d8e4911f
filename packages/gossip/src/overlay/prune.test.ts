import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Core } from '../core.ts';
import { Neighbour } from '../links/neighbour.ts';
import { choosePruned } from './prune.ts';

const id = (n: number) => n.toString(16).padStart(32, '0');
const core = new Core({
  self: id(0),
  incarnation: 1,
  proof: new Uint8Array(48),
  info: new Uint8Array(0),
  random: () => 0,
  hash: () => new Uint8Array(32),
});

/** Neighbours of the degrees given, linked longest first. */
function linked(degrees: readonly number[]): Neighbour[] {
  return degrees.map((degree, at) => {
    const neighbour = new Neighbour(at, id(at + 1), core.settings, core.stats, at * 1000);
    neighbour.peers = new Set(Array.from({ length: degree }, (_, n) => id(100 + n)));
    return neighbour;
  });
}

const chosen = (degrees: readonly number[], random: number) =>
  choosePruned(linked(degrees), () => random)?.id;

describe('who is let go', () => {
  it('O5: neither of the three linked longest nor of the three linked last', () => {
    const all = [9, 9, 9, 9, 9, 9, 9, 9, 9, 9];
    expect([0, 0.25, 0.5, 0.75, 0.99].map((at) => chosen(all, at))).toEqual([3, 4, 5, 6, 6]);
  });

  it('O5: only one whose own degree is above the least, where there is one', () => {
    const degrees = [9, 9, 9, 4, 5, 4, 3, 9, 9, 9];
    expect([0, 0.5, 0.99].map((at) => chosen(degrees, at))).toEqual([4, 4, 4]);
    expect(chosen([9, 9, 9, 2, 3, 4, 3, 9, 9, 9], 0)).toBe(5);
  });

  it('O5: the age counts, not the order they are given in', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], { minLength: 10 }),
        (order) => {
          const byAge = linked([9, 9, 9, 9, 9, 9, 9, 9, 9, 9]);
          const given = order.flatMap((at) => byAge[at] ?? []);
          expect(choosePruned(given, () => 0)?.id).toBe(3);
        },
      ),
    );
  });
});
