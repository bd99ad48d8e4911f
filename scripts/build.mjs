/**
 * Builds what `npm start` serves: the web app with Vite, the signaling server with tsc. A part
 * whose sources are unchanged since its last build is left alone; `--force` builds all.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Failure, root, script, tool } from './run.mjs';
import { install } from './setup.mjs';
import { hashOf, isFresh, setStamp } from './stamp.mjs';

const shared = ['pnpm-lock.yaml', 'tsconfig.base.json', 'scripts/build.mjs'];

const parts = [
  {
    name: 'signaling server',
    stamp: 'build-signaling',
    sources: [...shared, 'signaling'],
    output: 'signaling/dist',
    proof: 'main.js',
    command: () => tool('tsc', ['--project', 'signaling/tsconfig.build.json']),
  },
  {
    name: 'web app',
    stamp: 'build-web',
    sources: [...shared, 'apps/web', 'packages'],
    output: 'apps/web/dist',
    proof: 'index.html',
    command: () => tool('vite', ['build', 'apps/web', '--logLevel', 'warn']),
  },
];

/** @param {{ force?: boolean }} [options] */
export async function build({ force = false } = {}) {
  for (const part of parts) {
    const hash = hashOf(part.sources);
    const proof = join(root, part.output, part.proof);
    if (!force && existsSync(proof) && isFresh(part.stamp, hash)) continue;
    console.log(`Building the ${part.name} ...`);
    rmSync(join(root, part.output), { recursive: true, force: true });
    const code = await part.command();
    if (code !== 0 || !existsSync(proof)) throw new Failure(`Building the ${part.name} failed.`);
    setStamp(part.stamp, hash);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await script(async () => {
    await install();
    await build({ force: process.argv.includes('--force') });
  });
}
