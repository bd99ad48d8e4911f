import fc from 'fast-check';
import { createVirtualClock } from '@grapevine/ports/conformance';
import type { VirtualClock } from '@grapevine/ports/conformance';
import { describe, expect, it } from 'vitest';
import { Budget } from './budget.ts';

const make = (burst: number, waiting: number): { clock: VirtualClock; budget: Budget } => {
  const clock = createVirtualClock();
  return { clock, budget: new Budget({ burst, refillMs: 2_000, waiting, clock }) };
};

describe('the budget of connections', () => {
  it('lets a burst through at once and the rest one by one, in order', () => {
    const { clock, budget } = make(2, 10);
    const ran: number[] = [];
    for (let i = 0; i < 4; i++) budget.take(() => ran.push(i));
    expect(ran).toEqual([0, 1]);
    clock.advance(1_999);
    expect(ran).toEqual([0, 1]);
    clock.advance(1);
    expect(ran).toEqual([0, 1, 2]);
    clock.advance(2_000);
    expect(ran).toEqual([0, 1, 2, 3]);
    expect(clock.pending).toBe(0);
  });

  it('refuses who finds the queue full', () => {
    const { budget } = make(1, 1);
    expect(budget.take(() => undefined)).toBeDefined();
    expect(budget.take(() => undefined)).toBeDefined();
    expect(budget.take(() => undefined)).toBeUndefined();
  });

  it('whoever gives up its place neither runs nor costs a token', () => {
    const { clock, budget } = make(1, 10);
    const ran: string[] = [];
    budget.take(() => ran.push('first'));
    const leave = budget.take(() => ran.push('second'));
    budget.take(() => ran.push('third'));
    leave?.();
    leave?.();
    clock.advance(2_000);
    expect(ran).toEqual(['first', 'third']);
  });

  it('keeps no timer when nobody waits', () => {
    const { clock, budget } = make(1, 10);
    budget.take(() => undefined);
    budget.take(() => undefined)?.();
    expect(clock.pending).toBe(0);
  });

  it('nobody passes those who wait', () => {
    const { clock, budget } = make(1, 10);
    const ran: string[] = [];
    budget.take(() => ran.push('first'));
    budget.take(() => {
      ran.push('second');
      budget.take(() => ran.push('fourth'));
    });
    budget.take(() => ran.push('third'));
    clock.advance(60_000);
    expect(ran).toEqual(['first', 'second', 'third', 'fourth']);
  });

  it('never lets more through than burst and refill allow', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5_000), { maxLength: 60 }), (pauses) => {
        const { clock, budget } = make(3, 100);
        let ran = 0;
        for (const pause of pauses) {
          clock.advance(pause);
          budget.take(() => ran++);
          expect(ran).toBeLessThanOrEqual(3 + clock.monotonic() / 2_000);
        }
        clock.advance(2_000 * pauses.length);
        expect(ran).toBe(pauses.length);
      }),
    );
  });
});
