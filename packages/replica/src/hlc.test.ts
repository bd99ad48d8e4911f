import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HybridClock, hlcToMs, observedLeadMs } from './hlc.ts';

describe('hybrid clock', () => {
  it('rises strictly whatever the device clock and others do', () => {
    const step = fc.oneof(
      fc.record({ now: fc.nat(2 ** 41) }),
      fc.record({ observe: fc.maxSafeNat() }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let now = 0;
        const clock = new HybridClock(() => now);
        let last = clock.next();
        for (const each of steps) {
          if ('now' in each) ({ now } = each);
          else clock.observe(each.observe);
          const next = clock.next();
          expect(next).toBeGreaterThan(last);
          expect(Number.isSafeInteger(next)).toBe(true);
          last = next;
        }
      }),
    );
  });

  it('section 1: is milliseconds × 1024 + counter, overflowing into the milliseconds', () => {
    const clock = new HybridClock(() => 5.7);
    const times = Array.from({ length: 1_025 }, () => clock.next());
    expect([times[0], times[1]]).toEqual([5 * 1_024, 5 * 1_024 + 1]);
    expect(hlcToMs(times[1_023] ?? 0)).toBe(5);
    expect(hlcToMs(times[1_024] ?? 0)).toBe(6);
  });

  it('runs ahead of what it has seen', () => {
    const clock = new HybridClock(() => 1_000);
    clock.observe(2_000 * 1_024 + 7);
    expect(clock.next()).toBe(2_000 * 1_024 + 8);
    clock.observe(3);
    expect(clock.next()).toBe(2_000 * 1_024 + 9);
  });

  it('a far-future time moves it by a day at most', () => {
    const clock = new HybridClock(() => 1_000);
    clock.observe(Number.MAX_SAFE_INTEGER);
    expect(hlcToMs(clock.next())).toBe(1_000 + observedLeadMs);
  });
});
