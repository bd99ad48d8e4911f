import { test as base } from '../fixtures/world.ts';
import { report, reportFalseDeaths } from './figure.ts';
import { Grapevine } from './systems/grapevine.ts';
import type { System } from './systems/system.ts';
import { YWebrtc } from './systems/y-webrtc.ts';

/** What one system made of a row. */
export interface Cell {
  measured: string;
  note?: string;
  samples?: number[];
}

/** Measures a row of the table: called at most once for each. */
export type Fill<Row extends string> = (row: Row, cell: Cell) => void;

/**
 * Does the same work with one system after the other.
 * @param asked rows by name, with what is asked of them
 */
export type Compare = <Row extends string>(
  asked: Readonly<Record<Row, string>>,
  measure: (system: System, fill: Fill<Row>) => Promise<void>,
) => Promise<void>;

/** `npm run bench -- --members 8`: no figure takes more. */
const membersMax = Number(process.env['GRAPEVINE_BENCH_MEMBERS'] ?? Infinity);
/** `npm run bench -- --only y-webrtc` */
const only = process.env['GRAPEVINE_BENCH_ONLY'];

export function isAsked(system: System['name']): boolean {
  return only === undefined || system.toLowerCase() === only.toLowerCase();
}

/** @returns the numbers of members a figure is asked for, as far as this run allows */
export function sizes(...asked: number[]): number[] {
  return [...new Set(asked.map((members) => Math.min(members, membersMax)))];
}

export const test = base.extend<{ compare: Compare }>({
  compare: async ({ browser }, use) => {
    const systems = [new Grapevine(browser), new YWebrtc(browser)];
    await use(async (asked, measure) => {
      const filled: Filled[] = [];
      for (const system of systems) {
        if (!isAsked(system.name)) continue;
        filled.push(await fillOne(system, measure));
      }
      for (const [figure, wanted] of Object.entries<string>(asked)) {
        await reportRow(figure, wanted, filled);
      }
      // What the other one cannot do is for the table alone.
      const failed = filled.find(({ name, failure }) => name === 'Grapevine' && failure);
      if (failed) throw new Error(failed.failure);
    });
    // Again, where a benchmark ran out of time.
    await Promise.all(systems.map((system) => system.stop()));
  },
});

interface Filled {
  name: System['name'];
  cells: Map<string, Cell>;
  /** Why the rest was not measured. */
  failure?: string;
}

async function fillOne<Row extends string>(
  system: System,
  measure: (system: System, fill: Fill<Row>) => Promise<void>,
): Promise<Filled> {
  const { name } = system;
  const cells = new Map<string, Cell>();
  try {
    await system.start();
    await measure(system, (row, cell) => cells.set(row, cell));
    return { name, cells };
  } catch (error) {
    console.error(error);
    return { name, cells, failure: error instanceof Error ? error.message : String(error) };
  } finally {
    await system.closePages();
    await reportFalseDeaths({ system: name, shownAs: system.falseDeaths });
    await system.stop();
  }
}

async function reportRow(figure: string, asked: string, filled: readonly Filled[]): Promise<void> {
  const of = (name: System['name']): string => {
    const system = filled.find((one) => one.name === name);
    if (system === undefined) return 'not run';
    const failed = system.failure === undefined ? '' : `failed: ${system.failure}`;
    return system.cells.get(figure)?.measured ?? failed;
  };
  const cells = filled.flatMap(({ name, cells: own }) => {
    const cell = own.get(figure);
    return cell === undefined ? [] : [{ name, ...cell }];
  });
  await report({
    figure,
    asked,
    grapevine: of('Grapevine'),
    yWebrtc: of('y-webrtc'),
    note: cells.flatMap(({ name, note }) => (note ? [`${name}: ${note}`] : [])).join('; '),
    samples: Object.fromEntries(cells.map(({ name, samples }) => [name, samples ?? []])),
  });
}
