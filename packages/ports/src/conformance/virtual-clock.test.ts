import { describe, expect, it } from 'vitest';
import { createVirtualClock, seededRandom } from './virtual-clock.ts';

describe('createVirtualClock', () => {
  it('calls back in order of due time, then of asking, at the time that was asked for', () => {
    const clock = createVirtualClock(1_000);
    const calls: string[] = [];
    const note = (what: string) => (): void => {
      calls.push(`${what} at ${clock.now()} and ${clock.monotonic()}`);
    };
    clock.after(20, note('late'));
    clock.after(10, note('first'));
    clock.after(10, note('second'));
    clock.advance(9);
    expect(calls).toEqual([]);
    clock.advance(1);
    expect(calls).toEqual(['first at 1010 and 10', 'second at 1010 and 10']);
    clock.advance(100);
    expect(calls[2]).toBe('late at 1020 and 20');
    expect(clock.now()).toBe(1_110);
  });

  it('runs what callbacks ask for within the same advance, and nothing that was cancelled', () => {
    const clock = createVirtualClock();
    let ticks = 0;
    const tick = (): void => {
      ticks += 1;
      clock.after(10, tick);
    };
    clock.after(10, tick);
    const cancel = clock.after(15, () => expect.unreachable());
    expect(clock.pending).toBe(2);
    cancel();
    cancel();
    clock.advance(55);
    expect(ticks).toBe(5);
    expect(clock.nextInMs).toBe(5);
  });
});

describe('seededRandom', () => {
  it('gives the same bytes for the same seed, others for another, all of them in use', () => {
    expect(seededRandom(7).bytes(64)).toEqual(seededRandom(7).bytes(64));
    expect(seededRandom(7).bytes(64)).not.toEqual(seededRandom(8).bytes(64));
    expect(new Set(seededRandom(1).bytes(8_192)).size).toBe(256);
  });
});
