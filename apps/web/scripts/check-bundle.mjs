// Checks what the build made: every script parses, nothing is left over, and the page stays small.
// Prints the sizes; exits with 1 where something is over its budget or broken.
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** Kilobytes (1,000 bytes) of gzip JavaScript: figure 15 of CHANGELOG.md. */
const shellBudget = 130;
const viewBudget = 30;

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const failures = [];

const scripts = new Map();
for (const name of ['sw.js', ...readdirSync(`${dist}assets`).map((file) => `assets/${file}`)]) {
  if (name.endsWith('.map')) failures.push(`${name}: source maps are not shipped`);
  if (name.endsWith('.js')) scripts.set(name, readFileSync(`${dist}${name}`, 'utf8'));
}

for (const [name, code] of scripts) {
  const parsed = spawnSync(process.execPath, ['--check', `${dist}${name}`], { encoding: 'utf8' });
  if (parsed.status !== 0) failures.push(`${name} does not parse: ${parsed.stderr}`);
  if (code.includes('__PRECACHE__')) failures.push(`${name}: the list of files is missing`);
}

/** Scripts a script imports before it runs, itself included. */
function eager(name, seen = new Set()) {
  const code = scripts.get(name);
  if (code === undefined || seen.has(name)) return seen;
  seen.add(name);
  for (const [, file] of code.matchAll(/(?:\bfrom|\bimport)\s*["'`]\.\/([^"'`]+\.js)["'`]/g)) {
    eager(`assets/${file}`, seen);
  }
  return seen;
}

const kilobytes = (names) =>
  names.reduce((sum, name) => sum + gzipSync(scripts.get(name), { level: 9 }).length, 0) / 1000;

const html = readFileSync(`${dist}index.html`, 'utf8');
if (/<script(?![^>]*\bsrc=)/.test(html)) failures.push('index.html has an inline script');
if (/<style|\sstyle=/.test(html)) failures.push('index.html has an inline style');
const entries = [...html.matchAll(/<script[^>]*\bsrc="\.?\/?([^"]+)"/g)].map(([, src]) => src);
if (entries.length === 0) failures.push('index.html loads no script');
const shell = new Set(entries.flatMap((name) => [...eager(name)]));

const rows = [['shell', kilobytes([...shell]), shellBudget]];
// The service worker and the search worker are no part of the first load, and each loads alone.
for (const name of scripts.keys()) {
  if (shell.has(name)) continue;
  const own = [...eager(name)].filter((file) => !shell.has(file));
  rows.push([name, kilobytes(own), viewBudget]);
}
for (const [name, size, budget] of rows) {
  console.log(`${size.toFixed(1).padStart(8)} kB of ${budget}  ${name}`);
  if (size > budget) failures.push(`${name}: ${size.toFixed(1)} kB is over ${budget} kB`);
}
for (const failure of failures) console.error(failure);
process.exitCode = failures.length > 0 ? 1 : 0;
