import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { readScenario } from '../scenario/scenario.ts';
import { batch } from './batch.ts';
import { Cancelled } from './cancel.ts';

const scenario = readScenario('x', { about: 'x', phases: [] });
const base = { fail: 0, settings: {} };

/** Threads that do with a job of that seed what `act` says, and answer every other one. */
function threads(seed: number, act: string): () => Worker {
  const code = `
    const { parentPort } = require('node:worker_threads');
    parentPort.on('message', ({ options }) => {
      if (options.seed === ${seed}) { ${act}; return; }
      parentPort.postMessage({ report: undefined, violations: [] });
    });`;
  return () => new Worker(code, { eval: true });
}

function play(worker: () => Worker, signal = new AbortController().signal) {
  return batch({ scenario, nodes: [5], seeds: [1, 4], workers: 1, base, worker }, signal);
}

describe('a batch', () => {
  test.each([
    ['ends', 'process.exit(3)', 'The thread ended with code 3.'],
    ['throws', "throw new Error('broken')", 'broken'],
  ])('a run whose thread %s has failed, and the others go on', async (_, act, text) => {
    const runs = await play(threads(2, act));
    expect(runs.map(({ seed, violations }) => [seed, violations.length])).toEqual([
      [1, 0],
      [2, 1],
      [3, 0],
      [4, 0],
    ]);
    expect(runs[1]?.violations[0]).toMatchObject({ check: 'exception' });
    expect(runs[1]?.violations[0]?.text).toContain(text);
  });

  test('ends when it is cancelled, though a thread never answers', async () => {
    const controller = new AbortController();
    const running = play(threads(2, ''), controller.signal);
    controller.abort(new Cancelled('Cancelled.'));
    await expect(running).rejects.toThrow(Cancelled);
  });
});
