/**
 * `npm start`: installs, builds and serves the app and the signaling server on one port.
 *
 *   PORT=8787 HOST=localhost ICE_SERVERS='[]' npm start -- [--lan]
 */
import { networkInterfaces } from 'node:os';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { terminalQr } from './qr.mjs';
import { Failure, root, script } from './run.mjs';
import { install } from './setup.mjs';

const usage = `Options:
  --lan    serve every network interface, so that phones and other computers can join

Environment: PORT (8787), HOST (localhost), ICE_SERVERS (JSON, []); more in signaling/README.md`;

/** @param {string[]} args */
function readOptions(args) {
  try {
    const options = { lan: { type: /** @type {const} */ ('boolean'), default: false } };
    return parseArgs({ args, options, strict: true }).values;
  } catch (error) {
    throw new Failure(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

/** IPv4 addresses under which other machines of the network may reach this one. */
function lanHosts() {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal, address }) => {
      return family === 'IPv4' && !internal && !address.startsWith('169.254.');
    })
    .map(({ address }) => address);
}

await script(async () => {
  const { lan } = readOptions(process.argv.slice(2));
  await install();
  await build();

  /** @type {typeof import('../signaling/src/main.ts')} */
  const { start, ConfigError } = await import(
    `${new URL('../signaling/dist/main.js', import.meta.url)}`
  );
  const hosts = lan ? lanHosts() : [];
  const env = {
    STATIC_DIR: `${root}apps/web/dist`,
    ...process.env,
    ...(lan && { HOST: '0.0.0.0', LAN_HOSTS: hosts.join(',') }),
  };
  try {
    const { port } = await start(env);
    const [host] = hosts;
    if (lan && host === undefined) console.log('No network interface found to share on.');
    if (host === undefined) return;
    for (const each of hosts) console.log(`On this network: http://${each}:${port}`);
    console.log(`\n${await terminalQr(`http://${host}:${port}/`)}`);
  } catch (error) {
    throw error instanceof ConfigError ? new Failure(error.message) : error;
  }
});
