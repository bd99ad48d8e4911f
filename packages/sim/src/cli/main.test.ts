import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GossipNode } from '@grapevine/gossip';
import { describe, expect, test, vi } from 'vitest';
import { batch } from './batch.ts';
import { main } from './main.ts';
import { threads } from './testing.ts';

vi.mock(import('./batch.ts'), async (original) => {
  const { batch: real } = await original();
  return { batch: vi.fn<typeof real>(real) };
});

/** What the command prints and how it ends. */
async function sim(...args: string[]) {
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const code = await main(args);
  const text = (mock: typeof told) => mock.mock.calls.flat().join('\n');
  return { code, stderr: text(told), stdout: text(printed) };
}

test('a run that throws says so, with the command that repeats it', async () => {
  vi.spyOn(GossipNode.prototype, 'handle').mockImplementation(() => {
    throw new Error('a bug of the node');
  });
  const args = ['--nodes', '2', '--seed', '7', '--scenario', 'burst', '--json'];
  const { code, stderr, stdout } = await sim(...args);
  expect(code).toBe(1);
  expect(stderr).toContain('exception: Error: a bug of the node');
  expect(stderr).toContain('Repeat: npm run sim -- --nodes 2 --seed 7 --scenario burst --json');
  expect(stdout).toBe('');
});

describe('a batch that is cancelled', () => {
  /** Every run fails, Ctrl-C comes after the second, and the third never ends. */
  function cancelled(...args: string[]) {
    const worker = threads(9, '', "[{ check: 'heal', text: 'x' }]");
    const real = vi.mocked(batch).getMockImplementation();
    vi.mocked(batch).mockImplementation((options, signal) => {
      const onRun: typeof options.onRun = (run) => {
        options.onRun?.(run);
        if (run.seed === 8) process.emit('SIGINT');
      };
      if (real === undefined) throw new Error('no batch');
      return real({ ...options, worker, onRun }, signal);
    });
    return sim('--nodes', '5', '--seeds', '7..20', '--workers', '1', ...args);
  }

  test('tells of the runs that were done, and repeats those that failed, as JSON', async () => {
    const { code, stderr, stdout } = await cancelled('--json');
    expect(code).toBe(130);
    const commands = [7, 8].map((seed) => {
      return `npm run sim -- --nodes 5 --seed ${seed} --scenario steady --json`;
    });
    expect(JSON.parse(stdout)).toMatchObject({
      cancelled: true,
      planned: 14,
      runs: 2,
      failed: 2,
      command: commands[0],
      commands,
    });
    expect(stderr).toMatch(/Cancelled after 2 of 14 runs/);
    expect(stderr).toContain('2 of 2 runs failed.');
  });

  test('tells of them in words', async () => {
    const { code, stdout } = await cancelled();
    expect(code).toBe(130);
    expect(stdout).toMatch(/^runs +2 of 14, cancelled$/m);
    expect(stdout).toMatch(/^failed +2$/m);
    expect(stdout).toMatch(/^commands +npm run sim -- --nodes 5 --seed 7 /m);
    expect(stdout).toMatch(/^ +npm run sim -- --nodes 5 --seed 8 /m);
  });
});

describe('before anything is measured', () => {
  test('a folder that cannot be written is refused', async () => {
    const handle = vi.spyOn(GossipNode.prototype, 'handle');
    const { code, stderr, stdout } = await sim('--nodes', '2', '--svg', '/dev/null/plots');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Plots cannot be written to \/dev\/null\/plots: .*--svg\.$/);
    expect(handle).not.toHaveBeenCalled();
  });

  test('a share that would not die is refused', async () => {
    const { code, stderr, stdout } = await sim('--scenario', 'burst', '--fail', '0.5');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('--fail does nothing in burst');
  });
});

test('plots are written to a folder that was not there; nothing to draw is said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plots-'));
  try {
    const drawn = join(folder, 'new', 'deep');
    const args = ['--nodes', '2', '--scenario', 'burst', '--svg'];
    const { code, stderr } = await sim(...args, drawn);
    expect(code).toBe(0);
    expect(readdirSync(drawn)).toEqual(['spread.svg']);
    expect(stderr).toContain(`Wrote ${join(drawn, 'spread.svg')}`);
    vi.restoreAllMocks();
    const quiet = join(folder, 'quiet');
    const hopeless = 'packages/sim/src/testing/hopeless.json';
    const failed = await sim('--nodes', '2', '--scenario', hopeless, '--svg', quiet);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('No plots');
    expect(readdirSync(folder)).toEqual(['new']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
