import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter';
import type { Figure } from './figure.ts';

/** Prints what the benchmarks attached as one table and one line of JSON; a benchmark that failed is a row that says so. */
export default class FigureReporter implements Reporter {
  readonly #figures: Figure[] = [];

  onTestEnd(test: TestCase, result: TestResult): void {
    const attached = result.attachments
      .filter(({ name }) => name === 'figure')
      .map(({ body }) => JSON.parse(String(body)) as Figure);
    this.#figures.push(...attached);
    if (result.status === 'passed') return;
    const reason = result.status === 'skipped' ? skipReason(test) : (result.error?.message ?? '?');
    this.#figures.push({ figure: test.title, measured: result.status, asked: '', note: reason });
  }

  onEnd(result: FullResult): void {
    console.table(
      this.#figures.map(({ figure, measured, asked, note }) => ({ figure, measured, asked, note })),
    );
    console.log(JSON.stringify({ status: result.status, figures: this.#figures }));
  }
}

function skipReason(test: TestCase): string {
  return test.annotations.find(({ type }) => type === 'skip')?.description ?? '';
}
