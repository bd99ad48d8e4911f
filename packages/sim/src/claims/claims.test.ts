import { describe, expect, test } from 'vitest';
import { Streams } from '../world/random.ts';
import { anybody, averagingRounds, neighbourOf } from './averages.ts';
import { detectionLaw, firstDetection } from './prober.ts';
import { ClaimRoom } from './room.ts';
import { pushLaw, pushPullLaw, pushPullRounds, pushRounds } from './rumour.ts';
import { table } from './table.ts';

const random = new Streams(5).of('test');

function average(times: number, draw: () => number): number {
  let sum = 0;
  for (let i = 0; i < times; i++) sum += draw();
  return sum / times;
}

/** A core may be shared with much else. */
const timeout = 60_000;

describe('claims', { timeout }, () => {
  test('SWIM: random probing finds a crash after e / (e - 1) periods on average in large rooms', () => {
    expect(detectionLaw(1e6)).toBeCloseTo(Math.E / (Math.E - 1), 4);
    for (const members of [3, 10, 200]) {
      expect(average(2000, () => firstDetection(members, random))).toBeCloseTo(
        detectionLaw(members),
        1,
      );
    }
  });

  test('push reaches 99.9 % within the law, and not in far fewer rounds', () => {
    for (const members of [100, 1000]) {
      const rounds = average(30, () => pushRounds(members, 1, random));
      expect(rounds).toBeLessThan(pushLaw(members, 1) + 1);
      expect(rounds).toBeGreaterThan(pushLaw(members, 1) - 5);
    }
  });

  test('push-pull is faster than push, near its law, and faster with a larger fanout', () => {
    const rounds = average(30, () => pushPullRounds(1000, 1, random));
    expect(rounds).toBeLessThan(average(30, () => pushRounds(1000, 1, random)));
    expect(Math.abs(rounds - pushPullLaw(1000, 1))).toBeLessThan(3);
    expect(average(30, () => pushPullRounds(1000, 3, random))).toBeLessThan(rounds);
  });

  test('averaging over a ring takes longer than with anybody, and never ends apart', () => {
    const ring = Array.from({ length: 16 }, (_, i) => [(i + 15) % 16, (i + 1) % 16]);
    const onRing = average(20, () => averagingRounds(16, neighbourOf(ring, random), random));
    expect(average(20, () => averagingRounds(16, anybody(16, random), random))).toBeLessThan(
      onRing,
    );
    const pairs = neighbourOf([[1], [0], [3], [2]], random);
    expect(averagingRounds(4, pairs, random)).toBe(Infinity);
  });

  test('anybody is everybody else, each as likely', () => {
    const counts = [0, 0, 0, 0];
    const other = anybody(4, random);
    for (let i = 0; i < 3000; i++) {
      const met = other(2);
      counts[met] = (counts[met] ?? 0) + 1;
    }
    expect(counts[2]).toBe(0);
    for (const met of [0, 1, 3]) expect(Math.abs((counts[met] ?? 0) - 1000)).toBeLessThan(150);
  });

  test('real nodes: what is pushed spreads within a round, what is stored within a few, averages are known', () => {
    const room = new ClaimRoom(3, 1000);
    for (const share of room.open(12)) expect(share).toBeLessThanOrEqual(1);
    expect(room.neighbourhoods().every((neighbours) => neighbours.length >= 4)).toBe(true);
    expect(finished(room.average())).toBeLessThan(5);
    const [one, four] = [finished(room.measure(1)), finished(room.measure(4))];
    for (const row of [one, four]) {
      expect(row.pushed).toBeGreaterThan(0);
      expect(row.pushed).toBeLessThan(1);
      expect(row.stored).toBeGreaterThan(row.pushed);
      expect(row.stored).toBeLessThan(20);
    }
    expect(four.frames).toBeGreaterThan(one.frames);
  });

  test('a table has a column for each name, numbers to the right, and says what there is not', () => {
    const rows = [
      [10, 1.5],
      ['1000', Infinity],
      [100, undefined],
    ];
    expect(table(['N', 'rounds'], rows).split('\n')).toEqual([
      '     N  rounds',
      '  ----  ------',
      '    10    1.50',
      '  1000   never',
      '   100       -',
    ]);
  });
});

function finished<T>(run: Generator<void, T>): T {
  for (;;) {
    const step = run.next();
    if (step.done === true) return step.value;
  }
}
