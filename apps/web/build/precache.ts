import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** What the placeholder in src/service-worker.ts is called. */
const placeholder = '__PRECACHE__';

/** Tells the service worker, once everything else is built, which files there are. */
export function precache(publicFolder: string): Plugin {
  return {
    name: 'grapevine-precache',
    apply: 'build',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const worker = bundle['sw.js'];
      const index = bundle['index.html'];
      if (worker?.type !== 'chunk' || index?.type !== 'asset') {
        throw new Error('The build has no sw.js or no index.html.');
      }
      const files = Object.keys(bundle).filter((name) => name !== 'sw.js' && name !== 'index.html');
      const copied = readdirSync(publicFolder);
      const version = createHash('sha256').update(index.source);
      for (const name of files.toSorted()) version.update(`\n${name}`);
      for (const name of copied.toSorted()) version.update(readFileSync(join(publicFolder, name)));
      const list = {
        version: version.digest('hex').slice(0, 16),
        indexHash: createHash('sha256').update(index.source).digest('hex'),
        files: [...files, ...copied].toSorted(),
      };
      if (!worker.code.includes(placeholder)) throw new Error(`sw.js has no ${placeholder}.`);
      worker.code = worker.code.replaceAll(placeholder, `(${JSON.stringify(list)})`);
    },
  };
}
