import type { Violation } from '../check/violation.ts';
import { percentile } from '../metrics/numbers.ts';
import type { Report } from '../metrics/report.ts';
import type { BatchResult, BatchRun } from './batch.ts';

/** As many of the commands that repeat runs are told: those beyond them say little new. */
const commandsMax = 100;

/** A report for people: one line a figure. */
export function reportText(report: Report): string {
  return lines(Object.entries(report));
}

export function violationsText(violations: readonly Violation[]): string {
  return violations.map(({ check, text }) => `  ${check}: ${text}`).join('\n');
}

/** What a batch came to; the numbers are over the runs that were done. */
export interface Summary {
  scenario: string;
  nodes: readonly number[];
  seeds: string;
  /** Ctrl-C came before all runs were done. */
  cancelled: boolean;
  planned: number;
  /** Done. */
  runs: number;
  failed: number;
  /** Runs that broke each check. */
  checks: Record<string, number>;
  falseDeaths: number;
  excusedDeaths: number;
  diverged: number;
  missed: number;
  linksMax: number;
  detectionMsP50: number | null;
  detectionMsP99: number | null;
  /** Repeats the first run that failed. */
  command: string | null;
  /** Repeat those that failed, the first hundred. */
  commands: readonly string[];
}

export function summarize(
  { planned, runs }: BatchResult,
  named: Pick<Summary, 'scenario' | 'nodes' | 'seeds'>,
  commandFor: (run: BatchRun) => string,
): Summary {
  const failed = runs.filter(({ violations }) => violations.length > 0);
  const checks: Record<string, number> = {};
  for (const { violations } of failed) {
    for (const check of new Set(violations.map((violation) => violation.check))) {
      checks[check] = (checks[check] ?? 0) + 1;
    }
  }
  const reports = runs.flatMap(({ report }) => (report === undefined ? [] : [report]));
  const sum = (of: (report: Report) => number): number => {
    return reports.reduce((total, report) => total + of(report), 0);
  };
  const known = (values: (number | null)[]): number[] => values.filter((value) => value !== null);
  const commands = failed.slice(0, commandsMax).map(commandFor);
  return {
    ...named,
    cancelled: runs.length < planned,
    planned,
    runs: runs.length,
    failed: failed.length,
    checks,
    falseDeaths: sum(({ falseDeaths }) => falseDeaths),
    excusedDeaths: sum(({ excusedDeaths }) => excusedDeaths),
    diverged: sum(({ diverged }) => diverged),
    missed: sum(({ missed }) => missed),
    linksMax: reports.reduce((most, { linksMax }) => Math.max(most, linksMax), 0),
    detectionMsP50: percentile(known(reports.map((r) => r.detectionMsP50)), 0.5) ?? null,
    detectionMsP99: percentile(known(reports.map((r) => r.detectionMsP99)), 0.99) ?? null,
    command: commands[0] ?? null,
    commands,
  };
}

/** A summary for people: one line a figure, and one a command. */
export function summaryText(summary: Summary): string {
  const { cancelled, checks, command: _, commands, nodes, planned, runs, ...rest } = summary;
  const { scenario, seeds, failed, ...figures } = rest;
  const broken = Object.entries(checks).map(([check, count]) => `${check} ${count}`);
  return lines([
    ['scenario', scenario],
    ['nodes', nodes.join(', ')],
    ['seeds', seeds],
    ['runs', cancelled ? `${runs} of ${planned}, cancelled` : runs],
    ['failed', failed],
    ['checks', broken.length === 0 ? null : broken.join(', ')],
    ...Object.entries(figures),
    ['commands', commands[0] ?? null],
    ...commands.slice(1).map((command) => ['', command] as const),
  ]);
}

/** What an error says, as one sentence that ends. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const sentence = text.trim().replace(/\s*\n\s*/g, ' ');
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

/** Names in a column, values in another; `-` for what there is not. */
function lines(figures: readonly (readonly [string, string | number | null])[]): string {
  const width = Math.max(...figures.map(([name]) => name.length));
  return figures.map(([name, value]) => `${name.padEnd(width)}  ${value ?? '-'}`).join('\n');
}
