import { expect, test } from 'vitest';
import { Meter } from './meter.ts';

/** Four readings a second from `from` to `to`, with a round every `everyMs`, two frames of 100 bytes each. */
function measure(meter: Meter, from: number, to: number, everyMs: number): void {
  for (let at = from; at <= to; at += 250) {
    const rounds = Math.floor(at / everyMs);
    meter.add({ at, rounds, frames: 2 * rounds, bytes: 200 * rounds });
  }
}

test('rates are those of the window, and rounds are measured from one to the next', () => {
  const meter = new Meter();
  expect(meter.rates(10_000)).toBeUndefined();
  measure(meter, 0, 60_500, 2_000);
  const rates = meter.rates(10_000);
  expect(rates).toMatchObject({ overMs: 10_000, everyMs: 2_000, quietMs: 500 });
  expect(rates?.frames).toBeCloseTo(1, 0);
  expect(rates?.bytes).toBeCloseTo(100, -1);
});

test('several rounds between two readings are all counted', () => {
  const meter = new Meter();
  measure(meter, 0, 5_000, 50);
  expect(meter.rates(10_000)?.everyMs).toBe(50);
});

test('one round says nothing of the next, but how long it has been quiet', () => {
  const meter = new Meter();
  measure(meter, 0, 6_000, 5_000);
  expect(meter.rates(10_000)).toMatchObject({ everyMs: undefined, quietMs: 1_000 });
});

test('measuring anew keeps what was before, and nothing of it gets into what comes', () => {
  const meter = new Meter();
  measure(meter, 0, 10_000, 1_000);
  meter.restart(10_000);
  expect(meter.before?.everyMs).toBe(1_000);
  measure(meter, 10_250, 40_250, 10_000);
  expect(meter.rates(30_000)?.everyMs).toBe(10_000);
  // Too little was seen of it to be worth comparing with.
  meter.restart(30_000);
  meter.restart(30_000);
  expect(meter.before?.everyMs).toBe(10_000);
});
