import type { SessionId } from '@grapevine/wire';

/** `connecting` covers every retry; `refused` means the server said no and `reason` says why. */
export type SignalingState =
  | { state: 'connecting' }
  | { state: 'open' }
  | { state: 'refused'; reason: string }
  | { state: 'closed' };

export interface SignalingEvents {
  /** Some other members of the topic; never all that there are for certain. */
  onMembers(members: readonly SessionId[]): void;
  onMessage(from: SessionId, data: Uint8Array): void;
  /** `to` is not connected here. */
  onAbsent(to: SessionId): void;
  onState(state: SignalingState): void;
}

/**
 * Introduces members of a topic to each other. Untrusted: what it says is a hint, what it carries is sealed. It reconnects by itself,
 * with jittered backoff, until closed.
 */
export interface Signaling {
  open(topic: string, self: SessionId, events: SignalingEvents): void;
  /** Best effort: queued within a small bound while not open, paced to the server's limits. */
  send(to: SessionId, data: Uint8Array): void;
  /** Asks for another sample of members. */
  sample(): void;
  /** Tries again at once instead of waiting out the backoff (the network came back, the page was shown). */
  retryNow(): void;
  close(): void;
}
