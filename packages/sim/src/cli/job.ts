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
  /** Undefined where the run did not come to its end. */
  report: Report | undefined;
  violations: readonly Violation[];
}

/** A bug in the protocol may well throw: that fails one run, not the batch. */
export function runJob({ options, scenario }: Job): JobResult {
  try {
    const run = play(scenario, options);
    for (;;) {
      const step = run.next();
      if (step.done !== true) continue;
      const { report, violations } = step.value;
      return { report, violations };
    }
  } catch (error) {
    return { report: undefined, violations: [exceptionOf(error)] };
  }
}

export function exceptionOf(error: unknown): Violation {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { check: 'exception', text };
}
