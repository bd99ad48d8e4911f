/** The options of `npm run bench`. */
import { Failure } from './run.mjs';

/** Each is a test of `e2e/bench`; 11 to 14 are the simulator's. */
const figures = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15];
const systems = ['grapevine', 'y-webrtc'];

export const usage = `npm run bench: measures the promised figures in real Chromium, with Grapevine and with y-webrtc; prints a table and one line of JSON.

  npm run bench -- --figure 2          one figure (${figures.join(', ')}); again for another one
  npm run bench -- --members 8         no figure takes more members
  npm run bench -- --only y-webrtc     or grapevine

Anything else is Playwright's. Figures 11 to 14: npm run sim -- --help`;

/**
 * Throws Failure for a value that is none.
 * @param {readonly string[]} args
 * @returns {{ help: boolean, args: string[], env: Record<string, string> }} what is Playwright's,
 *   and what its tests read
 */
export function readArguments(args) {
  const rest = [...args];
  /** @param {string} name */
  const take = (name) => {
    const at = rest.indexOf(name);
    if (at < 0) return undefined;
    const [, value] = rest.splice(at, 2);
    if (value === undefined) throw new Failure(`${name} needs a value.`);
    return value;
  };
  const chosen = [];
  for (let figure = take('--figure'); figure !== undefined; figure = take('--figure')) {
    if (!figures.map(String).includes(figure)) {
      throw new Failure(`--figure takes one of ${figures.join(', ')}, not ${figure}.`);
    }
    chosen.push(figure);
  }
  const [members, only] = [take('--members'), take('--only')];
  if (members !== undefined && !(Number.isInteger(Number(members)) && Number(members) >= 2)) {
    throw new Failure(`--members takes a whole number from 2 on, not ${members}.`);
  }
  if (only !== undefined && !systems.includes(only)) {
    throw new Failure(`--only takes ${systems.join(' or ')}, not ${only}.`);
  }
  if (chosen.length > 0) rest.push('-g', `figures? (\\d+ and )*(${chosen.join('|')})\\b`);
  return {
    help: rest.includes('--help'),
    args: rest,
    env: {
      ...(members !== undefined && { GRAPEVINE_BENCH_MEMBERS: members }),
      ...(only !== undefined && { GRAPEVINE_BENCH_ONLY: only }),
    },
  };
}
