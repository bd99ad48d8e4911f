/**
 * Child processes of the scripts. Every child is remembered, so that an interrupted run leaves
 * nothing behind, and npx is found beside the Node that runs us.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** An expected failure: its message is for a person, its stack is not. */
export class Failure extends Error {}

/** @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set();

/** Once set, each child leads a process group of its own, so that its children end with it. */
let groups = false;

/**
 * Runs a command in the root of the repository and resolves with its exit code.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, quiet?: boolean }} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, { env = process.env, quiet = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env,
      stdio: quiet ? 'ignore' : [groups ? 'ignore' : 'inherit', 'inherit', 'inherit'],
      detached: groups,
      shell: process.platform === 'win32',
    });
    children.add(child);
    child.once('error', (error) => {
      children.delete(child);
      if (!quiet) console.error(`${command}: ${error.message}`);
      resolve(127);
    });
    child.once('exit', (code, signal) => {
      children.delete(child);
      resolve(code ?? (signal === null ? 1 : 128));
    });
  });
}

/**
 * Runs a tool installed in the workspace.
 * @param {string} name
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, quiet?: boolean }} [options]
 */
export function tool(name, args, options) {
  const suffix = process.platform === 'win32' ? '.cmd' : '';
  return run(`${root}node_modules/.bin/${name}${suffix}`, args, options);
}

/** From here on a signal stops every child first, then this process. */
export function stopChildrenOnSignal() {
  groups = process.platform !== 'win32';
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.once(signal, () => {
      for (const child of children) stop(child, signal);
      process.exit(signal === 'SIGINT' ? 130 : 143);
    });
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function stop(child, signal) {
  try {
    if (groups && child.pid !== undefined) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // It ended in this very moment.
  }
}

/**
 * The outermost frame of a script: a Failure prints its message only, anything else its stack.
 * @param {() => Promise<void>} main
 */
export async function script(main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Failure ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
