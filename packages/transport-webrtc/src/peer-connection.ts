// Ambient, so nothing imports it: this takes the declaration along into every program that reaches
// this file.
// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="./simple-peer.d.ts" />
import SimplePeer from 'simple-peer/simplepeer.min.js';
import type { Signal } from './signals.ts';

export interface PeerConnectionOptions {
  initiator: boolean;
  iceServers: RTCIceServer[];
  /** Whatever simple-peer wants carried, unchecked. */
  onSignal(data: unknown): void;
  /** All candidates known at the moment have been signalled. */
  onGathered(): void;
  /** The channel is open; nothing has arrived on it yet. */
  onOpen(channel: RTCDataChannel): void;
  /** The path stopped working (Chromium: about 5 s after the fact) and may come back. */
  onDisconnected(): void;
  /** Called at most once, unless `close` was called before. */
  onEnd(error: (Error & { code?: string }) | undefined): void;
}

/** Everything known of simple-peer: negotiation is its work, the channel is used directly. */
export class PeerConnection {
  #options: PeerConnectionOptions | undefined;
  readonly #peer: SimplePeer;
  readonly #pc: RTCPeerConnection | undefined;
  #channel: RTCDataChannel | undefined;

  constructor(options: PeerConnectionOptions) {
    this.#options = options;
    this.#peer = new SimplePeer({
      initiator: options.initiator,
      config: { iceServers: options.iceServers },
      channelName: 'grapevine',
    });
    this.#pc = this.#peer._pc ?? undefined;
    this.#peer.on('error', (error) => this.#end(error));
    this.#peer.on('close', () => this.#end(undefined));
    this.#peer.on('signal', (data) => this.#options?.onSignal(data));
    this.#peer.on('iceStateChange', (connection, gathering) => {
      if (gathering === 'complete') this.#options?.onGathered();
      if (connection === 'disconnected') this.#options?.onDisconnected();
    });
    if (this.#peer._channel !== null) this.#watch(this.#peer._channel);
    else this.#pc?.addEventListener('datachannel', this.#onDataChannel);
  }

  get localSdp(): string | undefined {
    return (this.#pc?.currentLocalDescription ?? this.#pc?.localDescription)?.sdp;
  }

  get remoteSdp(): string | undefined {
    return (this.#pc?.currentRemoteDescription ?? this.#pc?.remoteDescription)?.sdp;
  }

  /** As negotiated; 16 KiB, which every SCTP stack takes, where the browser does not say. */
  get maxMessageBytes(): number {
    return this.#pc?.sctp?.maxMessageSize ?? 16_384;
  }

  signal(signal: Signal): void {
    if (this.#options !== undefined) this.#peer.signal(signal);
  }

  /** Looks for a new path for the channel, which stays. Signals an offer. */
  restartIce(): void {
    if (this.#options === undefined) return;
    this.#peer.offerOptions = { iceRestart: true };
    this.#peer.negotiate();
  }

  async stats(): Promise<{ id: string; type: string }[]> {
    const reports: { id: string; type: string }[] = [];
    if (this.#options === undefined || this.#pc === undefined) return reports;
    (await this.#pc.getStats()).forEach((report: { id: string; type: string }) =>
      reports.push(report),
    );
    return reports;
  }

  close(): void {
    this.#options = undefined;
    this.#release();
    this.#peer.destroy();
  }

  readonly #onDataChannel = (event: RTCDataChannelEvent): void => this.#watch(event.channel);
  readonly #onClose = (): void => this.#end(undefined);
  readonly #onOpen = (): void => {
    if (this.#channel !== undefined) this.#options?.onOpen(this.#channel);
  };

  #watch(channel: RTCDataChannel): void {
    // A second channel is nobody's honest wish.
    if (this.#channel !== undefined) return;
    this.#channel = channel;
    // simple-peer would put messages into a stream that nobody reads.
    channel.onmessage = null;
    channel.addEventListener('close', this.#onClose);
    if (channel.readyState === 'open') this.#onOpen();
    else channel.addEventListener('open', this.#onOpen);
  }

  #end(error: (Error & { code?: string }) | undefined): void {
    const options = this.#options;
    if (options === undefined) return;
    this.close();
    options.onEnd(error);
  }

  #release(): void {
    this.#channel?.removeEventListener('close', this.#onClose);
    this.#channel?.removeEventListener('open', this.#onOpen);
    this.#pc?.removeEventListener('datachannel', this.#onDataChannel);
    // The one handler simple-peer leaves.
    if (this.#pc !== undefined) this.#pc.onconnectionstatechange = null;
  }
}
