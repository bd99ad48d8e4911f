import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { compact } from './build/compact.ts';
import { lazyHashes } from './build/lazy-hashes.ts';
import { plainImports } from './build/plain-imports.ts';
import { precache } from './build/precache.ts';
import { smallTemplates } from './build/templates.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  // Relative, so that the build works below any path.
  base: './',
  resolve: {
    alias: [
      // lib0 itself imports it by its file name.
      { find: /^(?:lib0|\.)\/environment(?:\.js)?$/, replacement: here('src/environment.ts') },
      { find: 'lib0/logging', replacement: here('src/logging.ts') },
    ],
  },
  plugins: [lazyHashes(), plainImports(), smallTemplates(), compact(), precache(here('public'))],
  worker: { format: 'es' },
  build: {
    outDir: here('dist'),
    emptyOutDir: true,
    target: 'es2023',
    sourcemap: false,
    // Nothing to preload: what every start needs is in one file, see below.
    modulePreload: false,
    // Small files stay files: the content security policy allows no data: scripts or styles.
    assetsInlineLimit: 0,
    rolldownOptions: {
      treeshake: {
        // Only elements do something by being loaded: they define themselves.
        moduleSideEffects: [{ test: /\/packages\/(?!panel\/)/, sideEffects: false }],
      },
      input: { index: here('index.html'), sw: here('src/service-worker.ts') },
      output: {
        entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
        // Everything the page imports at once, in one file: together it compresses better.
        codeSplitting: {
          groups: [
            { name: 'shell', tags: ['$initial'], test: (id) => !id.includes('service-worker') },
          ],
        },
      },
    },
  },
});
