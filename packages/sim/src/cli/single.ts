import type { Scenario } from '../scenario/scenario.ts';
import { play } from '../scenario/run.ts';
import type { Outcome, RunOptions } from '../scenario/run.ts';
import { breathe } from './cancel.ts';
import { ProgressBar } from './progress.ts';
import type { Stand } from './progress.ts';

/** Between two breaths. */
const workMs = 50;

/** One run in this thread. Throws Cancelled. */
export function single(
  scenario: Scenario,
  options: RunOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  return drive(play(scenario, options), signal, ({ endMs, nowMs, phase }) => ({
    share: nowMs / endMs,
    what: `${phase}, ${(nowMs / 1000).toFixed(1)} virtual s`,
  }));
}

/** Runs a generator to its end, with a bar and with breaths. Throws Cancelled. */
export async function drive<Step, Result>(
  run: Generator<Step, Result>,
  signal: AbortSignal,
  progress: (step: Step) => Stand,
): Promise<Result> {
  const bar = new ProgressBar();
  let breathedAt = Date.now();
  try {
    for (;;) {
      const step = run.next();
      if (step.done === true) return step.value;
      if (Date.now() - breathedAt < workMs) continue;
      bar.show(progress(step.value));
      await breathe(signal);
      breathedAt = Date.now();
    }
  } finally {
    bar.clear();
  }
}
