/**
 * `npm run bench`: measures the promised figures in real Chromium, with Grapevine and with y-webrtc;
 * prints a table and one line of JSON.
 *
 *   npm run bench -- --figure 2          one figure; again for another one
 *   npm run bench -- --members 8         no figure takes more members
 *   npm run bench -- --only y-webrtc     or grapevine
 *
 * Anything else is Playwright's.
 */
import { build } from './build.mjs';
import { findChromium } from './chromium.mjs';
import { Failure, script, stopChildrenOnSignal, tool } from './run.mjs';
import { install } from './setup.mjs';

/** @param {readonly string[]} args */
function readArguments(args) {
  const rest = [...args];
  /** @param {string} name */
  const take = (name) => {
    const at = rest.indexOf(name);
    if (at < 0) return undefined;
    const [, value] = rest.splice(at, 2);
    if (value === undefined) throw new Failure(`${name} needs a value.`);
    return value;
  };
  const figures = [];
  for (let figure = take('--figure'); figure !== undefined; figure = take('--figure')) {
    figures.push(figure);
  }
  const [members, only] = [take('--members'), take('--only')];
  if (members !== undefined && !(Number(members) >= 2))
    throw new Failure('--members needs 2 or more.');
  if (only !== undefined && !['grapevine', 'y-webrtc'].includes(only)) {
    throw new Failure('--only takes grapevine or y-webrtc.');
  }
  if (figures.length > 0) rest.push('-g', `figures? (\\d+ and )*(${figures.join('|')})\\b`);
  return {
    args: rest,
    env: {
      ...(members !== undefined && { GRAPEVINE_BENCH_MEMBERS: members }),
      ...(only !== undefined && { GRAPEVINE_BENCH_ONLY: only }),
    },
  };
}

await script(async () => {
  const { args, env } = readArguments(process.argv.slice(2));
  stopChildrenOnSignal();
  await install();
  await build();
  const chromium = await findChromium();
  if (!chromium.found) throw new Failure('No Chromium. Install one, or name it in CHROMIUM_PATH.');
  const code = await tool('playwright', ['test', '--config', 'e2e/bench.config.ts', ...args], {
    env: {
      ...process.env,
      ...env,
      ...(chromium.path !== undefined && { CHROMIUM_PATH: chromium.path }),
    },
  });
  if (code !== 0) throw new Failure('A benchmark failed; see above.');
});
