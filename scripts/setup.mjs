/**
 * Makes a clean clone runnable with nothing but Node and npm: checks Node, installs what the
 * lockfile names. Both are skipped when nothing changed, so that a second start is fast.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Failure, root, run, script } from './run.mjs';
import { hashOf, isFresh, setStamp } from './stamp.mjs';

const pnpm = 'pnpm@10.34.9';
const nodeMajorMin = 20;

/** @param {string} version as in process.versions.node */
export function checkNode(version) {
  const major = Number.parseInt(version, 10);
  if (major >= nodeMajorMin) return;
  throw new Failure(
    `Grapevine needs Node ${nodeMajorMin} or newer; this is Node ${version}.\n` +
      'Get a current one from https://nodejs.org and run the command again.',
  );
}

/** Installs the dependencies of every package unless they are there already. */
export async function install() {
  checkNode(process.versions.node);
  const hash = hashOf(['pnpm-lock.yaml', 'pnpm-workspace.yaml']);
  const installed = existsSync(join(root, 'node_modules', '.modules.yaml'));
  if (installed && isFresh('install', hash)) return;
  console.log('Installing dependencies ...');
  const args = ['--yes', pnpm, 'install', '--frozen-lockfile', '--reporter=append-only'];
  // CI: never ask whether an older node_modules may be replaced; nobody may be there to answer.
  const code = await run('npx', args, { env: { ...process.env, CI: 'true' } });
  if (code !== 0) {
    throw new Failure(
      `Installing the dependencies failed (${pnpm}, exit code ${code}).\n` +
        'Check the network and the registry in use (npm config get registry), then try again.',
    );
  }
  setStamp('install', hash);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await script(install);
