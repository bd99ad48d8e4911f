import { describe, expect, test } from 'vitest';
import { readArguments, usage } from './bench-options.mjs';

describe('the options of the benchmark', () => {
  test('figures become titles of tests, the rest is Playwright’s', () => {
    const { args, env, help } = readArguments([
      ...['--figure', '1', '--workers=1', '--figure', '10'],
      ...['--members', '8', '--only', 'grapevine'],
    ]);
    expect(help).toBe(false);
    expect(env).toEqual({ GRAPEVINE_BENCH_MEMBERS: '8', GRAPEVINE_BENCH_ONLY: 'grapevine' });
    expect(args.slice(0, 2)).toEqual(['--workers=1', '-g']);
    const titles = new RegExp(args[2] ?? '');
    const matching = ['figure 1: x', 'figures 9 and 10: x', 'figure 15: x', 'figure 2: x'];
    expect(matching.filter((title) => titles.test(title))).toEqual(matching.slice(0, 2));
    expect(readArguments([])).toEqual({ help: false, args: [], env: {} });
  });

  test('a value that is none is named, with what may stand there', () => {
    const told = (/** @type {string[]} */ ...args) => {
      try {
        readArguments(args);
        return undefined;
      } catch (error) {
        return /** @type {Error} */ (error).message;
      }
    };
    expect(told('--figure', '11')).toBe(
      '--figure takes one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, not 11.',
    );
    expect(told('--figure')).toBe('--figure needs a value.');
    for (const members of ['1', 'many', '2.5']) {
      expect(told('--members', members)).toBe(
        `--members takes a whole number from 2 on, not ${members}.`,
      );
    }
    expect(told('--only', 'yjs')).toBe('--only takes grapevine or y-webrtc, not yjs.');
    expect(told('--members', '2', '--only', 'y-webrtc')).toBeUndefined();
  });

  test('--help is answered by the benchmark itself', () => {
    expect(readArguments(['--help']).help).toBe(true);
    for (const option of ['--figure', '--members', '--only']) expect(usage).toContain(option);
  });
});
