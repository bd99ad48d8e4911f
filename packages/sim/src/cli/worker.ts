import { parentPort } from 'node:worker_threads';
import type { Violation } from '../check/violation.ts';
import type { Report } from '../metrics/report.ts';
import { play } from '../scenario/run.ts';
import type { RunOptions } from '../scenario/run.ts';
import type { Scenario } from '../scenario/scenario.ts';

/** What a thread is given, and what it answers with. */
export interface Job {
  scenario: Scenario;
  options: RunOptions;
}

export interface JobResult {
  report: Report | undefined;
  violations: readonly Violation[];
  wallMs: number;
}

/** A bug in the protocol may well throw: that fails one run, not the batch. */
export function runJob({ options, scenario }: Job): JobResult {
  const start = Date.now();
  try {
    const run = play(scenario, options);
    for (;;) {
      const step = run.next();
      if (step.done !== true) continue;
      const { report, violations } = step.value;
      return { report, violations, wallMs: Date.now() - start };
    }
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const violations = [{ check: 'exception', text }];
    return { report: undefined, violations, wallMs: Date.now() - start };
  }
}

parentPort?.on('message', (job: Job) => parentPort?.postMessage(runJob(job)));
