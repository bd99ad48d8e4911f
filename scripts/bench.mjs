/**
 * `npm run bench`: measures the promised figures in real Chromium, with Grapevine and with y-webrtc;
 * prints a table and one line of JSON. `--help` says how.
 */
import { readArguments, usage } from './bench-options.mjs';
import { build } from './build.mjs';
import { findChromium } from './chromium.mjs';
import { Failure, script, stopChildrenOnSignal, tool } from './run.mjs';
import { install } from './setup.mjs';

await script(async () => {
  const { args, env, help } = readArguments(process.argv.slice(2));
  if (help) {
    console.log(usage);
    return;
  }
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
