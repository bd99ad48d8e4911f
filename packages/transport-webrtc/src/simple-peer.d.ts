/**
 * What this package uses of simple-peer 9.11.1's browser build. `_pc` and `_channel` are its
 * private fields; they are the seam through which a channel is used as soon as it is open (simple-
 * peer's own `connect` waits for a poll of `getStats`) and messages skip its stream. Pinned
 * exactly; the browser tests fail if they move.
 */
declare module 'simple-peer/simplepeer.min.js' {
  export interface SimplePeerOptions {
    initiator: boolean;
    config: RTCConfiguration;
    channelName: string;
  }

  export default class SimplePeer {
    constructor(options: SimplePeerOptions);
    /** Unset where the constructor of RTCPeerConnection threw, null after destroy. */
    readonly _pc: RTCPeerConnection | null | undefined;
    /** Null until the channel exists, and after destroy. */
    readonly _channel: RTCDataChannel | null;
    offerOptions: RTCOfferOptions;
    signal(data: RTCSessionDescriptionInit | { candidate: RTCIceCandidateInit }): void;
    negotiate(): void;
    destroy(): void;
    on(event: 'signal', listener: (data: unknown) => void): this;
    on(event: 'error', listener: (error: Error & { code?: string }) => void): this;
    on(event: 'close', listener: () => void): this;
    on(
      event: 'iceStateChange',
      listener: (connection: RTCIceConnectionState, gathering: RTCIceGatheringState) => void,
    ): this;
    removeAllListeners(event: 'signal' | 'close' | 'iceStateChange'): this;
  }
}
