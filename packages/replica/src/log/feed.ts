import { Writer, label, sessionIdToBytes } from '@grapevine/wire';
import type { AuthorId, SessionId } from '@grapevine/wire';
import { sha256 } from '../crypto/sha256.ts';
import { authorId } from '../session.ts';
import { encodeRow, encodeRun, rebase } from './codec.ts';
import type { RawDelta } from './codec.ts';
import type { Delta } from './delta.ts';
import type { EndPoint } from './end-codec.ts';
import { headerPrefix, origin } from './header.ts';
import type { Position } from './header.ts';
import { logLimits } from './limits.ts';
import { noStates, replay } from './validity.ts';
import type { Prefix, Rules } from './validity.ts';

/** What a replica holds of one feed, as gossip counts it. */
export interface Feed {
  session: SessionId;
  /** Head: the last seq held, 0 for none. */
  seq: number;
  /** 16 bytes, PROTOCOL.md L13; zeros where nothing is known of the feed. */
  leaf: Uint8Array;
  /** An end mark is held. */
  ended: boolean;
}

/** A delta as it is stored: see `encodeRow`. */
export interface Row {
  session: SessionId;
  seq: number;
  bytes: Uint8Array;
  /** Hash of the delta's header. */
  hash: Uint8Array;
  /** The author's signature over the header, where this replica has it. */
  signature: Uint8Array | undefined;
}

/** A delta with the one copy of its bytes that memory keeps. */
export interface Held {
  readonly delta: Delta;
  /** The row; `rest` and the views of `delta` lie in it. */
  readonly row: Uint8Array;
  readonly rest: Uint8Array;
  readonly hlc: number;
  signature: Uint8Array | undefined;
}

export interface HeldEnd extends EndPoint {
  /** The end mark as it travels. */
  bytes: Uint8Array;
}

const leafBytes = 16;

/** The prefix of one feed that this replica holds, and the end mark if there is one. */
export class FeedState {
  readonly session: SessionId;
  readonly authorKey: Uint8Array;
  readonly author: AuthorId;
  readonly headerPrefix: Uint8Array;
  readonly #held: Held[] = [];
  #signedSeq = 0;
  #prefix: Prefix = { hlc: 0, states: noStates };
  #end: HeldEnd | undefined;
  /**
   * Deltas from the end mark's seq to the first signed one, kept where nothing else authenticates
   * the prefix.
   */
  #witness: readonly Held[] = [];
  #summary: Feed | undefined;

  constructor(topic: Uint8Array, session: SessionId, authorKey: Uint8Array) {
    this.session = session;
    this.authorKey = authorKey;
    this.author = authorId(authorKey);
    this.headerPrefix = headerPrefix(topic, session);
  }

  get head(): number {
    return this.#held.length;
  }

  /** Last seq held with a signature, 0 for none: what can be sent to others. */
  get signedSeq(): number {
    return this.#signedSeq;
  }

  get held(): readonly Held[] {
    return this.#held;
  }

  get prefix(): Prefix {
    return this.#prefix;
  }

  get end(): HeldEnd | undefined {
    return this.#end;
  }

  get witness(): readonly Held[] {
    return this.#witness;
  }

  /** @param seq from 0 to `head` */
  position(seq: number): Position {
    const held = this.#held[seq - 1];
    return held === undefined ? origin : { seq, hash: held.delta.hash };
  }

  /** What the rules know after `seq`, at most `head`. */
  prefixAt(seq: number, rules: Rules): Prefix {
    if (seq === this.head) return this.#prefix;
    return replay(this.#deltas(seq), rules);
  }

  *#deltas(count: number): Iterable<Delta> {
    for (let i = 0; i < count; i++) yield (this.#held[i] as Held).delta;
  }

  /** A delta of this feed; its views stay where `raw` has them. */
  deltaOf(seq: number, raw: RawDelta, hash: Uint8Array): Delta {
    const { session, author } = this;
    const { hlc, kind, document, body, values } = raw;
    return { session, author, seq, hlc, kind, document, body, values, hash };
  }

  /** @param row its encoding where there is one already, as in storage */
  hold(
    position: Position,
    raw: RawDelta,
    signature: Uint8Array | undefined,
    row = encodeRow(position.seq, raw),
  ): Held {
    const own = rebase(raw, row);
    const delta = this.deltaOf(position.seq, own, position.hash);
    return { delta, row, rest: own.rest, hlc: own.hlc, signature };
  }

  append(held: Held, prefix: Prefix): void {
    this.#held.push(held);
    if (isSigned(held)) this.#signedSeq = this.head;
    this.#prefix = prefix;
    this.#summary = undefined;
  }

  /** Does nothing where `held` was dropped meanwhile. */
  sign(held: Held, signature: Uint8Array): void {
    if (this.#held[held.delta.seq - 1] !== held) return;
    held.signature = signature;
    this.#signedSeq = Math.max(this.#signedSeq, held.delta.seq);
  }

  /**
   * Ends the feed: what is held from there on is dropped.
   * @param tail signed deltas from `end.seq` on that this replica does not hold but came by
   */
  finish(end: HeldEnd, tail: readonly Held[], rules: Rules): void {
    const prefix = this.prefixAt(Math.min(this.head, end.seq - 1), rules);
    const dropped = [...this.#held.splice(end.seq - 1), ...this.#witness];
    this.#signedSeq = this.#held.findLastIndex(isSigned) + 1;
    this.#prefix = prefix;
    this.#end = end;
    this.#summary = undefined;
    this.#witness = [];
    this.keepWitness(dropped.some(isSigned) ? dropped : tail);
  }

  /** @param tail deltas from the end mark's seq on */
  keepWitness(tail: readonly Held[]): void {
    const { seq } = this.#end ?? { seq: 0 };
    if (this.head !== seq - 1 || this.#held.at(-1)?.signature !== undefined) return;
    const first = tail.findIndex(isSigned);
    if (first >= 0) this.#witness = tail.slice(0, first + 1);
  }

  /**
   * What storage keeps of the end: `varbytes end ‖ (nothing | run)`, the run from the end's seq
   * on being the witness, so that
   * the prefix can still be proved to others.
   */
  storedEnd(): { bytes: Uint8Array; from: number } | undefined {
    if (this.#end === undefined) return undefined;
    const writer = new Writer(this.#end.bytes.length + 16).varbytes(this.#end.bytes);
    const signature = this.#witness.at(-1)?.signature;
    if (signature !== undefined) {
      const run = encodeRun(this.#end.seq, this.#witness, signature);
      // Too large beside a proof that is itself a run: that run authenticates the prefix as well.
      if (writer.length + run.length <= logLimits.storedEndBytes) writer.bytes(run);
    }
    return { bytes: writer.done(), from: this.#end.seq };
  }

  summary(): Feed {
    this.#summary ??= {
      session: this.session,
      seq: this.head,
      leaf: this.#leaf(),
      ended: this.#end !== undefined,
    };
    return this.#summary;
  }

  #leaf(): Uint8Array {
    const { seq, hash } = this.position(this.head);
    const writer = new Writer(128).bytes(label('grapevine/1 leaf'));
    writer.bytes(sessionIdToBytes(this.session)).varint(seq).bytes(hash);
    writer.u8(this.#end?.kind ?? 0).varint(this.#end?.seq ?? 0);
    return sha256(writer.done()).subarray(0, leafBytes);
  }

  row(held: Held): Row {
    const { seq, hash } = held.delta;
    return { session: this.session, seq, bytes: held.row, hash, signature: held.signature };
  }
}

/** The state of a feed nothing is known of. */
export function unknownFeed(session: SessionId): Feed {
  return { session, seq: 0, leaf: new Uint8Array(leafBytes), ended: false };
}

export function isSigned(held: Held): boolean {
  return held.signature !== undefined;
}
