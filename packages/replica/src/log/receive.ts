import { equalBytes } from '@grapevine/wire';
import type { Crypto } from '../crypto/crypto.ts';
import type { DecodedRun } from './codec.ts';
import type { Delta } from './delta.ts';
import { decodeEnd, endKind, endsBefore } from './end-codec.ts';
import { forkEnd, invalidEnd, reasonAt, verifyEnd } from './end-mark.ts';
import type { Feed, FeedState, Held, HeldEnd, Row } from './feed.ts';
import { chainHeaders } from './header.ts';
import type { Chain, Position } from './header.ts';
import { runOf } from './runs.ts';
import type { Run } from './runs.ts';
import { checkDelta } from './validity.ts';
import type { Prefix, Rules } from './validity.ts';

/** What came of a run or an end mark from outside. */
export interface Received {
  /**
   * `known`: nothing new; `park`: its prefix is missing; `diverged`: ask for the feed from seq 1
   * once (L11);
   * `reject`: not an honest sender's doing.
   */
  verdict: 'accept' | 'known' | 'park' | 'diverged' | 'reject';
  /** Why it was rejected. */
  reason?: string;
  /** State of the feed after it. */
  feed: Feed;
  /** Accepted deltas, ascending. */
  deltas: Delta[];
  /** What to pass on. */
  runs: Run[];
  /** What to store. */
  rows: Row[];
  /**
   * Set where the feed has ended: `bytes` is the row to store for it (only `Log.restore` reads
   * it; `Log.endMark` is what
   * travels), deltas from seq `from` on are void.
   */
  end?: { bytes: Uint8Array; from: number };
}

export interface ReceiveContext {
  crypto: Crypto;
  rules: Rules;
}

/** A signature check begun before the run's turn came, on the assumption that it follows `base`. */
export interface EarlyCheck {
  base: Position;
  chain: Chain;
  holds: Promise<boolean>;
}

export function checkEarly(
  crypto: Crypto,
  feed: FeedState,
  run: DecodedRun,
  base: Position,
): EarlyCheck {
  const chain = chainHeaders(feed.headerPrefix, base, run.deltas);
  return { base, chain, holds: crypto.verify(feed.authorKey, chain.header, run.signature) };
}

/**
 * Must not run twice at once for one feed. @param feed its author known, be it from this very run
 */
export async function receiveRun(
  context: ReceiveContext,
  feed: FeedState,
  run: DecodedRun,
  early: EarlyCheck | undefined,
): Promise<Received> {
  if (run.from > feed.head + 1) return plain(isBeyondEnd(feed, run) ? 'known' : 'park', feed);
  const base = feed.position(run.from - 1);
  const fits = early !== undefined && equalBytes(early.base.hash, base.hash);
  const chain = fits ? early.chain : chainHeaders(feed.headerPrefix, base, run.deltas);
  if (!tellsNews(context.rules, feed, run, chain)) return plain('known', feed);
  const holds = await (fits
    ? early.holds
    : context.crypto.verify(feed.authorKey, chain.header, run.signature));
  if (!holds) {
    if (run.from > 1) return plain('diverged', feed);
    return rejected(feed, 'its signature does not hold');
  }
  // Own deltas may have been authored meanwhile: the difference is looked for again, and nothing
  // below waits.
  const differs = firstDifference(feed, run, chain);
  if (differs !== undefined) return split(context.rules, feed, run, chain, differs);
  return extend(context.rules, feed, run, chain);
}

/** Must not run twice at once for one feed. */
export async function receiveEnd(
  context: ReceiveContext,
  feed: FeedState,
  bytes: Uint8Array,
): Promise<Received> {
  const mark = decodeEnd(bytes);
  if (mark instanceof Error) return rejected(feed, mark.message);
  if (!endsBefore(mark, feed.end)) return plain('known', feed);
  const result = await verifyEnd(context.crypto, context.rules, feed, mark);
  if (result.verdict === 'reject') return rejected(feed, result.reason);
  if (result.verdict !== 'holds') return plain(result.verdict, feed);
  feed.finish({ kind: mark.kind, seq: mark.seq, bytes: bytes.slice() }, [], context.rules);
  return accepted(feed, [], []);
}

export function plain(verdict: Received['verdict'], feed: FeedState): Received {
  return { verdict, feed: feed.summary(), deltas: [], runs: [], rows: [] };
}

export function rejected(feed: FeedState, reason: string): Received {
  return { ...plain('reject', feed), reason };
}

function isBeyondEnd(feed: FeedState, run: DecodedRun): boolean {
  return feed.end !== undefined && run.from >= feed.end.seq;
}

/** Lowest seq at which the run contradicts what is held. */
function firstDifference(feed: FeedState, run: DecodedRun, chain: Chain): number | undefined {
  const last = Math.min(feed.head, run.to);
  for (let seq = run.from; seq <= last; seq++) {
    const hash = chain.hashes[seq - run.from];
    if (hash !== undefined && !equalBytes(hash, feed.position(seq).hash)) return seq;
  }
  return undefined;
}

/** False saves the signature check. */
function tellsNews(rules: Rules, feed: FeedState, run: DecodedRun, chain: Chain): boolean {
  if (firstDifference(feed, run, chain) !== undefined) return true;
  const { end, head } = feed;
  if (run.to <= head) return false;
  if (end === undefined || head < end.seq - 1) return true;
  return lowersKind(rules, feed, run, chain, end);
}

/**
 * L10: a signed invalid delta at the very seq of a fork makes the end mark `invalid`, whichever
 * came first.
 */
function lowersKind(
  rules: Rules,
  feed: FeedState,
  run: DecodedRun,
  chain: Chain,
  end: HeldEnd,
): boolean {
  if (end.kind !== endKind.fork || end.seq < 2) return false;
  return reasonAt(rules, feed, run, chain, end.seq) !== undefined;
}

/** A signed run that contradicts what is held at `seq`: L8 where its delta is invalid, else L9. */
function split(
  rules: Rules,
  feed: FeedState,
  run: DecodedRun,
  chain: Chain,
  seq: number,
): Received {
  const invalid = seq > 1 && reasonAt(rules, feed, run, chain, seq) !== undefined;
  const end = invalid ? invalidEnd(run, seq) : forkEnd(feed, run, chain, seq);
  // Only our own unsealed deltas are unsigned to the end; once sealed, the same run proves the
  // fork.
  if (end === undefined) return plain('diverged', feed);
  feed.finish(end, holdRest(feed, run, chain, seq), rules);
  return accepted(feed, [], []);
}

/** A signed run whose deltas up to the head equal ours: takes what is new and valid. */
function extend(rules: Rules, feed: FeedState, run: DecodedRun, chain: Chain): Received {
  const first = feed.head + 1;
  const bound = feed.end?.seq ?? Number.POSITIVE_INFINITY;
  const taken: Held[] = [];
  let invalid: number | undefined;
  for (let seq = first; seq <= Math.min(run.to, bound - 1); seq++) {
    const held = holdAt(feed, run, chain, seq);
    const prefix = prefixAfter(rules, feed, held, run, seq);
    if (prefix === undefined) {
      invalid = seq;
      break;
    }
    feed.append(held, prefix);
    taken.push(held);
  }
  const { end } = feed;
  if (invalid === undefined && end !== undefined && run.to >= end.seq) {
    if (feed.head === end.seq - 1 && lowersKind(rules, feed, run, chain, end)) invalid = end.seq;
    else feed.keepWitness(holdRest(feed, run, chain, end.seq));
  }
  if (invalid !== undefined) {
    feed.finish(invalidEnd(run, invalid), holdRest(feed, run, chain, invalid), rules);
  }
  const whole = taken.at(-1)?.signature !== undefined;
  const runs = whole ? [runOf(feed.session, taken)] : [];
  return accepted(feed, taken, runs);
}

function prefixAfter(
  rules: Rules,
  feed: FeedState,
  held: Held,
  run: DecodedRun,
  seq: number,
): Prefix | undefined {
  // Delta 1 was checked before (L1): nothing of a feed is kept without it.
  if (seq === 1) return { ...feed.prefix, hlc: held.hlc };
  const payloadLength = run.deltas[seq - run.from]?.payloadLength ?? 0;
  const validity = checkDelta(feed.prefix, held.delta, payloadLength, rules);
  return validity.valid ? validity.prefix : undefined;
}

function holdAt(feed: FeedState, run: DecodedRun, chain: Chain, seq: number): Held {
  const at = seq - run.from;
  const [raw, hash] = [run.deltas[at], chain.hashes[at]];
  if (raw === undefined || hash === undefined) throw new RangeError('not in the run');
  return feed.hold({ seq, hash }, raw, seq === run.to ? run.signature.slice() : undefined);
}

function holdRest(feed: FeedState, run: DecodedRun, chain: Chain, from: number): Held[] {
  const rest: Held[] = [];
  for (let seq = from; seq <= run.to; seq++) rest.push(holdAt(feed, run, chain, seq));
  return rest;
}

function accepted(feed: FeedState, taken: readonly Held[], runs: Run[]): Received {
  const end = feed.storedEnd();
  return {
    ...plain('accept', feed),
    deltas: taken.map((held) => held.delta),
    rows: taken.map((held) => feed.row(held)),
    runs,
    ...(end === undefined ? {} : { end }),
  };
}
