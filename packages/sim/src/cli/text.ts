import type { Violation } from '../check/violation.ts';
import { percentile } from '../metrics/numbers.ts';
import type { Report } from '../metrics/report.ts';
import type { BatchRun } from './batch.ts';

/** A report for people: one line a figure. */
export function reportText(report: Report): string {
  const width = Math.max(...Object.keys(report).map((name) => name.length));
  return Object.entries(report)
    .map(([name, value]) => `${name.padEnd(width)}  ${value === null ? '-' : String(value)}`)
    .join('\n');
}

export function violationsText(violations: readonly Violation[]): string {
  return violations.map(({ check, text }) => `  ${check}: ${text}`).join('\n');
}

/** What a batch came to; the numbers are over runs. */
export interface Summary {
  scenario: string;
  nodes: readonly number[];
  seeds: string;
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
}

export function summarize(
  runs: readonly BatchRun[],
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
  const first = failed[0];
  return {
    ...named,
    runs: runs.length,
    failed: failed.length,
    checks,
    falseDeaths: sum(({ falseDeaths }) => falseDeaths),
    excusedDeaths: sum(({ excusedDeaths }) => excusedDeaths),
    diverged: sum(({ diverged }) => diverged),
    missed: sum(({ missed }) => missed),
    linksMax: Math.max(0, ...reports.map(({ linksMax }) => linksMax)),
    detectionMsP50: percentile(known(reports.map((r) => r.detectionMsP50)), 0.5) ?? null,
    detectionMsP99: percentile(known(reports.map((r) => r.detectionMsP99)), 0.99) ?? null,
    command: first === undefined ? null : commandFor(first),
  };
}
