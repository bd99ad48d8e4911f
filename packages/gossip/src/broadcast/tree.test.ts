import { describe, expect, it } from 'vitest';
import { Tree, farHops, isSane } from './tree.ts';
import { beacon, id } from '../testing/scripted.ts';

const [a, b, c, self] = [id('a'), id('b'), id('c'), id('5')];
const everybody = () => true;

function tree(hops = 4, told: readonly (readonly [string, number])[] = []): Tree {
  const made = new Tree(id('3'), 7, hops, 100);
  for (const [member, far] of told) made.heard.set(member, far);
  return made;
}

describe('where a node stands in a tree', () => {
  it('B4: a later beacon has a higher epoch, or the same and a lower root', () => {
    const made = tree();
    for (const [root, epoch, later, same] of [
      ['3', 8, true, false],
      ['9', 8, true, false],
      ['2', 7, true, false],
      ['3', 7, false, true],
      ['4', 7, false, false],
      ['2', 6, false, false],
      ['3', 6, false, false],
    ] as const) {
      const told = beacon(root, epoch, 1);
      expect([made.isOlderThan(told, 100), made.isOf(told)]).toEqual([later, same]);
    }
  });

  it('B2: within 60 s it goes less than half the way round, so that epochs do not chase each other', () => {
    const third = Math.floor(2 ** 40 / 3);
    const made = new Tree(id('3'), 0, 1, 0);
    const isOlder = (epoch: number, now: number) => made.isOlderThan(beacon('9', epoch, 1), now);
    made.begin(id('9'), third, 1, 1000);
    expect([isOlder(2 * third, 1000), isOlder(3 * third, 1000)]).toEqual([true, false]);
    made.begin(id('9'), 2 * third, 1, 2000);
    expect(isOlder(3 * third, 60_999)).toBe(false);
    expect(isOlder(2 * third + 1, 60_999)).toBe(true);
    expect(isOlder(third, 61_000)).toBe(false);
    expect(isOlder(3 * third, 61_000)).toBe(true);
    // Nobody is kept from what is later than where all begin.
    made.begin(id('5'), 0, 0, 62_000);
    expect([isOlder(1, 62_000), isOlder(3 * third, 62_000)]).toEqual([true, true]);
    made.begin(id('9'), 3 * third, 1, 62_000);
    made.begin(id('9'), 3 * third + 1, 1, 122_000);
    made.begin(id('9'), 4 * third, 1, 123_000);
    expect(isOlder(5 * third, 181_999)).toBe(false);
    expect(isOlder(5 * third, 182_000)).toBe(true);
  });

  it('B2: an honest epoch is below 2^40, and honest hops below a million', () => {
    expect(isSane(beacon('3', 2 ** 40 - 1, farHops - 1))).toBe(true);
    expect(isSane(beacon('3', 2 ** 40, 0))).toBe(false);
    expect(isSane(beacon('3', 1, farHops))).toBe(false);
  });

  it('B6: one known by its deltas alone is of epoch 0 and far', () => {
    expect(new Tree(a, 0, farHops, 0).isUnheard).toBe(true);
    expect(new Tree(a, 0, farHops + 1, 0).isUnheard).toBe(true);
    expect(new Tree(a, 0, farHops - 1, 0).isUnheard).toBe(false);
    expect(new Tree(a, 1, farHops, 0).isUnheard).toBe(false);
  });

  it('B8: it hangs on one of fewer hops, or as many and a lower session id', () => {
    const made = tree(4);
    for (const [member, hops, may] of [
      [a, 3, true],
      [a, 4, false],
      [a, 5, false],
      [id('4'), 4, true],
      [id('4'), 5, false],
      [self, 4, false],
    ] as const) {
      expect(made.mayHang(self, member, hops)).toBe(may);
    }
  });

  it('B8: of those allowed the nearest is taken, of two as near the lower session id', () => {
    const told = [
      [c, 2],
      [b, 1],
      [a, 1],
      [id('4'), 3],
    ] as const;
    expect(tree(4, told).nearest(self, everybody)).toBe(a);
    expect(tree(4, told.toReversed()).nearest(self, everybody)).toBe(a);
    expect(tree(4, told).nearest(self, (member) => member > b)).toBe(c);
    expect(tree(1, told).nearest(self, everybody)).toBeUndefined();
    expect(tree(3, [[id('4'), 3]]).nearest(self, everybody)).toBe(id('4'));
    expect(tree(4).nearest(self, everybody)).toBeUndefined();
  });

  it('B8: its hops grow four times an epoch, and never fall by growing', () => {
    const made = tree(4);
    made.raise(4);
    made.raise(3);
    expect([made.hops, made.mayRaise]).toEqual([4, true]);
    for (const hops of [5, 6, 7]) made.raise(hops);
    expect([made.hops, made.mayRaise]).toEqual([7, true]);
    made.raise(8);
    expect([made.hops, made.mayRaise]).toEqual([8, false]);
    made.begin(id('2'), 9, 1, 500);
    expect([made.hops, made.mayRaise, made.root, made.epoch, made.beaconAt]).toEqual([
      1,
      true,
      id('2'),
      9,
      500,
    ]);
  });

  it('B2, B8: who is nearer may not hang on it, nor who cannot know how far it is now', () => {
    const made = tree(4, [
      [a, 3],
      [b, 4],
      [id('4'), 4],
      [c, 5],
    ]);
    const refused = () =>
      [a, b, id('4'), c, id('d')].filter((member) => made.refuses(self, member));
    expect(refused()).toEqual([a, id('4')]);
    made.raise(5);
    expect(refused()).toEqual([a, b, id('4'), id('d')]);
  });

  it('B1: its edges are parent, former parent and children', () => {
    const made = tree();
    made.parent = a;
    made.former = { member: b, until: 1 };
    made.children.add(c);
    expect([a, b, c, self].map((member) => made.isEdge(member))).toEqual([true, true, true, false]);
    expect([c, b, self].map((member) => made.drop(member))).toEqual([false, false, false]);
    expect([made.parent, made.former, made.children.size]).toEqual([a, undefined, 0]);
    made.former = { member: b, until: 1 };
    expect(made.drop(a)).toBe(true);
    expect([made.parent, made.former?.member]).toEqual([undefined, b]);
    expect(made.drop(a)).toBe(false);
  });

  it('B2: what neighbours told of an epoch does not hold in the next; who hangs on it stays', () => {
    const made = tree(4, [[a, 3]]);
    made.parent = a;
    made.children.add(c);
    made.begin(id('3'), 8, 2, 200);
    expect([made.heard.size, made.parent, made.children.size]).toEqual([0, a, 1]);
  });
});
