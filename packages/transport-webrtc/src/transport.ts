import { systemClock } from '@grapevine/ports';
import type { Clock, PendingLink, Transport } from '@grapevine/ports';
import type { Dialer } from './dialer.ts';
import { LateDial } from './late-dial.ts';

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
  const dials = new Set<LateDial>();
  let dialer: Dialer | undefined;
  let closed = false;
  let loading: Promise<Dialer | undefined> | undefined;
  /** One attempt at a time; after one that failed the next dial makes another. */
  const load = (): Promise<Dialer | undefined> =>
    (loading ??= loadParts().then((parts) => {
      loading = undefined;
      dialer = parts?.createDialer({
        clock,
        hash: options.hash,
        iceServers: options.iceServers ?? [],
        onConstructed: () => options.onConstructed?.(),
        Connection: parts.PeerConnection,
      });
      return dialer;
    }));
  // Fetched beside the rest of the page, so that the first dial does not wait for it.
  void load();
  return {
    name: 'webrtc',
    connect(self, peer, signal): PendingLink {
      const dial = new LateDial(clock, () => dials.delete(dial));
      const start = (loaded: Dialer | undefined): void =>
        dial.start(loaded && ((done) => loaded(self, peer, signal, done)));
      dials.add(dial);
      if (closed) dial.abort();
      else if (dialer === undefined) void load().then(start);
      else start(dialer);
      return dial;
    },
    close() {
      closed = true;
      for (const dial of dials) dial.close();
    },
  };
}

/**
 * What dials consist of is a fifth of the app and nothing a person sees waits for it. simple-peer
 * is the most of it and a chunk by itself.
 * @returns undefined where it could not be loaded
 */
async function loadParts() {
  try {
    const [{ createDialer }, { PeerConnection }] = await Promise.all([
      import('./dialer.ts'),
      import('./peer-connection.ts'),
    ]);
    return { createDialer, PeerConnection };
  } catch {
    return undefined;
  }
}
