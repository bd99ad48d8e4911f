import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What the command prints and how it ends, with one thread a core. */
async function sim(...args: string[]) {
  const command = ['scripts/sim.mjs', ...args];
  const options = { cwd: root, maxBuffer: 2 ** 26 };
  const { code, stderr, stdout } = await run(process.execPath, command, options).then(
    (output) => ({ code: 0, ...output }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  return { code, stderr, stdout };
}

/**
 * As many as two cores play within three minutes: a run of 5, 20, 100 members takes 0.1, 0.4, 9 s of one. The rest, a
 * quarter of an hour, is for `npm run sim -- --nodes 5,20,100 --seeds 1..200 --scenario faults`.
 */
const seeds = { 5: '1..200', 20: '1..200', 100: '1..24' } as const;

/** A core may be shared with much else. */
const timeout = 600_000;

describe('the simulator as a command', { timeout }, () => {
  test.each(Object.entries(seeds))(
    'rooms of %s members are whole again after a minute of all faults, seeds %s',
    async (nodes, span) => {
      const { code, stderr, stdout } = await sim(
        ...['--scenario', 'faults', '--nodes', nodes, '--seeds', span, '--json'],
      );
      expect(code, stderr).toBe(0);
      const [first, last] = span.split('..').map(Number);
      expect(JSON.parse(stdout)).toMatchObject({
        runs: (last ?? 0) - (first ?? 0) + 1,
        failed: 0,
        diverged: 0,
        falseDeaths: 0,
        command: null,
      });
    },
  );

  test('prints exactly one JSON object, the same for the same seed', async () => {
    const args = ['--scenario', 'steady', '--nodes', '6', '--seed', '4', '--json'];
    const [first, second] = [await sim(...args), await sim(...args)];
    expect(second.stdout).toBe(first.stdout);
    expect(Object.keys(JSON.parse(first.stdout) as object)).toEqual([
      ...['nodes', 'seed', 'scenario', 'rmr', 'rmrCold', 'ldh', 'lastDeliveryMs'],
      ...['dijkstraRatio', 'missed', 'diverged', 'falseDeaths', 'excusedDeaths'],
      ...[
        'detectionMsP50',
        'detectionMsP99',
        'reconnectMs',
        'linksMax',
        'repairBytes',
        'traceHash',
      ],
    ]);
  });

  test('a run that fails says how, repeats itself, and ends with another code', async () => {
    const hopeless = 'packages/sim/src/testing/hopeless.json';
    const { code, stderr, stdout } = await sim('--scenario', hopeless, '--nodes', '3', '--json');
    expect(code).toBe(1);
    expect(stderr).toContain('connectivity: the room is in parts of 1, 1, 1 members');
    expect(stderr).toContain(`npm run sim -- --nodes 3 --seed 1 --scenario ${hopeless} --json`);
    expect(JSON.parse(stdout)).toMatchObject({ scenario: hopeless });
    const batch = await sim('--scenario', hopeless, '--nodes', '3', '--seeds', '7..9', '--json');
    expect(batch.code).toBe(1);
    expect(JSON.parse(batch.stdout)).toMatchObject({
      failed: 3,
      command: `npm run sim -- --nodes 3 --seed 7 --scenario ${hopeless} --json`,
    });
  });

  test('bad options are refused in words', async () => {
    const { code, stderr, stdout } = await sim('--nodes', 'many');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('--nodes must be a whole number from 2 to 20000, not many.');
  });
});
