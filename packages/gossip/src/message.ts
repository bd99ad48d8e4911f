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

export interface LeafEntry {
  session: SessionId;
  seq: number;
  ended: boolean;
  /** First 8 bytes of the leaf. */
  leaf: Uint8Array;
}

/** What one node tells another, PROTOCOL.md section 7, with sessions in place of their numbers. */
export type Message =
  | {
      type: 'hello';
      hidden: boolean;
      intervalMs: number;
      incarnation: number;
      digest: Uint8Array;
      feeds: number;
      info: Uint8Array;
    }
  | { type: 'round'; hidden: boolean; intervalMs: number; digest: Uint8Array; feeds: number }
  | { type: 'ack'; bytes: number }
  | { type: 'echo'; nonce: number }
  | { type: 'echoReply'; nonce: number }
  /** `from` and `to` are read from the bytes. */
  | {
      type: 'run';
      session: SessionId;
      repair: boolean;
      from: number;
      to: number;
      bytes: Uint8Array;
    }
  | { type: 'have'; heads: readonly Head[] }
  | { type: 'want'; ranges: readonly Range[] }
  /**
   * `path`: hex digits every session of the node starts with. Children: first 8 bytes, undefined
   * where empty.
   */
  | { type: 'tree'; path: string; children: readonly (Uint8Array | undefined)[] }
  | { type: 'leaves'; path: string; reply: boolean; leaves: readonly LeafEntry[] }
  | { type: 'end'; session: SessionId; bytes: Uint8Array }
  | { type: 'peers'; members: readonly SessionId[] }
  | { type: 'signal'; from: SessionId; to: SessionId; sealed: Uint8Array }
  | { type: 'ephemeral'; channel: string; bytes: Uint8Array }
  | { type: 'valueWant'; hash: ValueHash; offset: number; length: number }
  | { type: 'valueChunk'; hash: ValueHash; size: number; offset: number; bytes: Uint8Array }
  | { type: 'valueMissing'; hash: ValueHash }
  | { type: 'info'; bytes: Uint8Array }
  | { type: 'asleep' }
  | { type: 'bye' };

export type MessageOf<T extends Message['type']> = Extract<Message, { type: T }>;
