/**
 * Finds a Chromium for the browser tests, and gets one where there is none: the system's, else
 * Debian's package (as root), else the build Playwright downloads.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, tool } from './run.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {NodeJS.ProcessEnv} env */
export function chromiumOnPath(env) {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

async function installFromDebian() {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !existsSync('/usr/bin/apt-get')) return;
  console.log('Installing Chromium from the system packages ...');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const args = ['install', '-y', '--no-install-recommends', 'chromium'];
  if ((await run('apt-get', args, { env, quiet: true })) === 0) return;
  // The usual reason is a machine that has never fetched its package lists.
  if ((await run('apt-get', ['update'], { env })) === 0) await run('apt-get', args, { env });
}

/**
 * @typedef {{ found: true, path: string } | { found: false, path?: undefined }} Chromium
 * @returns {Promise<Chromium>}
 */
export async function findChromium(env = process.env) {
  const path = await findPath(env);
  return path === undefined ? { found: false } : { found: true, path };
}

/** @param {NodeJS.ProcessEnv} env */
async function findPath(env) {
  const chosen = env['CHROMIUM_PATH'];
  if (chosen !== undefined && chosen !== '') {
    if (isExecutable(chosen)) return chosen;
    console.error(`CHROMIUM_PATH is no program: ${chosen}`);
    return undefined;
  }
  if (chromiumOnPath(env) === undefined) await installFromDebian();
  return chromiumOnPath(env) ?? (await fromPlaywright());
}

async function fromPlaywright() {
  const { chromium } = await import('@playwright/test');
  const path = chromium.executablePath();
  if (isExecutable(path)) return path;
  console.log('Fetching the Chromium of Playwright ...');
  // Its libraries need root; without, the browser may still run on a desktop that has them.
  const options = process.getuid?.() === 0 ? ['--with-deps'] : [];
  await tool('playwright', ['install', ...options, 'chromium']);
  return isExecutable(path) ? path : undefined;
}
