import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { RunOptions } from '../scenario/run.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { Cancelled } from './cancel.ts';
import type { Job, JobResult } from './job.ts';
import { ProgressBar } from './progress.ts';
import { Thread } from './thread.ts';

export interface BatchRun extends JobResult {
  nodes: number;
  seed: number;
}

export interface BatchOptions {
  scenario: Scenario;
  nodes: readonly number[];
  seeds: readonly [number, number];
  workers: number | undefined;
  base: Omit<RunOptions, 'nodes' | 'seed'>;
  onRun?: (run: BatchRun) => void;
  /** Another thread; the command's own by default. */
  worker?: () => Worker;
}

/** What became of a batch. */
export interface BatchResult {
  /** Those that were done, in the order of sizes and seeds: fewer than planned if it was cancelled. */
  runs: readonly BatchRun[];
  planned: number;
}

/** A run for every seed and size, over threads, until all are done or `signal` is set off. */
export async function batch(options: BatchOptions, signal: AbortSignal): Promise<BatchResult> {
  const { worker = () => new Worker(new URL('./worker.js', import.meta.url)) } = options;
  const todo = jobs(options);
  const done: BatchRun[] = [];
  const bar = new ProgressBar();
  let next = 0;
  const work = async (): Promise<void> => {
    let thread = new Thread(worker());
    try {
      for (let job = todo[next++]; job !== undefined; job = todo[next++]) {
        if (thread.over) thread = new Thread(worker());
        const result = await thread.run(job, signal);
        const { nodes, seed } = job.options;
        const run = { nodes, seed, ...result };
        done.push(run);
        if (run.violations.length > 0) bar.clear();
        options.onRun?.(run);
      }
    } catch (error) {
      if (!(error instanceof Cancelled)) throw error;
    } finally {
      await thread.stop();
    }
  };
  const threads = Math.min(options.workers ?? availableParallelism(), todo.length);
  const stop = bar.follow(() => ({
    share: done.length / todo.length,
    what: `${done.length} of ${todo.length} runs`,
  }));
  const ends = await Promise.allSettled(Array.from({ length: threads }, work));
  stop();
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  const runs = done.sort((a, b) => a.nodes - b.nodes || a.seed - b.seed);
  return { runs, planned: todo.length };
}

/** Largest rooms first: what takes longest must not come last. */
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
