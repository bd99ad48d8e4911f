import type { AuthorId, SessionId, ValueHash } from '@grapevine/wire';

/** PROTOCOL.md L1-L3. */
export const deltaKind = { open: 0, records: 1, yjs: 2 } as const;

/** A value a delta commits to. */
export interface DeltaValue {
  hash: ValueHash;
  /** Bytes of the value without its salt. */
  size: number;
  /** salt(16) ‖ value, where it travels inline and has not been pruned. */
  salted: Uint8Array | undefined;
}

/** A decoded, accepted delta. Immutable. */
export interface Delta {
  session: SessionId;
  author: AuthorId;
  seq: number;
  hlc: number;
  kind: number;
  /** Empty for everything but documents. */
  document: string;
  body: Uint8Array;
  values: readonly DeltaValue[];
  /** Hash of its header, 32 bytes. */
  hash: Uint8Array;
}

/** What its writer gives to make one. */
export interface DeltaDraft {
  kind: number;
  document: string;
  body: Uint8Array;
  /** Salted values (salt(16) ‖ value), in the order the body refers to them. */
  values: readonly Uint8Array[];
}

/**
 * Decides PROTOCOL.md L7 for the payload of one kind: a pure function of the delta and of `state`, what the same rule returned for the
 * feed's previous delta of that kind (undefined at first).
 */
export type PayloadRule = (
  delta: Omit<Delta, 'author' | 'hash'>,
  state: unknown,
) => { valid: true; state: unknown } | { valid: false; reason: string };
