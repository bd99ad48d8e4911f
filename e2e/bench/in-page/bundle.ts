import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const built = new Map<string, Promise<string>>();

/** One classic script of a driver and all it imports. It stays in memory: nothing of it is near the product's own build. */
export function bundle(name: 'grapevine' | 'y-webrtc'): Promise<string> {
  const script = built.get(name) ?? make(name);
  built.set(name, script);
  return script;
}

async function make(name: string): Promise<string> {
  const result = await build({
    root: fileURLToPath(new URL('.', import.meta.url)),
    configFile: false,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': '"production"' },
    resolve: { dedupe: ['yjs'] },
    build: {
      write: false,
      target: 'es2023',
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: fileURLToPath(new URL(`${name}.ts`, import.meta.url)),
        output: { format: 'iife' },
      },
    },
  });
  for (const output of [result].flat()) {
    if ('output' in output) return output.output[0].code;
  }
  throw new Error(`No script was built of ${name}.ts`);
}
