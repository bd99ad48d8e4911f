/**
 * `npm run sim`: the simulator. Node 20 runs no TypeScript, so it is bundled first, again only
 * where its sources changed. What setting up says goes to stderr: stdout is the simulator's.
 *
 *   npm run sim -- --nodes 1000 --seed 1 --scenario steady --json
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Failure, root, script } from './run.mjs';
import { hashOf, isFresh, setStamp } from './stamp.mjs';

const sources = [
  'pnpm-lock.yaml',
  'tsconfig.base.json',
  'packages/wire',
  'packages/gossip',
  'packages/sim',
];
const bundle = join(root, 'packages/sim/dist/main.js');

/** @param {readonly string[]} args of Node */
function node(...args) {
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 2, 'inherit'],
  });
  return status === 0;
}

/** Makes the bundle where it is missing or old. @returns its address */
export function bundleSim() {
  if (!node('scripts/setup.mjs')) throw new Failure('Setting up failed; see above.');
  const hash = hashOf(sources);
  if (!existsSync(bundle) || !isFresh('build-sim', hash)) {
    const vite = 'node_modules/vite/bin/vite.js';
    if (!node(vite, 'build', 'packages/sim', '--logLevel', 'warn') || !existsSync(bundle)) {
      throw new Failure('Building the simulator failed; see above.');
    }
    setStamp('build-sim', hash);
  }
  return pathToFileURL(bundle).href;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await script(async () => {
    /** @type {typeof import('../packages/sim/src/cli/main.ts')} */
    const { main } = await import(bundleSim());
    process.exitCode = await main(process.argv.slice(2));
  });
}
