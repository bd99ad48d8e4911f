import type { SessionId, ValueHash } from '@grapevine/wire';

export interface Head {
  session: SessionId;
  seq: number;
}

/** `from` 0 asks for the end mark; `to` is inclusive. */
export interface Range {
  session: SessionId;
  from: number;
  to: number;
}

/** What is held of a feed, told in a descent (G6). */
export interface LeafEntry {
  session: SessionId;
  seq: number;
  ended: boolean;
  /** Of the leaf, short and salted. */
  hash: number;
}

/**
 * What the sender of a descent holds below the sessions that start with the hex digits of `path`.
 * Hashes are short and salted, as 32-bit numbers.
 */
export type TreeNode =
  /** Of the 16 nodes below, undefined where empty. */
  | { kind: 'children'; path: string; hashes: readonly (number | undefined)[] }
  /** Of every leaf. */
  | { kind: 'leaves'; path: string; hashes: readonly number[] }
  /** Of leaves the addressee named and the sender lacks: to be told. */
  | { kind: 'unknown'; path: string; hashes: readonly number[] };

/**
 * `open` brings the leaves that changed last and asks for the other side's, `answer` brings those;
 * all else is `descend`.
 */
export type DescentStep = 'descend' | 'open' | 'answer';

export interface Tree {
  step: DescentStep;
  /** Of one descent, 32 bits by chance: nobody can make two leaves that look alike for ever. */
  salt: number;
  nodes: readonly TreeNode[];
}

/** Along the shared tree, in an epoch of an even or of an odd number. */
export type SharedWay = 'even' | 'odd';

/** Which way a run is passed on: along the shared tree, the author's own, or to nobody who is linked to the author. */
export type Way = SharedWay | 'own' | 'direct';

/** What a member says of itself, signed by it (M2). The higher incarnation replaces the lower, then the later state. */
export interface Card {
  session: SessionId;
  /** Author key and salt, from which the session id follows. */
  proof: Uint8Array;
  incarnation: number;
  state: 'alive' | 'asleep' | 'left';
  /** Local health 0 (well) to 7 in the low 4 bits, 16 = hidden. */
  health: number;
  /** At most 512 bytes, opaque here. */
  info: Uint8Array;
  metrics: readonly Metric[];
}

export interface Metric {
  name: string;
  value: number;
}

/** What `by` thinks of `about` now, signed by it; the higher number replaces the lower (M4, M5). */
export interface Opinion {
  by: SessionId;
  about: SessionId;
  /** Of `about`. */
  incarnation: number;
  number: number;
  /** Neighbours `about` told `by` of last, `by` included. */
  degree: number;
}

/** What one node tells another, PROTOCOL.md section 7, with sessions in place of their numbers. */
export type Message =
  | {
      type: 'hello';
      hidden: boolean;
      intervalMs: number;
      incarnation: number;
      digest: Uint8Array;
      members: Uint8Array;
      info: Uint8Array;
    }
  | {
      type: 'round';
      hidden: boolean;
      intervalMs: number;
      digest: Uint8Array;
      /** Digest of the table of members. */
      members: Uint8Array;
    }
  | { type: 'ack'; bytes: number }
  | { type: 'echo'; nonce: number }
  | { type: 'echoReply'; nonce: number }
  /** `from` and `to` are read from the bytes. */
  | {
      type: 'run';
      session: SessionId;
      repair: boolean;
      way: Way;
      from: number;
      to: number;
      bytes: Uint8Array;
    }
  | { type: 'have'; heads: readonly Head[] }
  | { type: 'want'; ranges: readonly Range[] }
  | ({ type: 'tree' } & Tree)
  | { type: 'leaves'; salt: number; leaves: readonly LeafEntry[] }
  /** A descent over the table of members; cards are told in place of leaves (M10). */
  | ({ type: 'memberTree' } & Tree)
  | { type: 'end'; session: SessionId; bytes: Uint8Array }
  | { type: 'peers'; members: readonly SessionId[] }
  /** `relays`: hops it may still be carried over before the last. */
  | { type: 'signal'; from: SessionId; to: SessionId; relays: number; sealed: Uint8Array }
  | {
      type: 'ephemeral';
      from: SessionId;
      channel: string;
      number: number;
      signature: Uint8Array;
      bytes: Uint8Array;
    }
  | { type: 'valueWant'; hash: ValueHash; offset: number; length: number }
  | { type: 'valueChunk'; hash: ValueHash; size: number; offset: number; bytes: Uint8Array }
  | { type: 'valueMissing'; hash: ValueHash }
  | { type: 'bye' }
  | { type: 'beacon'; root: SessionId; epoch: number; hops: number; shared: boolean }
  | { type: 'graft'; roots: readonly SessionId[] }
  | { type: 'prune'; roots: readonly SessionId[] }
  /** `path`: the members it came over, the one who asks first. */
  | { type: 'shuffle'; hops: number; path: readonly SessionId[]; members: readonly SessionId[] }
  /** `path`: what is left of the way back, the one who asked first. */
  | { type: 'shuffleReply'; path: readonly SessionId[]; members: readonly SessionId[] }
  | { type: 'disconnect'; members: readonly SessionId[] }
  | ({ type: 'alive'; signature: Uint8Array } & Card)
  | ({ type: 'suspect'; signature: Uint8Array } & Opinion)
  | ({ type: 'vouch'; signature: Uint8Array } & Opinion)
  /** The sender holds that member dead or left at that incarnation; to itself: or suspect (M3). */
  | { type: 'gone'; session: SessionId; incarnation: number }
  /** Whether `about` answers who stands first in `path`, the members it came over (M13). */
  | {
      type: 'probe';
      about: SessionId;
      nonce: number;
      /** Members it may still be carried over before the last. */
      relays: number;
      path: readonly SessionId[];
    }
  /** `path`: what is left of the way back, the one who asked first. */
  | {
      type: 'probeReply';
      session: SessionId;
      nonce: number;
      signature: Uint8Array;
      path: readonly SessionId[];
    }
  | ({ type: 'extrema' } & Extrema);

/** One aggregate's state in extrema propagation (A3); merged entry by entry, minima. */
export interface Extrema {
  name: string;
  epoch: number;
  min: number;
  max: number;
  /** 128 each for count, sum of the positive values and sum of the negative ones. */
  minima: Float32Array;
}

export type MessageOf<T extends Message['type']> = Extract<Message, { type: T }>;
