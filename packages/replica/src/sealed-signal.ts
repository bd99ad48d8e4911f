import {
  DecodeError,
  GrapevineError,
  Writer,
  concat,
  decode,
  label,
  limits,
  sessionIdToBytes,
  toHex,
} from '@grapevine/wire';
import type { Reader, SessionId } from '@grapevine/wire';
import { signatureBytes } from './crypto/crypto.ts';
import type { Crypto } from './crypto/crypto.ts';
import { LruMap } from './crypto/lru.ts';
import type { RoomKeys } from './keys.ts';
import type { Random } from './link.ts';
import { proofBytes, proofOf, provedKey } from './session.ts';
import type { Session } from './session.ts';

/** PROTOCOL.md S1. */
export const signalKind = { knock: 1, signal: 2, refuse: 3, urgentSignal: 4 } as const;
export type SignalKind = (typeof signalKind)[keyof typeof signalKind];

export interface Signal {
  kind: SignalKind;
  /** 8 random bytes per dial. */
  attempt: Uint8Array;
  /** Counts up within an attempt and direction. */
  sequence: number;
  /**
   * One byte for a knock (1 urgent) and for a refusal (its reason), JSON for a signal: at most
   * `limits.signalBytes`.
   */
  content: Uint8Array;
}

export interface SignalRoute {
  from: SessionId;
  to: SessionId;
}

type SignalKeys = Pick<RoomKeys, 'topic' | 'signalingKey'>;

const version = 1;
export const attemptBytes = 8;
const ivBytes = 12;
/**
 * Padding hides which candidate or description a message carries; the step is that of PROTOCOL.md
 * section 4.
 */
const paddingStep = 256;

/** Attempts remembered for replays (guess: hundreds of dials are hours of a full room). */
export const attemptsKept = 512;
/** Signals in one attempt (guess: an offer, an answer and their candidates are some twenty). */
export const signalsPerAttempt = 256;

/**
 * Signed too: under the room's key any member could seal in another's name, and so end its dials.
 * @throws GrapevineError `signal-too-large`
 */
export async function sealSignal(
  options: {
    keys: SignalKeys;
    crypto: Crypto;
    random: Random;
    session: Pick<Session, 'id' | 'salt' | 'key'>;
    to: SessionId;
  },
  signal: Signal,
): Promise<Uint8Array> {
  const { keys, crypto, random, session, to } = options;
  if (signal.content.length > limits.signalBytes) {
    throw new GrapevineError(
      'signal-too-large',
      `A connection offer of ${signal.content.length} bytes is over the limit of ${limits.signalBytes}.`,
      'Use fewer ICE servers.',
    );
  }
  const head = headOf(signal);
  const aad = aadOf(keys.topic, { from: session.id, to }, head);
  const signature = await session.key.sign(signedBytes(aad, signal.content));
  const writer = new Writer(signal.content.length + 8).varbytes(signal.content);
  const signed = writer.bytes(proofOf(session)).bytes(signature).done();
  const plain = new Uint8Array(padded(signed.length));
  plain.set(signed);
  const iv = random.bytes(ivBytes);
  const sealed = await crypto.seal(keys.signalingKey, iv, plain, aad);
  return concat(head, iv, sealed);
}

/**
 * Total. @returns undefined for anything not signed by its sender and sealed for this room and
 * route in exactly this form
 */
export async function openSignal(
  options: { keys: SignalKeys; crypto: Crypto } & SignalRoute,
  bytes: Uint8Array,
): Promise<Signal | undefined> {
  const { keys, crypto } = options;
  if (bytes.length > limits.sealedSignalBytes) return undefined;
  const outer = decode(bytes, readOuter);
  if (outer instanceof DecodeError) return undefined;
  const { signal, iv, sealed } = outer;
  const aad = aadOf(keys.topic, options, headOf(signal));
  const plain = await crypto.open(keys.signalingKey, iv, sealed, aad);
  if (plain === undefined) return undefined;
  const inner = decode(plain, readPlain);
  if (inner instanceof DecodeError || !fits(signal.kind, inner.content)) return undefined;
  const { content, proof, signature } = inner;
  const key = provedKey(keys.topic, options.from, proof);
  if (key === undefined) return undefined;
  const holds = await crypto.verify(key, signedBytes(aad, content), signature);
  return holds ? { ...signal, content } : undefined;
}

/**
 * Drops what was seen before (S1): sequence numbers per sender and attempt. An attempt pushed
 * out by `attemptsKept`
 * newer ones is forgotten; replaying it then costs one dial that fails in the handshake.
 */
export class ReplayCheck {
  readonly #attempts = new LruMap<Set<number>>(attemptsKept);

  /** @returns false where the signal must be dropped */
  isNew(from: SessionId, signal: Signal): boolean {
    const name = `${from}${toHex(signal.attempt)}`;
    const seen = this.#attempts.get(name) ?? new Set();
    if (seen.has(signal.sequence) || seen.size >= signalsPerAttempt) return false;
    seen.add(signal.sequence);
    this.#attempts.set(name, seen);
    return true;
  }
}

function headOf(signal: Omit<Signal, 'content'>): Uint8Array {
  const writer = new Writer(24).u8(version).u8(signal.kind).bytes(signal.attempt);
  return writer.varint(signal.sequence).done();
}

function aadOf(topic: Uint8Array, route: SignalRoute, head: Uint8Array): Uint8Array {
  const ends = [sessionIdToBytes(route.from), sessionIdToBytes(route.to)];
  return concat(label('grapevine/1 signal'), topic, ...ends, head);
}

function signedBytes(aad: Uint8Array, content: Uint8Array): Uint8Array {
  return concat(label('grapevine/1 introduction'), aad, content);
}

function readOuter(reader: Reader) {
  if (reader.u8() !== version) throw new DecodeError('unknown version');
  const kind = reader.u8();
  if (!isKind(kind)) throw new DecodeError('unknown kind');
  const attempt = reader.bytes(attemptBytes);
  const sequence = reader.varint();
  const iv = reader.bytes(ivBytes);
  return { signal: { kind, attempt, sequence }, iv, sealed: reader.rest() };
}

function readPlain(reader: Reader) {
  const content = reader.varbytes(limits.signalBytes);
  const proof = reader.bytes(proofBytes);
  const signature = reader.bytes(signatureBytes);
  if (padded(reader.offset) !== reader.offset + reader.remaining) {
    throw new DecodeError('wrong padding');
  }
  if (reader.rest().some((byte) => byte !== 0)) throw new DecodeError('wrong padding');
  return { content, proof, signature };
}

function isKind(kind: number): kind is SignalKind {
  return kind >= signalKind.knock && kind <= signalKind.urgentSignal;
}

function fits(kind: SignalKind, content: Uint8Array): boolean {
  return kind === signalKind.signal || kind === signalKind.urgentSignal || content.length === 1;
}

function padded(length: number): number {
  return Math.ceil(length / paddingStep) * paddingStep;
}
