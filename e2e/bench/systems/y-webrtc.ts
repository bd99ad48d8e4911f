import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { BrowserContext } from '@playwright/test';
import { bundle } from '../in-page/bundle.ts';
import { Peer } from './peer.ts';
import { System } from './system.ts';

const html =
  '<!doctype html><meta charset="utf-8"><title>y-webrtc</title><script src="page.js"></script>';

/** y-webrtc with the signaling server of its own package, and a page that is nothing else. */
export class YWebrtc extends System {
  override readonly name = 'y-webrtc';
  override readonly shownAs = {
    crashed: ['peer removed', 'awareness removed'],
    closed: ['peer removed', 'awareness removed'],
  };
  readonly #pages = createServer((request, response) => {
    const script = request.url === '/page.js';
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
    response.end(script ? this.#script : html);
  });
  #script = '';
  #signaling: ChildProcess | undefined;
  #signalingPort = 0;
  #rooms = 0;

  override async start(): Promise<void> {
    this.#script = await bundle('y-webrtc');
    // Their server takes no port of the system's choice: one that was free a moment ago.
    this.#signalingPort = await listen(createServer());
    const server = fileURLToPath(new URL('../bin/server.js', import.meta.resolve('y-webrtc')));
    const child = spawn(process.execPath, [server], {
      env: { ...process.env, PORT: String(this.#signalingPort) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#signaling = child;
    await once(child.stdout, 'data');
    await new Promise<void>((resolve) => {
      this.#pages.listen(0, 'localhost', resolve);
    });
  }

  override newRoom(): Promise<string> {
    this.#rooms += 1;
    return Promise.resolve(`ws://localhost:${this.#signalingPort}/#room-${this.#rooms}`);
  }

  protected override async open(context: BrowserContext): Promise<Peer> {
    const page = await context.newPage();
    await page.goto(`http://localhost:${portOf(this.#pages.address())}/`);
    return new Peer(page);
  }

  protected override async stopServers(): Promise<void> {
    this.#pages.closeAllConnections();
    this.#pages.close();
    const child = this.#signaling;
    this.#signaling = undefined;
    if (child?.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }
}

/** @returns a port nothing listens on any more */
async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0);
  await once(server, 'listening');
  const port = portOf(server.address());
  server.close();
  await once(server, 'close');
  return port;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
