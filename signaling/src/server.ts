/**
 * The signaling server: introduces tabs to each other and serves the app. It keeps no record: not
 * of topics, members, addresses, nor of anything that is sent.
 */
import { randomInt } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { addressKeyOf } from './address.ts';
import { Admission } from './admission.ts';
import { defaults, type Config } from './config.ts';
import { Connection, type Hub } from './connection.ts';
import { Counters } from './counters.ts';
import { closeServer, listen, urlOf } from './listen.ts';
import { pages } from './pages.ts';
import { Rooms } from './rooms.ts';
import { loadSite } from './site.ts';
import { judgeUpgrade, refuseClient, rejectUpgrade } from './upgrade.ts';

export interface SignalingServer {
  /** Resolves once the port is open; url is the one to show to a person. */
  listen(): Promise<{ url: string; port: number }>;
  /** Says goodbye to every socket and resolves when the port is free. Safe to repeat. */
  close(): Promise<void>;
}

/** Chunks of one unfinished frame: 256 KiB in the smallest packets an honest network makes. */
const bufferedChunksMax = 256;
/** Plain HTTP connections beside the sockets, so that a full server still serves its pages. */
const pageConnectionsMax = 256;
const headerBytesMax = 8192;
/** How long a closed socket has to answer with its own farewell. */
const closeHandshakeMsMax = 5000;
const sweepIntervalMs = 60_000;

export function createServer(options: Partial<Config> = {}): SignalingServer {
  const config: Config = { ...defaults, ...options };
  const startedMs = performance.now();
  const now = (): number => performance.now();
  const admission = new Admission(config);
  const counters = new Counters();
  const rooms = new Rooms<Connection>(config.maxTopicMembers, (end) => randomInt(end));
  const hub: Hub = { config, admission, counters, rooms, now };
  const connections = new Set<Connection>();
  const site = loadSite(config.staticDir);
  let servers: readonly Server[] = [];
  let port = config.port;
  let timers: NodeJS.Timeout[] = [];
  let closing: Promise<void> | undefined;

  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // Twice the limit, so that a frame somewhat too large is told so before it is closed.
    maxPayload: config.maxMessageBytes * 2,
    maxFragments: config.maxFragments,
    maxBufferedChunks: bufferedChunksMax,
    // Known to ws, not yet to its types.
    ...{ closeTimeout: closeHandshakeMsMax },
  });

  const answer = pages({
    config,
    site,
    health: () => ({
      status: 'ok',
      uptimeSeconds: Math.floor((now() - startedMs) / 1000),
      sockets: connections.size,
      topics: rooms.size,
      refused: counters,
    }),
    appConfig: () => ({
      signaling: config.signalingUrl,
      iceServers: config.iceServers,
      lan: config.lanHosts.map((host) => urlOf(host, port)),
    }),
  });

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (closing !== undefined) return rejectUpgrade(socket, '503 Service Unavailable');
    const verdict = judgeUpgrade(request, config, connections.size);
    if (verdict.admitted) {
      return sockets.handleUpgrade(request, socket, head, (opened) => welcome(opened, request));
    }
    if (verdict.code !== undefined) counters.refused(verdict.code);
    rejectUpgrade(socket, verdict.status);
  }

  function welcome(socket: WebSocket, request: IncomingMessage): void {
    const address = addressKeyOf(request, config.trustedProxies);
    const connection = new Connection(hub, socket, address);
    connections.add(connection);
    const counted = admission.admitSocket(address, now());
    socket.on('close', () => {
      connections.delete(connection);
      if (counted) admission.release(address);
    });
    // Refused only now, since a browser cannot read why a handshake failed.
    if (!counted) connection.refuse('address-full', 'Too many sockets from this address.');
  }

  function createHttp(): Server {
    const options = {
      maxHeaderSize: headerBytesMax,
      headersTimeout: config.headersTimeoutMs,
      requestTimeout: config.headersTimeoutMs * 2,
      keepAliveTimeout: config.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(1000, config.headersTimeoutMs),
    };
    const server = createHttpServer(options, answer);
    server.maxConnections = config.maxSockets + pageConnectionsMax;
    server.on('upgrade', upgrade);
    server.on('clientError', refuseClient);
    return server;
  }

  async function shutDown(): Promise<void> {
    for (const timer of timers) clearInterval(timer);
    const freed = Promise.all(servers.map(closeServer));
    for (const connection of connections) connection.close(1001, 'shutdown');
    const cut = setTimeout(() => {
      for (const connection of connections) connection.terminate();
      for (const server of servers) server.closeAllConnections();
    }, config.closeTimeoutMs);
    await freed;
    clearTimeout(cut);
  }

  return {
    async listen() {
      ({ servers, port } = await listen(createHttp, config.host, config.port));
      timers = [
        setInterval(() => {
          for (const connection of connections) connection.ping();
        }, config.pingIntervalMs),
        setInterval(() => admission.sweep(now()), sweepIntervalMs),
      ];
      return { url: urlOf(config.host, port), port };
    },
    close() {
      return (closing ??= shutDown());
    },
  };
}
