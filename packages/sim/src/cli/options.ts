import { parseArgs } from 'node:util';
import type { Settings } from '@grapevine/gossip';
import { GrapevineError } from '@grapevine/wire';
import { readSettings } from '../scenario/world.ts';

export const usage = `Usage: npm run sim -- [options]

  --scenario NAME   steady, steady-large, burst, churn, mass-failure, partition, faults, detection,
                    or the path of a scenario file (steady)
  --nodes N         members, 2 to 20,000 (100); with --seeds also a list: 5,20,100
  --seed S          a whole number (1): the same seed gives the same output
  --seeds A..B      a run for every seed, over all cores, and a summary
  --fail SHARE      of the members that die at once in mass-failure, 0 to 0.99 (0.8)
  --set NAME=VALUE  a setting of the node, e.g. fanout=3; more than once for more
  --workers N       threads with --seeds (as many as there are cores)
  --json            one JSON object on stdout, nothing else
  --svg FOLDER      plots of one run: spread over time, detection times; of the claims:
                    rounds and load against log N
  --claims          what classic gossip promises, measured, as tables; with --nodes the
                    rooms of real nodes it looks at (10,30,100,300), --seed, --json, --svg
  --help            this text`;

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
  return {
    scenario: values.scenario ?? 'steady',
    nodes,
    seeds: values.seeds === undefined ? [seed, seed] : span(values.seeds),
    batch,
    fail: share(values.fail ?? String(defaultFail)),
    settings: settings(values.set ?? []),
    workers: workers === undefined ? undefined : whole('--workers', workers, 1, 256),
    json: values.json ?? false,
    svg: values.svg,
    claims,
    help: values.help ?? false,
  };
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
    const message = error instanceof Error ? error.message : String(error);
    throw invalid(message, 'See npm run sim -- --help.');
  }
}

function span(text: string): readonly [number, number] {
  const [first, last, ...rest] = text.split('..');
  if (first === undefined || last === undefined || rest.length > 0) {
    throw invalid(
      `--seeds must be A..B, not ${text}.`,
      'Name the first and the last seed, e.g. 1..200.',
    );
  }
  const from = whole('--seeds', first, 0, Number.MAX_SAFE_INTEGER);
  return [from, whole('--seeds', last, from, Number.MAX_SAFE_INTEGER)];
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
