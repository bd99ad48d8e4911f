import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { RunOptions } from '../scenario/run.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { Cancelled } from './cancel.ts';
import { ProgressBar } from './progress.ts';
import type { Job, JobResult } from './worker.ts';

export interface BatchRun extends JobResult {
  nodes: number;
  seed: number;
}

export interface BatchOptions {
  scenario: Scenario;
  /** Largest rooms first: what takes longest must not come last. */
  nodes: readonly number[];
  seeds: readonly [number, number];
  workers: number | undefined;
  base: Omit<RunOptions, 'nodes' | 'seed'>;
  onRun?: (run: BatchRun) => void;
}

/** A run for every seed and size, over threads. In the order of sizes and seeds. Throws Cancelled. */
export async function batch(options: BatchOptions, signal: AbortSignal): Promise<BatchRun[]> {
  const todo = jobs(options);
  const done: BatchRun[] = [];
  const bar = new ProgressBar();
  const threads = Math.min(options.workers ?? availableParallelism(), todo.length);
  let next = 0;
  const work = async (worker: Worker): Promise<void> => {
    for (let job = todo[next++]; job !== undefined; job = todo[next++]) {
      const result = await ask(worker, job, signal);
      const { nodes, seed } = job.options;
      const run = { nodes, seed, ...result };
      done.push(run);
      options.onRun?.(run);
      bar.show(done.length / todo.length, `${done.length} of ${todo.length} runs`);
    }
  };
  const url = new URL('./worker.js', import.meta.url);
  const workers = Array.from({ length: threads }, () => new Worker(url));
  try {
    await Promise.all(workers.map(work));
  } finally {
    bar.clear();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return done.sort((a, b) => a.nodes - b.nodes || a.seed - b.seed);
}

function jobs({ base, nodes, scenario, seeds }: BatchOptions): Job[] {
  const [first, last] = seeds;
  return [...nodes]
    .sort((a, b) => b - a)
    .flatMap((size) =>
      Array.from({ length: last - first + 1 }, (_, index) => ({
        scenario,
        options: { ...base, nodes: size, seed: first + index },
      })),
    );
}

function ask(worker: Worker, job: Job, signal: AbortSignal): Promise<JobResult> {
  return new Promise((resolve, reject) => {
    const finish = (act: () => void): void => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const onMessage = (result: JobResult): void => finish(() => resolve(result));
    const onError = (error: Error): void => finish(() => reject(error));
    const onAbort = (): void => finish(() => reject(new Cancelled('Cancelled.')));
    if (signal.aborted) return onAbort();
    worker.on('message', onMessage);
    worker.on('error', onError);
    signal.addEventListener('abort', onAbort);
    worker.postMessage(job);
  });
}
