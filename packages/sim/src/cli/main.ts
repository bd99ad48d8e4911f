import { GrapevineError } from '@grapevine/wire';
import type { Violation } from '../check/violation.ts';
import { measureClaims } from '../claims/claims.ts';
import { claimsText } from '../claims/table.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { batch } from './batch.ts';
import type { BatchRun } from './batch.ts';
import { Cancelled, cancellable, cancelledCode } from './cancel.ts';
import { loadScenario } from './files.ts';
import { exceptionOf } from './job.ts';
import { commandFor, readOptions, refuseIdle, usage } from './options.ts';
import type { CliOptions } from './options.ts';
import { checkFolder, writeClaimPlots, writeRunPlots } from './plot-files.ts';
import { drive, single } from './single.ts';
import { reportText, summarize, summaryText, violationsText } from './text.ts';

const failureCode = 1;
const badOptionCode = 2;

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
  // Who has waited for plots must not lose them to a folder that was never there.
  if (options.svg !== undefined) checkFolder(options.svg);
  if (options.claims) return runClaims(options, signal);
  return options.batch ? runMany(options, signal) : runOne(options, signal);
}

async function runOne(options: CliOptions, signal: AbortSignal): Promise<number> {
  const scenario = scenarioOf(options);
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
  const scenario = scenarioOf(options);
  const tell = (each: BatchRun): void => {
    if (each.violations.length === 0) return;
    console.error(`FAILED: ${commandFor(options, each.nodes, each.seed)}`);
    console.error(violationsText(each.violations));
  };
  const start = Date.now();
  const base = { fail, settings };
  const result = await batch({ scenario, nodes, seeds, workers, base, onRun: tell }, signal);
  const named = { scenario: scenario.name, nodes, seeds: seeds.join('..') };
  const summary = summarize(result, named, (each) => commandFor(options, each.nodes, each.seed));
  console.log(options.json ? JSON.stringify(summary) : summaryText(summary));
  const { cancelled, command, failed, planned, runs } = summary;
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  const done = cancelled ? `Cancelled after ${runs} of ${planned} runs` : `${runs} runs`;
  console.error(`${done} in ${seconds} s`);
  if (command !== null) {
    console.error(`\n${failed} of ${runs} runs failed. Repeat the first: ${command}`);
  }
  if (cancelled) return cancelledCode;
  return failed === 0 ? 0 : failureCode;
}

async function runClaims(options: CliOptions, signal: AbortSignal): Promise<number> {
  const [seed] = options.seeds;
  const claims = await drive(measureClaims(seed, options.nodes), signal, (step) => step);
  console.log(options.json ? JSON.stringify(claims) : claimsText(claims));
  if (options.svg !== undefined) tellFiles(writeClaimPlots(options.svg, claims));
  return 0;
}

/** Throws GrapevineError `scenario-unknown`, `scenario-unreadable`, `scenario-invalid`, `option-invalid`. */
function scenarioOf(options: CliOptions): Scenario {
  const scenario = loadScenario(options.scenario);
  refuseIdle(options, scenario);
  return scenario;
}

function tellFiles(files: readonly string[]): void {
  if (files.length === 0) console.error('No plots: nothing was measured that they would show.');
  for (const file of files) console.error(`Wrote ${file}`);
}
