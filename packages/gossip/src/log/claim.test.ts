import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Claim } from './claim.ts';

describe('claim', () => {
  it('G5: is ready for the highest seq whose grace is over, whatever the order of naming', () => {
    const named = fc.record({ seq: fc.integer({ min: 1, max: 20 }), readyAt: fc.nat(100) });
    fc.assert(
      fc.property(fc.array(named, { maxLength: 8 }), fc.nat(120), (all, now) => {
        const claim = new Claim();
        for (const { seq, readyAt } of all) claim.add(seq, readyAt, 0);
        const ready = all.filter(({ readyAt }) => readyAt <= now).map(({ seq }) => seq);
        expect(claim.readySeq(now)).toBe(Math.max(0, ...ready));
        expect(claim.seq).toBe(Math.max(0, ...all.map(({ seq }) => seq)));
      }),
    );
  });

  it('G5: naming ever more does not put off what was named first', () => {
    const claim = new Claim();
    for (let now = 0; now < 1000; now += 10) claim.add(1 + now / 10, now + 500, now);
    expect(claim.readySeq(1000)).toBeGreaterThan(1);
    expect(claim.nextReady(1000)).toBeLessThanOrEqual(1500);
  });

  it('G5: what is named lower and later, or higher and sooner, leaves one step', () => {
    for (const named of [
      [
        [5, 100],
        [3, 200],
      ],
      [
        [3, 200],
        [5, 100],
      ],
      [
        [5, 100],
        [5, 200],
      ],
      [
        [5, 200],
        [5, 100],
      ],
      [
        [3, 100],
        [5, 100],
      ],
    ] as const) {
      const claim = new Claim();
      for (const [seq, readyAt] of named) claim.add(seq, readyAt, 0);
      expect([claim.seq, claim.readySeq(99), claim.readySeq(100)]).toEqual([5, 0, 5]);
      expect([claim.nextReady(99), claim.nextReady(100)]).toEqual([100, undefined]);
    }
  });

  it('G5: of eight steps that wait the last reaches to what is named beyond them', () => {
    const claim = new Claim();
    for (let n = 1; n <= 8; n++) claim.add(n, 100 + n, 0);
    claim.add(20, 200, 0);
    claim.add(15, 300, 0);
    expect([claim.seq, claim.readySeq(107), claim.readySeq(108)]).toEqual([20, 7, 20]);
    expect([claim.nextReady(107), claim.nextReady(108)]).toEqual([108, undefined]);
  });

  it('G5: of the steps that are ready one counts, and new ones have their place', () => {
    const claim = new Claim();
    for (let n = 1; n <= 8; n++) claim.add(n, 10 * n, 0);
    claim.add(20, 500, 80);
    expect([claim.readySeq(80), claim.nextReady(80)]).toEqual([8, 500]);
    expect([claim.readySeq(499), claim.readySeq(500), claim.seq]).toEqual([8, 20, 20]);
  });
});
