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

export type Timer =
  | 'round'
  | 'liveness'
  | 'retry'
  | 'overlay'
  | 'tree'
  | 'lazy'
  | 'membership'
  | 'aggregate';

/** Why a dial came to nothing: nobody there, no place there, or no path. */
export type DialFailure = 'absent' | 'refused' | 'failed';

/** What a room may set for all its members (C1); what is left out keeps its default. */
export interface RoomSettings {
  /** 200 to 60,000. */
  intervalMs?: number;
  /** 1 to 16. */
  fanout?: number;
  /** 4,096 to 65,536. */
  frameBytes?: number;
}

/** One aggregate over the room as known now (A1-A4). Over no value `count` is 0 and the rest undefined. */
export interface Aggregate {
  count: number;
  sum: number | undefined;
  average: number | undefined;
  min: number | undefined;
  max: number | undefined;
  /** Added up from every member's own value; otherwise `count`, `sum` and `average` are estimates. */
  exact: boolean;
}

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
  /** We are here; again after `leave`, or when the network is back or the page runs again. */
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
  /** Small, unlasting, ours, to every member: the newest of a channel replaces what still waits. */
  | { type: 'ephemeral'; channel: string; bytes: Uint8Array }
  /** Carry sealed bytes to `to` through neighbours (O7). */
  | { type: 'signal'; to: SessionId; bytes: Uint8Array }
  /** The rendezvous, or tabs of this profile, named members of the room. */
  | { type: 'introduced'; members: readonly SessionId[]; by: 'rendezvous' | 'tabs' }
  /** Answer to `dial`, unless `linkUp` is. */
  | { type: 'dialFailed'; member: SessionId; reason: DialFailure }
  /** Answer to `sign`; undefined where it could not be signed. */
  | { type: 'signed'; id: number; signature: Uint8Array | undefined }
  /** Answer to `verify`; undefined where it could not be checked: nobody is blamed then. */
  | { type: 'verified'; id: number; ok: boolean | undefined }
  /** What the room's settings are now, all of them (C1). Throws `setting-invalid`. */
  | { type: 'settings'; settings: RoomSettings }
  /** Our value of an aggregate; undefined takes it back. */
  | { type: 'metric'; name: string; value: number | undefined }
  /** Say what an aggregate comes to, and again on every change, until `unwatch`. */
  | { type: 'watchAggregate'; name: string; watch: boolean }
  | { type: 'hidden'; hidden: boolean }
  | { type: 'info'; bytes: Uint8Array }
  | { type: 'asleep' }
  | { type: 'leave' }
  | { type: 'timer'; timer: Timer };

/** `pruned`: the active view was too large (O5). */
export type CloseReason = 'protocol' | 'replaced' | 'leave' | 'silent' | 'pruned';

export type OutEvent =
  | { type: 'send'; link: LinkId; bytes: Uint8Array }
  | { type: 'close'; link: LinkId; reason: CloseReason }
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
  | {
      type: 'member';
      member: SessionId;
      state: MemberState;
      info: Uint8Array;
      /** Local health, 0 well to 7 (M8). */
      health: number;
      hidden: boolean;
    }
  | { type: 'ephemeral'; from: SessionId; channel: string; bytes: Uint8Array }
  | { type: 'signal'; from: SessionId; bytes: Uint8Array }
  /** Nobody in reach can carry a signal to `to`. */
  | { type: 'unreachable'; to: SessionId }
  /** Link to that member; `urgent`: it is not to refuse (O4). */
  | { type: 'dial'; member: SessionId; urgent: boolean }
  /** Ask the rendezvous for members (O8). */
  | { type: 'rendezvous' }
  /** Sign as this session's author. */
  | { type: 'sign'; id: number; bytes: Uint8Array }
  /** Whether `signature` is that of the author of `member`; without `proof` its key is one seen before. */
  | {
      type: 'verify';
      id: number;
      member: SessionId;
      proof: Uint8Array | undefined;
      bytes: Uint8Array;
      signature: Uint8Array;
    }
  | ({ type: 'aggregate'; name: string } & Aggregate)
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
