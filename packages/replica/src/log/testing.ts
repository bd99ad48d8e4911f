import { Writer, concat, fromHex } from '@grapevine/wire';
import type { SigningKey } from '../crypto/crypto.ts';
import { loadCrypto } from '../crypto/load.ts';
import { sha256 } from '../crypto/sha256.ts';
import { deriveRoomKeys } from '../keys.ts';
import type { RoomKeys } from '../keys.ts';
import type { Random } from '../link.ts';
import { openSession } from '../session.ts';
import type { Session } from '../session.ts';
import { encodeDraft, encodeRun } from './codec.ts';
import type { RawDelta } from './codec.ts';
import type { DeltaDraft } from './delta.ts';
import { decodeEnd } from './end-codec.ts';
import type { EndPoint } from './end-codec.ts';
import { chainHeaders, headerPrefix, origin } from './header.ts';
import type { Position } from './header.ts';
import { Log } from './log.ts';
import { openingDraft } from './opening.ts';
import type { Rules } from './validity.ts';

/**
 * What tests of the log share: a room, its writers, and an author that signs whatever it is told
 * to.
 */
export const crypto = await loadCrypto();

/** A seq beyond every delta, and more bytes than all of them take. */
export const everything = Number.MAX_SAFE_INTEGER;

export const nothing = new Uint8Array(0);

/** Repeatable bytes. */
export function seededRandom(seed: number): Random {
  let counter = 0;
  return {
    bytes(length) {
      const parts: Uint8Array[] = [];
      for (let have = 0; have < length; have += 32) {
        parts.push(sha256(new Writer().varint(seed).varint(counter++).done()));
      }
      return concat(...parts).slice(0, length);
    },
  };
}

export function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new Error('not hex');
  return bytes;
}

export const roomKeys: RoomKeys = await deriveRoomKeys(
  { mode: 'write', seed: Uint8Array.from({ length: 32 }, (_, i) => i) },
  crypto,
);

/** A kind no version knows: kept and forwarded (L3). */
export const freeKind = 9;

/** Bodies that begin with `!` are invalid; the state counts what came before. */
export const testRules: Rules = new Map([
  [
    freeKind,
    (delta, state) =>
      delta.body[0] === 0x21
        ? { valid: false, reason: 'an exclamation' }
        : { valid: true, state: (typeof state === 'number' ? state : 0) + 1 },
  ],
]);

export function newLog(keys: RoomKeys = roomKeys, rules: Rules = testRules): Log {
  const { topic, writePublicKey } = keys;
  return new Log({ topic, writePublicKey, crypto, rules });
}

let writers = 0;

export async function newWriter(keys: RoomKeys = roomKeys): Promise<Session> {
  const seed = ++writers;
  const key = await crypto.keyFromSeed(sha256(new Writer().varint(seed).done()));
  return openSession(keys, key, seededRandom(seed));
}

export function draft(text: string, more: Partial<DeltaDraft> = {}): DeltaDraft {
  const body = new TextEncoder().encode(text);
  return { kind: freeKind, document: '', body, values: [], ...more };
}

/** A clock for `author` that ticks once a delta. */
export function tick(previous: number): number {
  return previous + 1;
}

/** One feed written without any rule: branches, gaps and nonsense, properly chained and signed. */
export class Forger {
  readonly session: Session;
  readonly #prefix: Uint8Array;

  constructor(session: Session, topic: Uint8Array = roomKeys.topic) {
    this.session = session;
    this.#prefix = headerPrefix(topic, session.id);
  }

  opening(hlc = 1): RawDelta {
    return encodeDraft(
      openingDraft(this.session, this.session.certificate ?? new Uint8Array(64)),
      hlc,
    );
  }

  /** @returns the position after `deltas` */
  position(base: Position, deltas: readonly RawDelta[]): Position {
    const { hashes } = chainHeaders(this.#prefix, base, deltas);
    return { seq: base.seq + deltas.length, hash: hashes.at(-1) ?? base.hash };
  }

  async run(
    deltas: readonly RawDelta[],
    base: Position = origin,
    key: SigningKey = this.session.key,
  ): Promise<Uint8Array> {
    const { header } = chainHeaders(this.#prefix, base, deltas);
    return encodeRun(base.seq + 1, deltas, await key.sign(header));
  }
}

/** @param hlc of the first; the others follow one by one */
export function raws(texts: readonly string[], hlc = 2): RawDelta[] {
  return texts.map((text, i) => encodeDraft(draft(text), hlc + i));
}

/** A feed of a forger, and a log that holds it. */
export interface HeldFeed {
  forger: Forger;
  log: Log;
  session: string;
  /** Seq 1. */
  opening: RawDelta[];
  /** Seq 2 to 4. */
  trunk: RawDelta[];
  /** @returns the position after `seq` */
  at(seq: number): Position;
}

/** A fresh log that holds the feed `a b c` of a new writer. */
export async function held(): Promise<HeldFeed> {
  const forger = new Forger(await newWriter());
  const log = newLog();
  const opening = [forger.opening()];
  const trunk = raws(['a', 'b', 'c']);
  await log.receiveRun(forger.session.id, await forger.run([...opening, ...trunk]));
  const at = (seq: number) => forger.position(origin, [...opening, ...trunk].slice(0, seq));
  return { forger, log, session: forger.session.id, opening, trunk, at };
}

/** @returns where and why the feed of `session` ends in `log` */
export function endOf(log: Log, session: string): EndPoint | undefined {
  const bytes = log.endMark(session);
  const mark = bytes && decodeEnd(bytes);
  return mark === undefined || mark instanceof Error
    ? undefined
    : { kind: mark.kind, seq: mark.seq };
}
