/** Starts the server from the environment and stops it on Ctrl-C. */
import { pathToFileURL } from 'node:url';
import { ConfigError, readConfig } from './config.ts';
import { createServer, type SignalingServer } from './server.ts';

export { ConfigError };

/** Prints the ready line. A ConfigError says in its message what to change. */
export async function start(env: NodeJS.ProcessEnv): Promise<{ url: string; port: number }> {
  const server = createServer(readConfig(env));
  const listening = await server.listen();
  stopOnSignal(server);
  console.log(`Grapevine ready at ${listening.url}`);
  return listening;
}

/** The first signal says goodbye to every member; a second one is obeyed at once. */
function stopOnSignal(server: SignalingServer): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void server.close());
  }
}

async function main(): Promise<void> {
  try {
    await start(process.env);
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : error);
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
