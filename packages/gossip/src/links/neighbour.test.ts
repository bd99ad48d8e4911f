import { describe, expect, it } from 'vitest';
import { Core } from '../core.ts';
import { Neighbour } from './neighbour.ts';

const id = (n: number) => n.toString(16).padStart(32, '0');

function neighbour(): Neighbour {
  const [proof, info] = [new Uint8Array(48), new Uint8Array(0)];
  const identity = { self: id(5), incarnation: 1, proof, info };
  const core = new Core({ ...identity, random: () => 0.5, hash: (bytes) => bytes });
  return new Neighbour(1, id(6), core.settings, core.stats, 700);
}

describe('what is known of a neighbour', () => {
  it('G3: it holds a feed as far as the highest it told or was sent, its own whole', () => {
    const one = neighbour();
    expect(one.offeredTo(id(1))).toBe(0);
    one.offer(id(1), 5);
    one.offer(id(1), 3);
    expect(one.offeredTo(id(1))).toBe(5);
    expect(one.offeredTo(id(6))).toBe(Number.MAX_SAFE_INTEGER);
    one.offer(id(6), 9);
    expect(one.offered.has(id(6))).toBe(false);
  });

  it('G3: of 8,192 feeds at most; with one more all is forgotten', () => {
    const one = neighbour();
    for (let n = 0; n < 8192; n++) one.offer(id(0x1000 + n), 1);
    expect(one.offeredTo(id(0x1000))).toBe(1);
    one.offer(id(1), 1);
    expect([one.offered.size, one.offeredTo(id(0x1000))]).toEqual([0, 0]);
  });

  it('counts as closed, heard and told of when its link came up, in nothing doubted', () => {
    const one = neighbour();
    expect(one).toMatchObject({
      parting: 'closed',
      doubt: false,
      gone: false,
      hello: false,
      upAt: 700,
      heardAt: 700,
      toldAt: 700,
      intervalMs: 1000,
      promisedMs: 1000,
    });
  });
});
