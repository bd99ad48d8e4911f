import type { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { readScenario } from '../scenario/scenario.ts';
import { batch } from './batch.ts';
import { Cancelled } from './cancel.ts';
import { threads } from './testing.ts';

const scenario = readScenario('x', { about: 'x', phases: [] });
const base = { fail: 0, settings: {} };

function play(worker: () => Worker, controller = new AbortController(), cancelAfter?: number) {
  const onRun = ({ seed }: { seed: number }): void => {
    if (seed === cancelAfter) controller.abort(new Cancelled('Cancelled.'));
  };
  const options = { scenario, nodes: [5], seeds: [1, 4] as const, workers: 1, base, worker, onRun };
  return batch(options, controller.signal);
}

describe('a batch', () => {
  test.each([
    ['ends', 'process.exit(3)', 'The thread ended with code 3.'],
    ['throws', "throw new Error('broken')", 'broken'],
  ])('a run whose thread %s has failed, and the others go on', async (_, act, text) => {
    const { planned, runs } = await play(threads(2, act));
    expect(runs.map(({ seed, violations }) => [seed, violations.length])).toEqual([
      [1, 0],
      [2, 1],
      [3, 0],
      [4, 0],
    ]);
    expect(planned).toBe(4);
    expect(runs[1]?.violations[0]).toMatchObject({ check: 'exception' });
    expect(runs[1]?.violations[0]?.text).toContain(text);
  });

  test('that is cancelled has the runs that were done, though a thread never answers', async () => {
    const { planned, runs } = await play(threads(3, ''), undefined, 2);
    expect(runs.map(({ seed }) => seed)).toEqual([1, 2]);
    expect(planned).toBe(4);
  });

  test('that is cancelled before its first run ends has none', async () => {
    const controller = new AbortController();
    const running = play(threads(1, ''), controller);
    controller.abort(new Cancelled('Cancelled.'));
    expect(await running).toEqual({ runs: [], planned: 4 });
  });

  test('that is cancelled with its last run is whole', async () => {
    const { planned, runs } = await play(threads(0, ''), undefined, 4);
    expect(runs).toHaveLength(planned);
  });
});
