import { GrapevineError } from '@grapevine/wire';
import type { Violation } from '../check/violation.ts';
import { measureClaims } from '../claims/claims.ts';
import { claimsText } from '../claims/table.ts';
import { batch } from './batch.ts';
import type { BatchRun } from './batch.ts';
import { Cancelled, cancellable } from './cancel.ts';
import { loadScenario } from './files.ts';
import { exceptionOf } from './job.ts';
import { commandFor, readOptions, usage } from './options.ts';
import type { CliOptions } from './options.ts';
import { writeClaimPlots, writeRunPlots } from './plot-files.ts';
import { drive, single } from './single.ts';
import { reportText, summarize, violationsText } from './text.ts';

const failureCode = 1;
const badOptionCode = 2;
const cancelledCode = 130;

/** The simulator's command. @returns the exit code: 0 only where every check held */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options.help) {
      console.log(usage);
      return 0;
    }
    return await cancellable((signal) => run(options, signal));
  } catch (error) {
    if (error instanceof Cancelled) {
      console.error('Cancelled.');
      return cancelledCode;
    }
    if (!(error instanceof GrapevineError)) throw error;
    console.error(`${error.message} ${error.action}`);
    return badOptionCode;
  }
}

function run(options: CliOptions, signal: AbortSignal): Promise<number> {
  if (options.claims) return runClaims(options, signal);
  return options.batch ? runMany(options, signal) : runOne(options, signal);
}

async function runOne(options: CliOptions, signal: AbortSignal): Promise<number> {
  const scenario = loadScenario(options.scenario);
  const { fail, settings } = options;
  const [nodes = 2] = options.nodes;
  const [seed] = options.seeds;
  const start = Date.now();
  const run = { nodes, seed, fail, settings };
  const outcome = await single(scenario, run, signal).catch((error: unknown) => {
    if (error instanceof Cancelled) throw error;
    return exceptionOf(error);
  });
  if ('check' in outcome) return tellFailure(options, nodes, seed, [outcome]);
  const { report, violations, world } = outcome;
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  console.log(options.json ? JSON.stringify(report) : reportText(report));
  console.error(`${(world.now / 1000).toFixed(1)} virtual seconds in ${seconds} s`);
  if (options.svg !== undefined) tellFiles(writeRunPlots(options.svg, outcome));
  return violations.length === 0 ? 0 : tellFailure(options, nodes, seed, violations);
}

function tellFailure(
  options: CliOptions,
  nodes: number,
  seed: number,
  violations: readonly Violation[],
): number {
  console.error(`\nFAILED:\n${violationsText(violations)}`);
  console.error(`\nRepeat: ${commandFor(options, nodes, seed)}`);
  return failureCode;
}

async function runMany(options: CliOptions, signal: AbortSignal): Promise<number> {
  const { fail, nodes, seeds, settings, workers } = options;
  const scenario = loadScenario(options.scenario);
  const tell = (each: BatchRun): void => {
    if (each.violations.length === 0) return;
    console.error(`FAILED: ${commandFor(options, each.nodes, each.seed)}`);
    console.error(violationsText(each.violations));
  };
  const start = Date.now();
  const base = { fail, settings };
  const runs = await batch({ scenario, nodes, seeds, workers, base, onRun: tell }, signal);
  const named = { scenario: scenario.name, nodes, seeds: seeds.join('..') };
  const summary = summarize(runs, named, (each) => commandFor(options, each.nodes, each.seed));
  console.log(options.json ? JSON.stringify(summary) : JSON.stringify(summary, undefined, 2));
  console.error(`${runs.length} runs in ${((Date.now() - start) / 1000).toFixed(1)} s`);
  if (summary.command === null) return 0;
  console.error(
    `\n${summary.failed} of ${runs.length} runs failed. Repeat the first: ${summary.command}`,
  );
  return failureCode;
}

async function runClaims(options: CliOptions, signal: AbortSignal): Promise<number> {
  const [seed] = options.seeds;
  const claims = await drive(measureClaims(seed, options.nodes), signal, (step) => step);
  console.log(options.json ? JSON.stringify(claims) : claimsText(claims));
  if (options.svg !== undefined) tellFiles(writeClaimPlots(options.svg, claims));
  return 0;
}

function tellFiles(files: readonly string[]): void {
  for (const file of files) console.error(`Wrote ${file}`);
}
