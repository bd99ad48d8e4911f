import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadScenario } from './files.ts';
import { commandFor, readOptions, usage } from './options.ts';
import { summarize, summaryText } from './text.ts';

describe('options', () => {
  test('what is not said has its default', () => {
    expect(readOptions([])).toMatchObject({
      scenario: 'steady',
      nodes: [100],
      seeds: [1, 1],
      batch: false,
      fail: 0.8,
      json: false,
    });
  });

  test('a command repeats the run it is printed for', () => {
    const args = ['--nodes', '5,20', '--seeds', '3..9', '--scenario', 'mass-failure'];
    const options = readOptions([...args, '--fail', '0.5', '--set', 'fanout=3']);
    expect(options).toMatchObject({ nodes: [5, 20], seeds: [3, 9], batch: true });
    const command = commandFor(options, 20, 7);
    const repeated = readOptions(command.split(' ').slice(4));
    expect(repeated).toMatchObject({
      scenario: 'mass-failure',
      nodes: [20],
      seeds: [7, 7],
      fail: 0.5,
      settings: { fanout: 3 },
      json: true,
    });
  });

  test('a mass failure of a scenario file is repeated as well, and the shell takes it as one word', () => {
    const options = readOptions(['--scenario', "my rooms/it's.json", '--fail', '0.25']);
    expect(commandFor(options, 5, 2)).toBe(
      "npm run sim -- --nodes 5 --seed 2 --scenario 'my rooms/it'\\''s.json' --fail 0.25 --json",
    );
    expect(commandFor(readOptions(['--scenario', './a-b.json']), 5, 2)).toBe(
      'npm run sim -- --nodes 5 --seed 2 --scenario ./a-b.json --json',
    );
  });

  test('the claims have rooms of their own, unless they are named', () => {
    expect(readOptions(['--claims'])).toMatchObject({ claims: true, nodes: [10, 30, 100, 300] });
    expect(readOptions(['--claims', '--nodes', '20,50'])).toMatchObject({ nodes: [20, 50] });
  });

  test.each([
    [['--nodes', '1'], '--nodes must be a whole number from 2 to 20000, not 1.'],
    [['--nodes', 'many'], 'not many'],
    [['--nodes', '5,20'], '--nodes takes one number'],
    [['--seed', '-1'], '--seed'],
    [['--seeds', '5'], '--seeds must be A..B'],
    [['--seeds', '5..3'], '--seeds 5..3 ends below its start.'],
    [['--seeds', '..'], '--seeds must be A..B, two whole numbers'],
    [['--seeds', '1..9007199254740992'], '--seeds must be A..B'],
    [['--seeds', '1..100001'], '100001 runs'],
    [['--seeds', '1..50001', '--nodes', '5,20'], '100002 runs'],
    [['--seeds', '1..2', '--nodes', '5,20,5'], '--nodes names 5 twice.'],
    [['--scenario', ''], '--scenario must not be empty.'],
    [['--svg', ''], '--svg must not be empty.'],
    [['--fail', '1'], '--fail must be a share'],
    [['--set', 'fanout'], '--set must be NAME=VALUE'],
    [['--set', 'fanuot=2'], 'settings.fanuot'],
    [['--set', 'fanout=abc'], '--set: settings.fanout must be a whole number'],
    [['--set', 'graceMs=abc'], '--set: settings.graceMs must be a number'],
    [['--set', 'fanout=99'], 'from 1 to 16'],
    [['--svg', 'x', '--seeds', '1..2'], '--svg draws one run'],
    [['--seed', '1', '--seeds', '1..2'], '--seed and --seeds'],
    [['--workers', '2'], '--workers is for --seeds'],
    [['--claims', '--scenario', 'faults'], '--scenario does not go with --claims'],
    [['--bogus'], 'bogus'],
    [['extra'], 'extra'],
  ])('%j is refused in words', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });

  test('a scenario there is not is refused with those there are', () => {
    expect(() => loadScenario('stedy')).toThrow(
      expect.objectContaining({
        message: 'There is no scenario stedy.',
        action: expect.stringMatching(/^Choose one of burst, .*steady,/),
      }),
    );
    expect(() => loadScenario('./nowhere.json')).toThrow('no scenario file ./nowhere.json');
  });

  test('a scenario file that cannot be read is not said to be missing', () => {
    expect(() => loadScenario('packages/sim')).toThrow(
      expect.objectContaining({
        code: 'scenario-unreadable',
        message: expect.stringMatching(/^packages\/sim cannot be read: EISDIR.*\.$/),
      }),
    );
  });

  test('the help names every scenario there is', () => {
    const folder = new URL('../../scenarios/', import.meta.url);
    const names = readdirSync(folder).map((file) => file.replace('.json', ''));
    const listed = /--scenario NAME +([^(]*),\s+or the path/s.exec(usage)?.[1]?.split(/,\s+/);
    expect(listed?.toSorted()).toEqual(names.toSorted());
  });
});

describe('summary', () => {
  test('counts runs that failed, and repeats the first', () => {
    const violation = { check: 'convergence', text: 'x' };
    const run = (seed: number, ...violations: (typeof violation)[]) => {
      return { nodes: 5, seed, report: undefined, violations };
    };
    const named = { scenario: 'x', nodes: [5], seeds: '1..3' };
    const runs = [run(1), run(2, violation, violation), run(3, violation)];
    const ended = { runs, planned: 3 };
    expect(summarize(ended, named, ({ seed }) => `seed ${seed}`)).toMatchObject({
      cancelled: false,
      planned: 3,
      runs: 3,
      failed: 2,
      checks: { convergence: 2 },
      command: 'seed 2',
      commands: ['seed 2', 'seed 3'],
    });
    const whole = summarize({ runs: [run(1)], planned: 1 }, named, () => 'none');
    expect(whole).toMatchObject({ command: null, commands: [] });
    expect(summaryText(whole)).toMatch(/^runs +1$/m);
    expect(summaryText(whole)).toMatch(/^checks +-$/m);
  });

  test('repeats no more than the first hundred that failed', () => {
    const violations = [{ check: 'x', text: 'x' }];
    const runs = Array.from({ length: 150 }, (_, seed) => {
      return { nodes: 5, seed, report: undefined, violations };
    });
    const named = { scenario: 'x', nodes: [5], seeds: '0..149' };
    const summary = summarize({ runs, planned: 150 }, named, ({ seed }) => String(seed));
    expect(summary.failed).toBe(150);
    expect(summary.commands).toHaveLength(100);
    expect(summary.commands.at(-1)).toBe('99');
  });
});
