/**
 * Opens the port. `localhost` means both loopback addresses: systems disagree on which of them the
 * name stands for, and a page opened under the other one should not find a closed door.
 */
import type { Server } from 'node:http';
import { ConfigError } from './config.ts';

export interface Listening {
  readonly servers: readonly Server[];
  readonly port: number;
}

/** Chances to find a free port that is free on both loopback addresses. */
const triesMax = 10;

export async function listen(create: () => Server, host: string, port: number): Promise<Listening> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryListen(create, host, port);
    } catch (error) {
      if (port === 0 && codeOf(error) === 'EADDRINUSE' && tries < triesMax) continue;
      throw explain(error, host, port);
    }
  }
}

/** The address to show to a person. */
export function urlOf(host: string, port: number): string {
  const everywhere = host === '0.0.0.0' || host === '::';
  const name = everywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

async function tryListen(create: () => Server, host: string, port: number): Promise<Listening> {
  const hosts = host === 'localhost' ? ['127.0.0.1', '::1'] : [host];
  const servers: Server[] = [];
  let actualPort = port;
  try {
    for (const each of hosts) {
      const server = create();
      const opened = await open(server, each, actualPort, servers.length > 0);
      if (opened === undefined) continue;
      actualPort = opened;
      servers.push(server);
    }
  } catch (error) {
    await Promise.all(servers.map(closeServer));
    throw error;
  }
  return { servers, port: actualPort };
}

/** The port; undefined when this is a second address that the machine does not have. */
function open(
  server: Server,
  host: string,
  port: number,
  optional: boolean,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const missing = ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(codeOf(error) ?? '');
      if (optional && missing) resolve(undefined);
      else reject(error);
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function explain(error: unknown, host: string, port: number): unknown {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new ConfigError(
        `Port ${port} is in use. Stop the program that uses it (perhaps another Grapevine), ` +
          `or choose another port: PORT=${port + 1} npm start`,
      );
    case 'EACCES':
      return new ConfigError(`Port ${port} needs more rights. Choose one above 1023 with PORT.`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ConfigError(`HOST must be an address of this machine; "${host}" is not.`);
    default:
      return error;
  }
}
