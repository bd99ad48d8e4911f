import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter';
import type { FalseDeaths, Figure } from './figure.ts';

/** Prints what the benchmarks attached as one table and one line of JSON; a benchmark that failed is a row that says so. */
export default class FigureReporter implements Reporter {
  readonly #figures: Figure[] = [];
  readonly #falseDeaths: (FalseDeaths & { title: string })[] = [];

  onTestBegin(test: TestCase): void {
    console.error(`${test.title} ...`);
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    for (const { name, body } of result.attachments) {
      if (name === 'figure') this.#figures.push(JSON.parse(String(body)) as Figure);
      if (name !== 'false deaths') continue;
      this.#falseDeaths.push({ ...(JSON.parse(String(body)) as FalseDeaths), title: test.title });
    }
    console.error(`${test.title}: ${result.status} in ${(result.duration / 1000).toFixed(0)} s`);
    if (result.status === 'passed') return;
    const note = result.status === 'skipped' ? skipReason(test) : (result.error?.message ?? '?');
    const figure = test.title.replace(/^figures? /, '');
    this.#figures.push({ figure, asked: '', grapevine: result.status, yWebrtc: '', note });
  }

  onEnd(result: FullResult): void {
    this.#figures.push(this.#livingShownAsGone());
    const number = ({ figure }: Figure) => Number.parseInt(figure, 10);
    this.#figures.sort((a, b) => number(a) - number(b));
    console.table(
      this.#figures.map(({ figure, asked, grapevine, yWebrtc, note }) => ({
        figure,
        asked,
        Grapevine: grapevine,
        'y-webrtc': yWebrtc,
        note,
      })),
    );
    console.log(JSON.stringify({ status: result.status, figures: this.#figures }));
  }

  #livingShownAsGone(): Figure {
    const counts = this.#falseDeaths.flatMap(({ system, title, shownAs }) =>
      Object.entries(shownAs).map(([how, count]) => ({ system, count, how, title })),
    );
    const total = (name: FalseDeaths['system']) => {
      if (this.#falseDeaths.every(({ system }) => system !== name)) return 'not run';
      const own = counts.filter(({ system }) => system === name);
      return String(own.reduce((sum, { count }) => sum + count, 0));
    };
    return {
      figure: '8 living members shown as gone, once for each page that showed one',
      asked: '0',
      grapevine: total('Grapevine'),
      yWebrtc: total('y-webrtc'),
      note: counts
        .filter(({ count }) => count > 0)
        .map(
          ({ system, count, how, title }) => `${system}: ${count} ${how} (${title.split(':')[0]})`,
        )
        .join('; '),
    };
  }
}

function skipReason(test: TestCase): string {
  return test.annotations.find(({ type }) => type === 'skip')?.description ?? '';
}
