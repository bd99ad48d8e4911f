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
});
