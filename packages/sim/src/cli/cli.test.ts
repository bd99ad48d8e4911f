import { describe, expect, test } from 'vitest';
import { ticks, svg } from '../plots/svg.ts';
import { loadScenario } from './files.ts';
import { commandFor, readOptions } from './options.ts';
import { summarize } from './text.ts';

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

  test.each([
    [['--nodes', '1'], '--nodes must be a whole number from 2 to 20000, not 1.'],
    [['--nodes', 'many'], 'not many'],
    [['--nodes', '5,20'], '--nodes takes one number'],
    [['--seed', '-1'], '--seed'],
    [['--seeds', '5'], '--seeds must be A..B'],
    [['--seeds', '5..3'], 'from 5'],
    [['--fail', '1'], '--fail must be a share'],
    [['--set', 'fanout'], '--set must be NAME=VALUE'],
    [['--set', 'fanuot=2'], 'settings.fanuot'],
    [['--bogus'], 'bogus'],
    [['extra'], 'extra'],
  ])('%j is refused in words', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });

  test('a scenario there is not is refused with those there are', () => {
    expect(() => loadScenario('stedy')).toThrow('There is no scenario stedy.');
    expect(() => loadScenario('./nowhere.json')).toThrow('no scenario file');
  });
});

describe('summary', () => {
  test('counts runs that failed, and repeats the first', () => {
    const violation = { check: 'convergence', text: 'x' };
    const run = (seed: number, ...violations: (typeof violation)[]) => {
      return { nodes: 5, seed, report: undefined, violations, wallMs: 1 };
    };
    const named = { scenario: 'x', nodes: [5], seeds: '1..3' };
    const runs = [run(1), run(2, violation, violation), run(3, violation)];
    expect(summarize(runs, named, ({ seed }) => `seed ${seed}`)).toMatchObject({
      runs: 3,
      failed: 2,
      checks: { convergence: 2 },
      command: 'seed 2',
    });
    expect(summarize([run(1)], named, () => 'none').command).toBeNull();
  });
});

describe('plots', () => {
  test('ticks are round and within the axis', () => {
    expect(ticks(0, 10)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(ticks(3, 3)).toEqual([3]);
    expect(ticks(0, 0.7).length).toBeLessThanOrEqual(7);
  });

  test('a plot has its words, escaped, and a line for each series', () => {
    const points = [
      [10, 1],
      [1000, 5],
    ] as const;
    const series = [
      { name: 'a<b', points },
      { name: 'law', points, dots: true },
    ];
    const text = svg({ title: 'T & U', x: 'N', y: 'rounds', logX: true, series });
    expect(text).toContain('T &amp; U');
    expect(text).toContain('a&lt;b');
    expect(text.match(/<polyline/g)).toHaveLength(1);
    expect(text.match(/<circle/g)).toHaveLength(2);
    expect(text).not.toContain('NaN');
  });
});
