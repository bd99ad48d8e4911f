import type { SessionId, ValueHash } from '@grapevine/wire';

/** A link as its driver names it; never reused within a node's life. */
export type LinkId = number;

/** What a replica holds of one feed. */
export interface Feed {
  session: SessionId;
  /** Head: the last seq held, 0 for none. */
  seq: number;
  /** 16 bytes, PROTOCOL.md L13. */
  leaf: Uint8Array;
  /** An end mark is held. */
  ended: boolean;
}

/** Consecutive deltas of one feed in one signature, opaque here. */
export interface Run {
  session: SessionId;
  from: number;
  to: number;
  bytes: Uint8Array;
}

export type MemberState = 'alive' | 'suspect' | 'asleep' | 'dead' | 'left';

export type Timer = 'round' | 'liveness' | 'retry';

/** Answers to `validate`. `feed` is the state of the feed after it. */
export type Verdict =
  | { verdict: 'accept'; feed: Feed; runs: readonly Run[] }
  /** Nothing new in it. */
  | { verdict: 'known'; feed: Feed }
  /** Its prefix is missing: what is held ends at `feed.seq`. */
  | { verdict: 'park'; feed: Feed }
  /** It contradicts what is held: ask for the feed from seq 1 once (PROTOCOL.md L11). */
  | { verdict: 'diverged'; feed: Feed }
  /** Not an honest sender's doing. The link is closed. */
  | { verdict: 'reject'; reason: string };

export type InEvent =
  | { type: 'start' }
  /** The handshake holds: `member` is who it says. */
  | { type: 'linkUp'; link: LinkId; member: SessionId }
  | { type: 'linkDown'; link: LinkId; reason: 'lost' | 'closed' }
  | { type: 'frame'; link: LinkId; bytes: Uint8Array }
  /** New deltas of ours, or of another tab's, to push at once. */
  | { type: 'append'; feed: Feed; runs: readonly Run[] }
  /** What storage held, or a change that came about without a run (an end mark made here). Not pushed. */
  | { type: 'feeds'; feeds: readonly Feed[] }
  | ({ type: 'validated'; id: number } & Verdict)
  /** Answer to `readRuns`: as much as fitted, in order; empty where nothing is held. */
  | { type: 'runsRead'; id: number; runs: readonly Run[]; end: Uint8Array | undefined }
  /** Fetch a detached value. `bytes` counts the salt. */
  | { type: 'wantValue'; hash: ValueHash; bytes: number }
  | { type: 'dropValue'; hash: ValueHash }
  /** Answer to `readValue`. */
  | { type: 'valueRead'; id: number; bytes: Uint8Array | undefined; size: number }
  /** Small, unlasting, ours, to every neighbour: the newest of a channel replaces what still waits. */
  | { type: 'ephemeral'; channel: string; bytes: Uint8Array }
  /** Carry sealed bytes to `to` through a common neighbour. */
  | { type: 'signal'; to: SessionId; bytes: Uint8Array }
  | { type: 'hidden'; hidden: boolean }
  | { type: 'info'; bytes: Uint8Array }
  | { type: 'asleep' }
  | { type: 'leave' }
  | { type: 'timer'; timer: Timer };

export type OutEvent =
  | { type: 'send'; link: LinkId; bytes: Uint8Array }
  | { type: 'close'; link: LinkId; reason: 'protocol' | 'replaced' | 'leave' | 'silent' }
  /** `bytes` is a run, or an end mark when `what` says so. */
  | {
      type: 'validate';
      id: number;
      link: LinkId;
      what: 'run' | 'end';
      session: SessionId;
      bytes: Uint8Array;
      repair: boolean;
    }
  /** Runs of at most `limits.runBytes` each covering from..to (to may be beyond the head), at most `maxBytes` in all but at least one. from 0 asks for the end mark alone. */
  | {
      type: 'readRuns';
      id: number;
      session: SessionId;
      from: number;
      to: number;
      maxBytes: number;
    }
  | { type: 'readValue'; id: number; hash: ValueHash; offset: number; length: number }
  /** Bytes at `offset` of a wanted value have arrived, in order, from 0 on. The driver checks the hash of the whole and answers `dropValue` or wants again. */
  | { type: 'valueChunk'; hash: ValueHash; size: number; offset: number; bytes: Uint8Array }
  | { type: 'member'; member: SessionId; state: MemberState; info: Uint8Array }
  | { type: 'ephemeral'; from: SessionId; channel: string; bytes: Uint8Array }
  | { type: 'signal'; from: SessionId; bytes: Uint8Array }
  /** Nobody in reach can carry a signal to `to`. */
  | { type: 'unreachable'; to: SessionId }
  /** Members that neighbours name and we are not linked to. */
  | { type: 'heardOf'; members: readonly SessionId[] }
  /** Equality of digests with neighbours changed, or what is known to be missing did. */
  | { type: 'sync'; inSyncWith: number; neighbours: number; pending: number }
  | { type: 'schedule'; timer: Timer; delayMs: number };

/** Monotone integers unless said otherwise. */
export interface Stats {
  framesSent: number;
  framesReceived: number;
  bytesSent: number;
  bytesReceived: number;
  deltasReceived: number;
  duplicateDeltas: number;
  deltasForwarded: number;
  /** Bytes of tree, leaves, want and repair runs sent. */
  repairBytes: number;
  roundsRun: number;
  /** Gauge. */
  links: number;
}
