/**
 * `npm run bench`: measures the promised figures in real Chromium; prints a table and one line of JSON.
 *
 *   npm run bench [-- -g "figure 3"]
 */
import { build } from './build.mjs';
import { findChromium } from './chromium.mjs';
import { Failure, run, script, stopChildrenOnSignal, tool } from './run.mjs';
import { install } from './setup.mjs';

await script(async () => {
  stopChildrenOnSignal();
  await install();
  await build();
  const chromium = await findChromium();
  if (!chromium.found) throw new Failure('No Chromium. Install one, or name it in CHROMIUM_PATH.');
  const env = {
    ...process.env,
    ...(chromium.path !== undefined && { CHROMIUM_PATH: chromium.path }),
  };
  const args = ['test', '--config', 'e2e/bench.config.ts', ...process.argv.slice(2)];
  const measured = await tool('playwright', args, { env });
  const size = await run('node', ['apps/web/scripts/check-bundle.mjs']);
  if (measured !== 0 || size !== 0) throw new Failure('A benchmark failed; see above.');
});
