import { parseArgs } from 'node:util';
import type { Settings } from '@grapevine/gossip';
import { GrapevineError } from '@grapevine/wire';
import type { Scenario } from '../scenario/scenario.ts';
import { readSettings } from '../scenario/world.ts';
import { reasonOf } from './text.ts';

export const usage = `Usage: npm run sim -- [options]

  --scenario NAME   steady, steady-large, burst, churn, mass-failure, partition, faults, detection,
                    or the path of a scenario file (steady)
  --nodes N         members, 2 to 20,000 (100); with --seeds also a list: 5,20,100
  --seed S          a whole number from 0 on (1): the same seed gives the same output
  --seeds A..B      a run for every seed and size, over all cores, and a summary; at most 100,000
  --fail SHARE      of the members that die at once where a scenario says so, as mass-failure
                    does, 0 to 0.99 (0.8)
  --set NAME=VALUE  a setting of the node, e.g. fanout=3; more than once for more
  --workers N       threads with --seeds, 1 to 256 (as many as there are cores)
  --json            one JSON object on stdout, nothing else
  --svg FOLDER      plots of one run: spread over time, detection times; of the claims:
                    rounds and load against log N
  --claims          what classic gossip promises, measured, as tables; with --nodes the
                    rooms of real nodes it looks at (10,30,100,300), --seed, --json, --svg
  --help            this text

A bar on stderr says how far it is, where that is a terminal. Ctrl-C cancels: a batch tells of the
runs that were done. Another one ends at once.
Exit codes: 0 every check held, 1 one did not, 2 an option, a scenario or a folder is at fault,
130 cancelled.`;

export interface CliOptions {
  scenario: string;
  nodes: readonly number[];
  seeds: readonly [number, number];
  /** `--seeds` was given. */
  batch: boolean;
  fail: number;
  settings: Partial<Settings>;
  workers: number | undefined;
  json: boolean;
  svg: string | undefined;
  claims: boolean;
  help: boolean;
}

const least = 2;
const most = 20_000;
const defaultFail = 0.8;
/** Of one batch: more would take weeks, and their results would not fit. Guess. */
const mostRuns = 100_000;
/** Rooms of real nodes whose claims are measured: the largest takes most of the time. */
const claimedRooms = '10,30,100,300';

/** Throws GrapevineError `option-invalid`. */
export function readOptions(args: readonly string[]): CliOptions {
  const values = parse(args);
  const { claims = false, workers } = values;
  const batch = values.seeds !== undefined;
  const seed = whole('--seed', values.seed ?? '1', 0, Number.MAX_SAFE_INTEGER);
  const nodes = (values.nodes ?? (claims ? claimedRooms : '100'))
    .split(',')
    .map((text) => whole('--nodes', text, least, most));
  if (nodes.length > 1 && !batch && !claims) {
    throw invalid(
      '--nodes takes one number, unless --seeds or --claims is given.',
      'Name one, or add --seeds 1..1.',
    );
  }
  refuseWhatIsIgnored(values);
  const twice = nodes.find((size, index) => nodes.indexOf(size) !== index);
  if (twice !== undefined) throw invalid(`--nodes names ${twice} twice.`, 'Name it once.');
  return {
    scenario: named('--scenario', values.scenario ?? 'steady'),
    nodes,
    seeds: values.seeds === undefined ? [seed, seed] : span(values.seeds, nodes.length),
    batch,
    fail: share(values.fail ?? String(defaultFail)),
    settings: settings(values.set ?? []),
    workers: workers === undefined ? undefined : whole('--workers', workers, 1, 256),
    json: values.json ?? false,
    svg: values.svg === undefined ? undefined : named('--svg', values.svg),
    claims,
    help: values.help ?? false,
  };
}

/** Throws GrapevineError `option-invalid` where an option would do nothing in that scenario. */
export function refuseIdle({ fail }: CliOptions, { name, phases }: Scenario): void {
  if (fail === defaultFail || phases.some((phase) => phase.fail)) return;
  throw invalid(
    `--fail does nothing in ${name}: nobody dies at once there.`,
    'Leave it out, or choose mass-failure with --scenario.',
  );
}

/** The command that repeats one run. */
export function commandFor(options: CliOptions, nodes: number, seed: number): string {
  const parts = [
    'npm run sim --',
    `--nodes ${nodes}`,
    `--seed ${seed}`,
    `--scenario ${quoted(options.scenario)}`,
  ];
  if (options.fail !== defaultFail) parts.push(`--fail ${options.fail}`);
  for (const [name, value] of Object.entries(options.settings))
    parts.push(`--set ${name}=${value}`);
  return [...parts, '--json'].join(' ');
}

/** What a shell hands on unchanged. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Options that would do nothing beside others are refused: who gave them expects something. */
function refuseWhatIsIgnored(values: ReturnType<typeof parse>): void {
  const notWithClaims = ['scenario', 'seeds', 'fail', 'set', 'workers'] as const;
  const beside = notWithClaims.find((name) => values[name] !== undefined);
  if (values.claims === true && beside !== undefined) {
    throw invalid(
      `--${beside} does not go with --claims, which measures rooms of its own.`,
      'Leave one of them out.',
    );
  }
  if (values.seeds !== undefined && values.svg !== undefined) {
    throw invalid('--svg draws one run, not those of --seeds.', 'Name the run with --seed.');
  }
  if (values.seeds !== undefined && values.seed !== undefined) {
    throw invalid('--seed and --seeds do not go together.', 'Leave one of them out.');
  }
  if (values.seeds === undefined && values.workers !== undefined) {
    throw invalid('--workers is for --seeds: one run has one thread.', 'Leave it out.');
  }
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      options: {
        scenario: text,
        nodes: text,
        seed: text,
        seeds: text,
        fail: text,
        set: { type: 'string', multiple: true },
        workers: text,
        json: flag,
        svg: text,
        claims: flag,
        help: flag,
      },
    }).values;
  } catch (error) {
    throw invalid(reasonOf(error), 'See npm run sim -- --help.');
  }
}

/** @param sizes each seed is played with */
function span(text: string, sizes: number): readonly [number, number] {
  const [, first, last] = /^(\d+)\.\.(\d+)$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to)) {
    throw invalid(
      `--seeds must be A..B, two whole numbers from 0 to ${Number.MAX_SAFE_INTEGER}, not ${text}.`,
      'Name the first and the last seed, e.g. 1..200.',
    );
  }
  if (to < from) {
    throw invalid(
      `--seeds ${text} ends below its start.`,
      `Name the lower one first: --seeds ${to}..${from}.`,
    );
  }
  const runs = (to - from + 1) * sizes;
  if (runs > mostRuns) {
    throw invalid(
      `--seeds ${text} asks for ${runs} runs; one batch has at most ${mostRuns}.`,
      'Name fewer seeds or fewer sizes, and make more than one batch.',
    );
  }
  return [from, to];
}

function named(option: string, text: string): string {
  if (text.trim() !== '') return text;
  throw invalid(`${option} must not be empty.`, 'Leave it out, or see npm run sim -- --help.');
}

function whole(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= low && value <= high) return value;
  throw invalid(
    `${name} must be a whole number from ${low} to ${high}, not ${text === '' ? 'nothing' : text}.`,
    `Give another, e.g. ${name} ${Math.max(low, 1)}.`,
  );
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 0.99) return value;
  throw invalid(
    `--fail must be a share from 0 to 0.99, not ${text}.`,
    'Give another, e.g. --fail 0.8.',
  );
}

function settings(pairs: readonly string[]): Partial<Settings> {
  const named = pairs.map((pair) => {
    const [name, value, ...rest] = pair.split('=');
    if (name === undefined || value === undefined || value === '' || rest.length > 0) {
      throw invalid(
        `--set must be NAME=VALUE, not ${pair}.`,
        'Give a setting, e.g. --set fanout=3.',
      );
    }
    return [name, Number(value)] as const;
  });
  try {
    return readSettings(Object.fromEntries(named));
  } catch (error) {
    if (!(error instanceof GrapevineError)) throw error;
    throw invalid(`--set: ${error.message}`, 'Give another, e.g. --set fanout=3.');
  }
}

function invalid(message: string, action: string): GrapevineError {
  return new GrapevineError('option-invalid', message, action);
}
