import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../config.ts';
import { Neighbour } from '../links/neighbour.ts';
import { Core } from '../core.ts';
import { Parked } from './parked.ts';
import type { ParkedRun } from './parked.ts';

const id = (digit: string) => digit.repeat(32);
const { stats } = new Core({
  self: id('5'),
  incarnation: 1,
  proof: new Uint8Array(48),
  info: new Uint8Array(0),
  random: () => 0.5,
  hash: (bytes) => bytes,
});
const neighbour = new Neighbour(1, id('6'), defaultSettings, stats, 0);

function run(from: number, to: number, bytes = 10, session = id('a')): ParkedRun {
  return { session, from, to, bytes: new Uint8Array(bytes), neighbour, repair: false, way: 'own' };
}

const parked = (settings = {}) => new Parked({ ...defaultSettings, ...settings });

describe('parked runs', () => {
  it('G7: are taken in ascending order, each once what is before it is held', () => {
    const all = parked();
    for (const [from, to] of [
      [7, 9],
      [3, 4],
      [12, 12],
      [5, 6],
    ] as const) {
      all.park(run(from, to));
    }
    expect(all.first(id('a'))).toBe(3);
    expect(all.take(id('a'), 2)).toBeUndefined();
    expect(all.take(id('a'), 3)).toMatchObject({ from: 3, to: 4 });
    expect(all.first(id('a'))).toBe(5);
    expect(all.take(id('a'), 6)).toMatchObject({ from: 5 });
    expect(all.take(id('a'), 7)).toMatchObject({ from: 7 });
    expect(all.take(id('a'), 10)).toBeUndefined();
    expect(all.take(id('a'), 12)).toMatchObject({ from: 12 });
    expect(all.take(id('a'), 99)).toBeUndefined();
    expect(all.first(id('a'))).toBeUndefined();
    expect(all.take(id('b'), 1)).toBeUndefined();
  });

  it('G7: of runs that begin alike the one that came first is taken first', () => {
    const all = parked();
    all.park(run(3, 4));
    all.park(run(3, 8));
    expect(all.take(id('a'), 3)).toMatchObject({ to: 4 });
    expect(all.take(id('a'), 3)).toMatchObject({ to: 8 });
  });

  it('G7: cover what one of them holds from end to end', () => {
    const all = parked();
    expect(all.covers(id('a'), 3, 4)).toBe(false);
    all.park(run(3, 6));
    all.park(run(7, 9));
    expect(all.covers(id('a'), 3, 6)).toBe(true);
    expect(all.covers(id('a'), 4, 5)).toBe(true);
    expect(all.covers(id('a'), 2, 6)).toBe(false);
    expect(all.covers(id('a'), 3, 7)).toBe(false);
    expect(all.covers(id('a'), 7, 9)).toBe(true);
    expect(all.covers(id('b'), 3, 6)).toBe(false);
  });

  it('G7: are so many of a feed, and so many bytes in all, 400 more each', () => {
    const few = parked({ parkedRunsPerFeed: 2 });
    for (const from of [3, 5, 7]) few.park(run(from, from));
    few.park(run(9, 9, 10, id('b')));
    expect(few.bytes).toBe(1230);
    expect(few.covers(id('a'), 7, 7)).toBe(false);
    few.take(id('a'), 3);
    few.park(run(7, 7));
    expect(few.covers(id('a'), 7, 7)).toBe(true);
    const small = parked({ parkedBytes: 825 });
    small.park(run(3, 3, 10));
    small.park(run(5, 5, 16));
    expect(small.bytes).toBe(410);
    small.park(run(5, 5, 15));
    expect(small.bytes).toBe(825);
    small.take(id('a'), 3);
    expect(small.bytes).toBe(415);
  });

  it('G7: go with the link they came over, and leave their place to others', () => {
    const all = parked({});
    const other = new Neighbour(2, id('7'), defaultSettings, stats, 0);
    all.park(run(3, 3));
    all.park({ ...run(5, 5), neighbour: other });
    all.park(run(7, 7, 10, id('b')));
    all.drop(neighbour);
    expect(all.bytes).toBe(410);
    expect([all.first(id('a')), all.first(id('b'))]).toEqual([5, undefined]);
    all.drop(other);
    expect([all.bytes, all.first(id('a'))]).toEqual([0, undefined]);
  });
});
