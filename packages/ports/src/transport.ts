import type { SessionId } from '@grapevine/wire';

export interface LinkQuality {
  /** How the packets travel: straight, through a NAT, through a TURN relay, or inside the browser. */
  path: 'host' | 'srflx' | 'prflx' | 'relay' | 'tabs';
  /** Round trip in milliseconds as the transport measures it; undefined where it does not. */
  rttMs: number | undefined;
}

/** An open, ordered, reliable channel of messages to one member. Messages are whole: chunking is the transport's. */
export interface Link {
  /** 32 bytes both ends compute alike and no third party can make agree (PROTOCOL.md S4). */
  readonly binding: Uint8Array;
  /** Bytes handed to `send` that have not left this page. */
  readonly queuedBytes: number;
  /**
   * Set before the first message can arrive; messages that arrived earlier are delivered on assignment, in order.
   * Called synchronously inside the platform's message event.
   */
  onMessage: ((message: Uint8Array) => void) | undefined;
  /** Called once. `lost` = the other end or the path went; `closed` = we closed it. */
  onClose: ((reason: 'lost' | 'closed') => void) | undefined;
  /** Called when `queuedBytes` has fallen below 64 KiB after having been above. */
  onDrain: ((this: void) => void) | undefined;
  /** At most 65,536 bytes, at least 1. After a close it does nothing. */
  send(message: Uint8Array): void;
  quality(): Promise<LinkQuality>;
  close(): void;
}

/** A link being made. Signals go both ways for as long as the link lives: a path that breaks is replaced over them. */
export interface PendingLink {
  /** Hands over what the other side's `signal` produced, in order. Malformed signals reject `opened`; after it they are ignored. */
  receive(signal: Uint8Array): void;
  /** Rejects with a `GrapevineError` (codes `link-failed`, `link-aborted`, `link-budget`). */
  readonly opened: Promise<Link>;
  /** Gives the dial up; once the link is open it does nothing. */
  abort(): void;
}

export interface Transport {
  readonly name: 'webrtc' | 'tabs';
  /**
   * @param self our session id
   * @param peer theirs; the lower of the two is the initiator (PROTOCOL.md S2)
   * @param signal carries bytes (at most `limits.signalBytes`) to the other side's `receive`
   */
  connect(self: SessionId, peer: SessionId, signal: (bytes: Uint8Array) => void): PendingLink;
  /** Closes every link. */
  close(): void;
}
