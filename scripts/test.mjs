/**
 * `npm test`: gets what it needs, runs every check and ends with `N passed, N failed, N skipped`.
 * A failing step does not stop the later ones, so one run shows everything that is wrong.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';
import { findChromium } from './chromium.mjs';
import { root, run, script, stopChildrenOnSignal, tool } from './run.mjs';
import { install } from './setup.mjs';
import { failedRun, fromCheck, fromPlaywright, fromVitest, sum, totalsLine } from './totals.mjs';

/** @typedef {import('./totals.mjs').Totals} Totals */

const lintOptions = ['--deny-warnings', '--report-unused-disable-directives'];
const reports = mkdtempSync(join(tmpdir(), 'grapevine-test-'));
process.once('exit', () => rmSync(reports, { recursive: true, force: true }));

/** @param {string} title */
function heading(title) {
  console.log(`\n--- ${title}`);
}

/** @param {string} file */
function readReport(file) {
  try {
    return /** @type {unknown} */ (JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/**
 * @param {string} title
 * @param {() => Promise<number>} step
 * @returns {Promise<Totals>}
 */
async function check(title, step) {
  heading(title);
  const passed = (await step()) === 0;
  console.log(passed ? 'ok' : `FAILED: ${title}`);
  return fromCheck(passed);
}

/** @param {NodeJS.ProcessEnv} env */
async function unitTests(env) {
  heading('unit tests');
  const file = join(reports, 'vitest.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const code = await tool('vitest', ['run', ...reporters], { env });
  return fromVitest(readReport(file), code);
}

async function buildAll() {
  try {
    await build();
    return 0;
  } catch (error) {
    console.error(error);
    return 1;
  }
}

/** @param {NodeJS.ProcessEnv} env */
async function browserTests(env) {
  const config = 'e2e/playwright.config.ts';
  if (!existsSync(join(root, config))) return sum([]);
  heading('browser tests');
  const file = join(reports, 'playwright.json');
  const code = await tool('playwright', ['test', '--config', config, '--reporter=list,json'], {
    env: { ...env, PLAYWRIGHT_JSON_OUTPUT_FILE: file },
  });
  return fromPlaywright(readReport(file), code);
}

/** The environment of everything that opens a browser. */
async function browserEnvironment() {
  heading('browser');
  const { found, path } = await findChromium();
  if (!found) {
    console.error('No Chromium: its tests will fail. Install one, or name it in CHROMIUM_PATH.');
    return process.env;
  }
  console.log(path);
  return { ...process.env, CHROMIUM_PATH: path };
}

await script(async () => {
  stopChildrenOnSignal();
  /** @type {Totals[]} */
  const all = [];
  try {
    await install();
    all.push(await check('format', () => tool('oxfmt', ['--check', '.'])));
    all.push(await check('lint', () => tool('oxlint', lintOptions)));
    all.push(await check('types', () => run('node', ['scripts/typecheck.mjs'])));
    const env = await browserEnvironment();
    all.push(await unitTests(env));
    const built = await check('build', buildAll);
    all.push(built);
    if (built.failed === 0) {
      if (existsSync(join(root, 'apps/web/scripts/check-bundle.mjs'))) {
        all.push(await check('bundle', () => run('node', ['apps/web/scripts/check-bundle.mjs'])));
      }
      all.push(await browserTests(env));
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    all.push(failedRun);
  }
  const total = sum(all);
  if (total.failed > 0) process.exitCode = 1;
  console.log(`\n${totalsLine(total)}`);
});
