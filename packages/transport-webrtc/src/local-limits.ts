/**
 * Limits that bind this package alone; what both ends must know is in `limits` of
 * `@grapevine/wire`.
 */
export const local = {
  /**
   * How long an `iceServers` provider may take before the dial goes on without servers. A guess.
   */
  iceServersTimeoutMs: 2_000,
  /**
   * How long the first signal waits for company, so that an offer and its host candidates share one
   * message.
   */
  coalesceMs: 10,
  /** Candidates that may arrive before the description they belong to, in signals. */
  heldCandidates: 64,
  /** Candidates of the other side over a link's life. A guess: eight ICE restarts of 64 each. */
  candidates: 512,
  /** Descriptions of the other side over a link's life: the first and one per ICE restart. */
  descriptions: 64,
  /**
   * `RTCDataChannel.bufferedAmount` above which messages wait here. Chromium refuses to queue more
   * than 16 MiB (measured).
   */
  highWaterBytes: 1_048_576,
  /** `queuedBytes` below which `onDrain` is called (`Link.onDrain`). */
  drainedBytes: 65_536,
  /**
   * Messages waiting here. The window of acknowledged bytes keeps far below; who ignores it loses
   * the link.
   */
  queueBytes: 16_777_216,
  /**
   * A negotiated maximum message size below this is refused: less than an Ethernet frame is
   * nobody's honest limit.
   */
  leastChunkBytes: 1_200,
  /** PeerConnections at once from a fresh start: three times a full mesh of 9. */
  connectionBurst: 24,
  /**
   * One more PeerConnection each. Chromium counts 500 a page, closed ones until they are collected,
   * about 30 s (measured).
   */
  connectionRefillMs: 2_000,
  /** Dials that wait for the budget. A guess. */
  waitingDials: 64,
} as const;
