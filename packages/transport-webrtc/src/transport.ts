import { systemClock } from '@grapevine/ports';
import type { Clock, PendingLink, Transport } from '@grapevine/ports';
import { Budget } from './budget.ts';
import { Dial, loadPeerConnection } from './dial.ts';
import type { DialHost } from './dial.ts';
import { local } from './local-limits.ts';

export interface WebRtcTransportOptions {
  /** SHA-256. */
  hash(this: void, bytes: Uint8Array): Uint8Array;
  /**
   * STUN and TURN servers, or who provides them, asked for every connection (short-lived
   * credentials). Default none, which reaches the own network only. A provider that fails or takes
   * over 2 s is passed over.
   */
  iceServers?: RTCIceServer[] | (() => Promise<RTCIceServer[]>) | undefined;
  /** A PeerConnection is about to be constructed. */
  onConstructed?: (() => void) | undefined;
  clock?: Clock | undefined;
}

/** Links over WebRTC data channels, one connection each. Needs a browser. */
export function createWebRtcTransport(options: WebRtcTransportOptions): Transport {
  const clock = options.clock ?? systemClock;
  const budget = new Budget({
    burst: local.connectionBurst,
    refillMs: local.connectionRefillMs,
    waiting: local.waitingDials,
    clock,
  });
  const dials = new Set<Dial>();
  let closed = false;
  // Fetched beside the rest of the page, so that the first dial does not wait for it.
  void loadPeerConnection();
  const host: DialHost = {
    clock,
    hash: options.hash,
    iceServers: () => iceServersOf(options.iceServers ?? [], clock),
    take: (run) => budget.take(run),
    constructed: () => options.onConstructed?.(),
    done: (dial) => dials.delete(dial),
  };
  return {
    name: 'webrtc',
    connect(self, peer, signal): PendingLink {
      const dial = new Dial(host, self, peer, signal);
      dials.add(dial);
      if (closed) dial.abort();
      return dial;
    },
    close() {
      closed = true;
      for (const dial of dials) dial.close();
    },
  };
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
