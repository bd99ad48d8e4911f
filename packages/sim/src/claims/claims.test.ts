import { describe, expect, test } from 'vitest';
import { Streams } from '../world/random.ts';
import { averagingRounds } from './averages.ts';
import { detectionLaw, firstDetection } from './prober.ts';
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
  test('SWIM: random probing finds a crash after e / (e - 1) periods on average', () => {
    expect(average(2000, () => firstDetection(200, random))).toBeCloseTo(detectionLaw, 1);
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

  test('averaging over a ring takes longer than over a complete graph, and never ends apart', () => {
    const ring = Array.from({ length: 16 }, (_, i) => [(i + 15) % 16, (i + 1) % 16]);
    const full = ring.map((_, i) => ring.map((__, j) => j).filter((j) => j !== i));
    expect(averagingRounds(full, random)).toBeLessThan(averagingRounds(ring, random));
    expect(averagingRounds([[1], [0], [3], [2]], random)).toBe(Infinity);
  });

  test('a table has a column for each name, numbers to the right', () => {
    expect(
      table(
        ['N', 'rounds'],
        [
          [10, 1.5],
          ['1000', 12],
        ],
      ),
    ).toBe(['   N  rounds', '----  ------', '  10    1.50', '1000      12'].join('\n'));
  });
});
