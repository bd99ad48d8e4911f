import { DecodeError, decode, equalBytes } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import type { Crypto } from '../crypto/crypto.ts';
import { decodeRow, decodeRun } from './codec.ts';
import type { DecodedRun, RawDelta } from './codec.ts';
import type { Delta } from './delta.ts';
import { decodeEnd, endKind, endsBefore } from './end-codec.ts';
import type { EndMark } from './end-codec.ts';
import { verifyEnd } from './end-mark.ts';
import { FeedState } from './feed.ts';
import type { Held, Row } from './feed.ts';
import { chainHeaders, encodeHeader, origin } from './header.ts';
import type { Position } from './header.ts';
import { logLimits } from './limits.ts';
import { checkOpening } from './opening.ts';
import type { LogRoom } from './opening.ts';
import { checkDelta } from './validity.ts';
import type { Prefix, Rules } from './validity.ts';

/** A stored end: what `Received.end.bytes` was. */
export interface StoredEnd {
  session: SessionId;
  bytes: Uint8Array;
}

export interface Restored {
  /** Ascending by (hlc, session, seq): an author's clock runs ahead of all it has seen. */
  deltas: Delta[];
  /**
   * First seq of each feed whose stored rows were not used from there on: delete them and fetch
   * them again.
   */
  dropped: { session: SessionId; seq: number }[];
}

export interface RestoreContext {
  crypto: Crypto;
  rules: Rules;
  room: LogRoom;
}

/** A row that follows from those before it. */
interface Linked {
  position: Position;
  raw: RawDelta;
  row: Row;
}

interface ReadEnd {
  mark: EndMark;
  bytes: Uint8Array;
  witness: DecodedRun | undefined;
}

/** Rebuilds one feed; undefined where nothing of it can be trusted. */
export async function restoreFeed(
  context: RestoreContext,
  session: SessionId,
  rows: readonly Row[],
  stored: readonly StoredEnd[],
): Promise<FeedState | undefined> {
  const ends = stored.map(({ bytes }) => readEnd(bytes)).filter((end) => end !== undefined);
  ends.sort((a, b) => (endsBefore(a.mark, b.mark) ? -1 : 1));
  const opener = openerOf(rows, ends);
  if (opener === undefined) return undefined;
  const { crypto, room, rules } = context;
  const authorKey = await checkOpening(crypto, room, session, opener);
  if (authorKey === undefined) return undefined;
  const feed = new FeedState(room.topic, session, authorKey);
  const linked = linkRows(feed, rows);
  const steps = validSteps(feed, linked, rules);
  const signed = await lastSigned(context, feed, linked.slice(0, steps.length));
  for (const { held, prefix } of steps.slice(0, signed)) feed.append(held, prefix);
  for (const end of ends) if (await finish(context, feed, steps, end)) break;
  return feed.head === 0 && feed.end === undefined ? undefined : feed;
}

export function inOrder(deltas: Delta[]): Delta[] {
  return deltas.sort((a, b) => {
    if (a.hlc !== b.hlc) return a.hlc - b.hlc;
    if (a.session !== b.session) return a.session < b.session ? -1 : 1;
    return a.seq - b.seq;
  });
}

/** Delta 1, from the witness of a feed that was forked there. */
function openerOf(rows: readonly Row[], ends: readonly ReadEnd[]): RawDelta | undefined {
  const [first] = rows;
  if (first !== undefined) {
    const decoded = decodeRow(first.bytes);
    return decoded instanceof DecodeError || decoded.seq !== 1 ? undefined : decoded.delta;
  }
  return ends.find(({ witness }) => witness?.from === 1)?.witness?.deltas[0];
}

/**
 * The rows up to the first that is missing, does not decode or has another hash than it was stored
 * with.
 */
function linkRows(feed: FeedState, rows: readonly Row[]): Linked[] {
  const linked: Linked[] = [];
  let position = origin;
  for (const row of rows) {
    const decoded = decodeRow(row.bytes);
    if (decoded instanceof DecodeError) break;
    if (row.seq !== position.seq + 1 || decoded.seq !== row.seq) break;
    const [hash] = chainHeaders(feed.headerPrefix, position, [decoded.delta]).hashes;
    if (hash === undefined || !equalBytes(hash, row.hash)) break;
    position = { seq: row.seq, hash };
    linked.push({ position, raw: decoded.delta, row });
  }
  return linked;
}

/** The rows up to the first invalid one, each with what the rules know after it. */
function validSteps(
  feed: FeedState,
  linked: readonly Linked[],
  rules: Rules,
): { held: Held; prefix: Prefix }[] {
  const steps: { held: Held; prefix: Prefix }[] = [];
  let { prefix } = feed;
  for (const { position, raw, row } of linked) {
    const held = feed.hold(position, raw, row.signature, row.bytes);
    if (position.seq === 1) {
      prefix = { ...prefix, hlc: raw.hlc };
    } else {
      const validity = checkDelta(prefix, held.delta, raw.payloadLength, rules);
      if (!validity.valid) break;
      ({ prefix } = validity);
    }
    steps.push({ held, prefix });
  }
  return steps;
}

/** The last seq whose signature holds: one check where nothing was damaged. */
async function lastSigned(
  { crypto }: RestoreContext,
  feed: FeedState,
  linked: readonly Linked[],
): Promise<number> {
  for (let seq = linked.length; seq > 0; seq--) {
    const last = linked[seq - 1];
    if (last?.row.signature === undefined) continue;
    const before = linked[seq - 2]?.position ?? origin;
    const header = encodeHeader(feed.headerPrefix, before, last.raw);
    if (await crypto.verify(feed.authorKey, header, last.row.signature)) return seq;
  }
  return 0;
}

/** @returns false where the end mark does not hold for what was restored */
async function finish(
  { crypto, rules }: RestoreContext,
  feed: FeedState,
  steps: readonly { held: Held; prefix: Prefix }[],
  { mark, bytes, witness }: ReadEnd,
): Promise<boolean> {
  const tail: Held[] = [];
  const before = steps[mark.seq - 2]?.held.delta;
  const base = mark.seq === 1 ? origin : before && { seq: before.seq, hash: before.hash };
  if (witness !== undefined && base !== undefined && witness.from === mark.seq) {
    const chain = chainHeaders(feed.headerPrefix, base, witness.deltas);
    if (await crypto.verify(feed.authorKey, chain.header, witness.signature)) {
      // The witness authenticates the unsigned rows before it.
      for (const { held, prefix } of steps.slice(feed.head, base.seq)) feed.append(held, prefix);
      tail.push(...holdWitness(feed, witness, chain.hashes));
    }
  }
  const { verdict } = await verifyEnd(crypto, rules, feed, mark);
  if (verdict !== 'holds') return false;
  feed.finish({ kind: mark.kind, seq: mark.seq, bytes }, tail, rules);
  return true;
}

function holdWitness(feed: FeedState, witness: DecodedRun, hashes: readonly Uint8Array[]): Held[] {
  return witness.deltas.map((raw, i) => {
    const position = { seq: witness.from + i, hash: hashes[i] ?? origin.hash };
    const last = i === witness.deltas.length - 1;
    return feed.hold(position, raw, last ? witness.signature : undefined);
  });
}

function readEnd(bytes: Uint8Array): ReadEnd | undefined {
  const parts = decode(bytes, (reader) => ({
    end: reader.varbytes(logLimits.endBytes),
    witness: reader.rest(),
  }));
  if (parts instanceof DecodeError) return undefined;
  const mark = decodeEnd(parts.end);
  if (mark instanceof DecodeError) return undefined;
  const proof = mark.kind === endKind.invalid ? mark.run : undefined;
  const witness = parts.witness.length > 0 ? decodeRun(parts.witness) : proof;
  return { mark, bytes: parts.end, witness: witness instanceof DecodeError ? proof : witness };
}
