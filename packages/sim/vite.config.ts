import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Node 20 runs no TypeScript: the simulator and what it simulates become plain modules. */
export default defineConfig({
  root: here('.'),
  ssr: { noExternal: true },
  build: {
    ssr: true,
    outDir: here('dist'),
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    rolldownOptions: {
      input: { main: here('src/cli/main.ts'), worker: here('src/cli/worker.ts') },
      output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
});
