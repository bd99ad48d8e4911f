import type { SessionId, ValueHash } from '@grapevine/wire';

/** One delta as PROTOCOL.md section 3 writes it, as the run of one that starts at `seq`, without a signature. */
export interface DeltaRow {
  session: SessionId;
  seq: number;
  bytes: Uint8Array;
  /** Hash of the delta's header: rows are checked against it and against each other on load. */
  hash: Uint8Array;
  /** The author's signature over the header, where this replica has it. */
  signature: Uint8Array | undefined;
}

export interface EndRow {
  session: SessionId;
  bytes: Uint8Array;
}

export interface StoredRoom {
  /** Ascending by (session, seq). Rows whose shape is wrong are left out and counted in `damaged`. */
  deltas: DeltaRow[];
  ends: EndRow[];
  /** Hashes of the detached values held. */
  values: ValueHash[];
  damaged: number;
}

/**
 * `storage-full`: the last write did not fit; it is kept in memory and tried again.
 * `storage-blocked`: another tab holds an older version open.
 * `storage-lost`: the browser took the database away; it is being reopened.
 * `storage-newer`: what is saved was written by a newer version of this software; it is left alone and the room lives in memory only.
 * `storage-unavailable`: there is none (private mode, refused); the room lives in memory only.
 */
export interface StorageProblem {
  code:
    | 'storage-full'
    | 'storage-blocked'
    | 'storage-lost'
    | 'storage-newer'
    | 'storage-unavailable';
  message: string;
  action: string;
}

/**
 * What lasts of one room on this device, shared by all tabs of the profile. Nothing is created before the first write.
 * Every method may be called at any time after `open`; writes are atomic and resolve when durable. Writing a row that is there already changes nothing.
 */
export interface Storage {
  /** Loads everything but values. `onProblem` is called when a problem appears, and with undefined when it is over. */
  open(
    topic: string,
    onProblem: (problem: StorageProblem | undefined) => void,
  ): Promise<StoredRoom>;
  /** Replaces rows of the same key only where `replace` is set (a damaged row fetched again; a page that closes, and could not read an answer). */
  write(batch: {
    deltas?: readonly DeltaRow[];
    ends?: readonly EndRow[];
    /** Drop the deltas of `session` from `seq` on (PROTOCOL.md L10). */
    truncate?: { session: SessionId; seq: number };
    replace?: boolean;
  }): Promise<void>;
  readValue(hash: ValueHash): Promise<Uint8Array | undefined>;
  /** The salted value: 16 bytes of salt, then the value. */
  writeValue(hash: ValueHash, saltedValue: Uint8Array): Promise<void>;
  /** Small structured-cloneable settings and keys of this room on this device (a CryptoKey among them). */
  readSetting(name: string): Promise<unknown>;
  writeSetting(name: string, value: unknown): Promise<void>;
  close(): Promise<void>;
}
