/**
 * Stamps answer one question: has anything changed since this step last succeeded? They hash
 * contents, not dates, because a fresh clone and a branch switch give every file a new date.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

const stampFolder = join(root, 'node_modules', '.grapevine');
const skipped = new Set(['node_modules', 'dist', 'test-results']);

/**
 * @param {string} path
 * @returns {Generator<string>}
 */
function* filesUnder(path) {
  const absolute = join(root, path);
  if (!existsSync(absolute)) return;
  if (!statSync(absolute).isDirectory()) {
    yield path;
    return;
  }
  for (const name of readdirSync(absolute).sort()) {
    if (!skipped.has(name)) yield* filesUnder(`${path}/${name}`);
  }
}

/**
 * Hash of the names and contents of everything under the given paths, tests left out.
 * @param {readonly string[]} paths relative to the root
 */
export function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of filesUnder(path)) {
      if (/\.test\.\w+$/.test(file)) continue;
      const content = readFileSync(join(root, file));
      hash.update(`${file}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest('hex');
}

/**
 * @param {string} name
 * @param {string} hash
 */
export function isFresh(name, hash) {
  const file = join(stampFolder, name);
  return existsSync(file) && readFileSync(file, 'utf8') === hash;
}

/**
 * @param {string} name
 * @param {string} hash
 */
export function setStamp(name, hash) {
  mkdirSync(stampFolder, { recursive: true });
  writeFileSync(join(stampFolder, name), hash);
}
