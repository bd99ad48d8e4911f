import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../testing/schedule.ts';
import { jittered, sample } from './chance.ts';
import { PassiveView } from './passive.ts';

const id = (n: number) => n.toString(16).padStart(32, '0');

describe('the passive view', () => {
  it('O2: holds 36 members; a full one forgets one at random for the next', () => {
    const view = new PassiveView(
      () => 0.5,
      () => true,
    );
    for (let n = 0; n < 36; n++) view.add(id(n), n);
    expect(view.size).toBe(36);
    view.add(id(3), 99);
    expect(view.size).toBe(36);
    expect(view.heardAt(id(3))).toBe(3);
    view.introduce(id(100), 100);
    expect(view.size).toBe(36);
    expect(view.has(id(18))).toBe(false);
    expect(view.has(id(17)) && view.has(id(19)) && view.has(id(100))).toBe(true);
    expect(view.isIntroduced(id(100))).toBe(true);
    view.delete(id(100));
    expect(view.isIntroduced(id(100))).toBe(false);
  });

  it('O2: of a full one those not known to be here are forgotten first, and nobody else for one of them', () => {
    const known = new Set(Array.from({ length: 40 }, (_, n) => id(n)));
    const view = new PassiveView(seededRandom(1), (member) => known.has(member));
    for (let n = 0; n < 30; n++) view.add(id(n), 0);
    for (let n = 0; n < 500; n++) view.add(id(1000 + n), 0);
    expect(view.size).toBe(36);
    const held = () => [...view.members()].filter((member) => known.has(member));
    expect(held()).toHaveLength(30);
    for (let n = 30; n < 36; n++) view.add(id(n), 0);
    expect(held()).toHaveLength(36);
    view.add(id(2000), 0);
    expect(view.has(id(2000))).toBe(false);
    view.add(id(36), 0);
    expect(view.has(id(36))).toBe(true);
    // Whom the rendezvous names is there, whatever we know.
    view.introduce(id(2000), 0);
    expect(view.isIntroduced(id(2000)) && view.has(id(2000))).toBe(true);
    expect(view.size).toBe(36);
  });

  it('O2: every member is as likely to be forgotten', () => {
    const counts = new Map<string, number>();
    const random = seededRandom(3);
    for (let run = 0; run < 3600; run++) {
      const view = new PassiveView(random, () => true);
      for (let n = 0; n < 37; n++) view.add(id(n), 0);
      for (let n = 0; n < 36; n++)
        if (!view.has(id(n))) counts.set(id(n), (counts.get(id(n)) ?? 0) + 1);
    }
    expect(counts.size).toBe(36);
    for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(50);
  });
});

describe('chance', () => {
  it('what is jittered lies between half and one and a half', () => {
    expect([0, 0.5, 1].map((at) => jittered(1000, () => at))).toEqual([500, 1000, 1500]);
  });

  it('a sample is of different items, as many as asked for where there are so many', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat()),
        fc.nat({ max: 20 }),
        fc.integer(),
        (items, count, seed) => {
          const some = sample(items, count, seededRandom(seed));
          expect(some).toHaveLength(Math.min(count, items.length));
          expect(new Set(some).size).toBe(some.length);
          expect(some.every((item) => items.includes(item))).toBe(true);
        },
      ),
    );
  });

  it('every item is as likely to be in a sample', () => {
    const random = seededRandom(5);
    const counts = [0, 0, 0, 0, 0];
    for (let run = 0; run < 5000; run++) {
      for (const item of sample([0, 1, 2, 3, 4], 2, random)) counts[item] = (counts[item] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(150);
  });
});
