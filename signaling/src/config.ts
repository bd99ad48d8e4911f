/**
 * Every setting and limit of the server, in one place, with its unit in its name. The defaults of
 * the limits are meant for a small public server; tests and operators change them one by one.
 */
import {
  ConfigError,
  readIceServers,
  readList,
  readNumber,
  readSignalingUrl,
  type IceServer,
} from './environment.ts';

export { ConfigError, type IceServer };

export interface Config {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Folder of the built web app; null serves signaling alone. */
  readonly staticDir: string | null;
  readonly iceServers: readonly IceServer[];
  /** Where the app finds its signaling server; null means here. */
  readonly signalingUrl: string | null;
  /** Hosts under which other machines of the network reach this server. */
  readonly lanHosts: readonly string[];
  /** Origins of pages served elsewhere that may use this server. */
  readonly allowedOrigins: readonly string[];
  /** How many proxies of our own append to X-Forwarded-For; 0 ignores the header. */
  readonly trustedProxies: number;

  readonly maxSockets: number;
  readonly maxSocketsPerAddress: number;
  readonly maxJoinsPerMinute: number;
  readonly maxTopicMembers: number;
  /** UTF-8 bytes of one text frame, its JSON included. */
  readonly maxMessageBytes: number;
  readonly maxFragments: number;
  readonly messageBurst: number;
  readonly messagesPerSecond: number;
  /** What may wait for a slow reader before it is dropped. */
  readonly maxBufferedBytes: number;

  readonly joinTimeoutMs: number;
  /** How long an older socket has to answer when a newer one claims its member id. */
  readonly claimTimeoutMs: number;
  /** Two missed answers in a row end a socket. */
  readonly pingIntervalMs: number;
  readonly headersTimeoutMs: number;
  /** How long a connection waits for the next request. */
  readonly keepAliveTimeoutMs: number;
  /** How long close() waits for farewells before it cuts the line. */
  readonly closeTimeoutMs: number;
}

export const defaults: Config = {
  host: 'localhost',
  port: 8787,
  staticDir: null,
  iceServers: [],
  signalingUrl: null,
  lanHosts: [],
  allowedOrigins: [],
  trustedProxies: 0,

  maxSockets: 5000,
  maxSocketsPerAddress: 256,
  maxJoinsPerMinute: 600,
  maxTopicMembers: 256,
  maxMessageBytes: 32_768,
  maxFragments: 16,
  messageBurst: 40,
  messagesPerSecond: 10,
  maxBufferedBytes: 262_144,

  joinTimeoutMs: 5000,
  claimTimeoutMs: 3000,
  // Proxies commonly cut a silent connection after 60 s; two misses must fit before that.
  pingIntervalMs: 25_000,
  // A busy browser may come to use a connection opened to spare only after many seconds; one closed then is an error to it.
  headersTimeoutMs: 30_000,
  // Longer than proxies keep theirs (60 s commonly): who closes first while the other sends loses that request.
  keepAliveTimeoutMs: 65_000,
  closeTimeoutMs: 1000,
};

/** Reads the environment; throws a ConfigError that names the variable and what it should be. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const number = (name: string, fallback: number, min: number, max: number): number =>
    readNumber(env, name, fallback, min, max);
  return {
    host: env['HOST'] || defaults.host,
    port: number('PORT', defaults.port, 0, 65_535),
    staticDir: env['STATIC_DIR'] || defaults.staticDir,
    iceServers: readIceServers(env),
    signalingUrl: readSignalingUrl(env),
    lanHosts: readList(env, 'LAN_HOSTS', /^[\w.:[\]-]+$/),
    allowedOrigins: readList(env, 'ALLOWED_ORIGINS', /^https?:\/\/[^/\s]+$/),
    trustedProxies: number('TRUST_PROXY', defaults.trustedProxies, 0, 16),
    maxSockets: number('MAX_SOCKETS', defaults.maxSockets, 1, 1_000_000),
    maxSocketsPerAddress: number(
      'MAX_SOCKETS_PER_ADDRESS',
      defaults.maxSocketsPerAddress,
      1,
      1_000_000,
    ),
    maxJoinsPerMinute: number('MAX_JOINS_PER_MINUTE', defaults.maxJoinsPerMinute, 1, 1_000_000),
    maxTopicMembers: number('MAX_TOPIC_MEMBERS', defaults.maxTopicMembers, 2, 100_000),
    // Above a quarter of a MiB an honest frame could exceed the limit on buffered chunks.
    maxMessageBytes: number('MAX_MESSAGE_BYTES', defaults.maxMessageBytes, 256, 262_144),
    maxFragments: number('MAX_FRAGMENTS', defaults.maxFragments, 1, 1024),
    messageBurst: number('MESSAGE_BURST', defaults.messageBurst, 1, 1_000_000),
    messagesPerSecond: number('MESSAGES_PER_SECOND', defaults.messagesPerSecond, 1, 1_000_000),
    maxBufferedBytes: number('MAX_BUFFERED_BYTES', defaults.maxBufferedBytes, 1024, 2 ** 30),
    joinTimeoutMs: number('JOIN_TIMEOUT_MS', defaults.joinTimeoutMs, 10, 600_000),
    claimTimeoutMs: number('CLAIM_TIMEOUT_MS', defaults.claimTimeoutMs, 10, 600_000),
    pingIntervalMs: number('PING_INTERVAL_MS', defaults.pingIntervalMs, 10, 600_000),
    headersTimeoutMs: defaults.headersTimeoutMs,
    keepAliveTimeoutMs: defaults.keepAliveTimeoutMs,
    closeTimeoutMs: defaults.closeTimeoutMs,
  };
}
