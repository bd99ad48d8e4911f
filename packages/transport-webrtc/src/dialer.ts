import type { Clock } from '@grapevine/ports';
import type { SessionId } from '@grapevine/wire';
import { Budget } from './budget.ts';
import { Dial } from './dial.ts';
import type { DialHost } from './dial.ts';
import { local } from './local-limits.ts';
import type { PeerConnection } from './peer-connection.ts';

export interface DialerOptions {
  clock: Clock;
  /** SHA-256. */
  hash(this: void, bytes: Uint8Array): Uint8Array;
  iceServers: RTCIceServer[] | (() => Promise<RTCIceServer[]>);
  /** A PeerConnection is about to be constructed. */
  onConstructed(): void;
  Connection: typeof PeerConnection;
}

/** Begins a dial, which calls `done` once it and its link, if there was one, are over. */
export type Dialer = (
  self: SessionId,
  peer: SessionId,
  signal: (bytes: Uint8Array) => void,
  done: () => void,
) => Dial;

/** All dials of one transport: they share the budget of PeerConnections. */
export function createDialer(options: DialerOptions): Dialer {
  const { clock, iceServers } = options;
  const budget = new Budget({
    burst: local.connectionBurst,
    refillMs: local.connectionRefillMs,
    waiting: local.waitingDials,
    clock,
  });
  const host: DialHost = {
    clock,
    hash: options.hash,
    iceServers: () => iceServersOf(iceServers, clock),
    take: (run) => budget.take(run),
    construct(connection) {
      options.onConstructed();
      return new options.Connection(connection);
    },
  };
  return (self, peer, signal, done) => new Dial(host, { self, peer, signal, done });
}

/**
 * A path on the own network needs no server, so a provider out of reach must not keep anybody from
 * it.
 */
async function iceServersOf(
  given: RTCIceServer[] | (() => Promise<RTCIceServer[]>),
  clock: Clock,
): Promise<{ servers: RTCIceServer[]; missing: string | undefined }> {
  if (typeof given !== 'function') return { servers: given, missing: undefined };
  let stop: () => void = () => undefined;
  const late = new Promise<string>((resolve) => {
    stop = clock.after(local.iceServersTimeoutMs, () => resolve('their provider did not answer'));
  });
  try {
    const answer = await Promise.race([given(), late]);
    return typeof answer === 'string'
      ? { servers: [], missing: answer }
      : { servers: answer, missing: undefined };
  } catch (error) {
    return {
      servers: [],
      missing: error instanceof Error ? error.message : 'their provider failed',
    };
  } finally {
    stop();
  }
}
