import { Worker } from 'node:worker_threads';

/** Threads that do with a job of that seed what `act` says, and answer every other one. */
export function threads(seed: number, act: string, violations = '[]'): () => Worker {
  const code = `
    const { parentPort } = require('node:worker_threads');
    parentPort.on('message', ({ options }) => {
      if (options.seed === ${seed}) { ${act}; return; }
      parentPort.postMessage({ report: undefined, violations: ${violations} });
    });`;
  return () => new Worker(code, { eval: true });
}
