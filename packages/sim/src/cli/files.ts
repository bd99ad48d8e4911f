import { readFileSync, readdirSync } from 'node:fs';
import { GrapevineError } from '@grapevine/wire';
import { readScenario } from '../scenario/scenario.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { reasonOf } from './text.ts';

/** The package's own; seen from `dist` and from `src/cli` alike. */
const folders = [
  new URL('../scenarios/', import.meta.url),
  new URL('../../scenarios/', import.meta.url),
];

/**
 * A scenario of the package by name, or of a file by its path. Throws GrapevineError
 * `scenario-unknown`, `scenario-unreadable` or `scenario-invalid`.
 */
export function loadScenario(name: string): Scenario {
  return readScenario(name, parse(name, read(name)));
}

function read(name: string): string {
  if (/[./\\]/.test(name)) {
    const text = tryRead(name);
    if (text !== undefined) return text;
    throw new GrapevineError(
      'scenario-unknown',
      `There is no scenario file ${name}.`,
      'Check the path; it counts from the root of the repository.',
    );
  }
  for (const folder of folders) {
    const text = tryRead(new URL(`${encodeURIComponent(name)}.json`, folder));
    if (text !== undefined) return text;
  }
  throw new GrapevineError(
    'scenario-unknown',
    `There is no scenario ${name}.`,
    `Choose one of ${names().join(', ')}, or give the path of a file.`,
  );
}

function names(): string[] {
  for (const folder of folders) {
    try {
      return readdirSync(folder)
        .map((file) => file.replace(/\.json$/, ''))
        .sort();
    } catch {
      // The other one it is.
    }
  }
  return [];
}

/** Undefined where there is no such file. Throws `scenario-unreadable`. */
function tryRead(path: string | URL): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new GrapevineError(
      'scenario-unreadable',
      `${String(path)} cannot be read: ${reasonOf(error)}`,
      'Give the path of a file that you may read.',
    );
  }
}

/** Throws `scenario-invalid`. @param text may begin with a byte order mark, as of some editors */
function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new GrapevineError(
      'scenario-invalid',
      `${name} is not JSON: ${reasonOf(error)}`,
      'Correct the file; packages/sim/README.md lists what a scenario may say.',
    );
  }
}
