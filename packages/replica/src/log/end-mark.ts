import { equalBytes } from '@grapevine/wire';
import type { Crypto } from '../crypto/crypto.ts';
import { encodeRun, headerFields } from './codec.ts';
import type { DecodedRun } from './codec.ts';
import { encodeForkEnd, encodeInvalidEnd, endKind } from './end-codec.ts';
import type { Branch, EndMark } from './end-codec.ts';
import { isSigned } from './feed.ts';
import type { FeedState, HeldEnd } from './feed.ts';
import { chainHeaders } from './header.ts';
import type { Chain } from './header.ts';
import { checkDelta } from './validity.ts';
import type { Rules } from './validity.ts';

export type EndVerdict =
  | { verdict: 'holds' }
  /** Its prefix is missing. */
  | { verdict: 'park' }
  /** It follows from another prefix than ours. */
  | { verdict: 'diverged' }
  | { verdict: 'reject'; reason: string };

/** Whether the proof in an end mark holds for this feed (PROTOCOL.md L8, L9). */
export async function verifyEnd(
  crypto: Crypto,
  rules: Rules,
  feed: FeedState,
  mark: EndMark,
): Promise<EndVerdict> {
  if (mark.kind === endKind.fork) return verifyFork(crypto, feed, mark.branches);
  const { run, seq } = mark;
  if (feed.head < seq - 1) return { verdict: 'park' };
  const chain = chainHeaders(feed.headerPrefix, feed.position(seq - 1), run.deltas);
  if (!(await crypto.verify(feed.authorKey, chain.header, run.signature))) {
    return { verdict: 'diverged' };
  }
  if (reasonAt(rules, feed, run, chain, seq) !== undefined) return { verdict: 'holds' };
  return { verdict: 'reject', reason: 'L8: the delta said to be invalid is valid' };
}

async function verifyFork(
  crypto: Crypto,
  feed: FeedState,
  branches: readonly [Branch, Branch],
): Promise<EndVerdict> {
  const chains = branches.map((branch) =>
    chainHeaders(
      feed.headerPrefix,
      { seq: branch.from - 1, hash: branch.backlink },
      branch.headers,
    ),
  );
  const [one, two] = chains.map(({ hashes }) => hashes[0]);
  if (one === undefined || two === undefined || equalBytes(one, two)) {
    return { verdict: 'reject', reason: 'L9: the branches do not differ' };
  }
  for (const [i, { signature }] of branches.entries()) {
    const header = chains[i]?.header ?? new Uint8Array(0);
    if (!(await crypto.verify(feed.authorKey, header, signature))) {
      return { verdict: 'reject', reason: 'L9: a branch is not signed by the author' };
    }
  }
  return { verdict: 'holds' };
}

/**
 * Why the delta at `seq` of a run is invalid behind our prefix; undefined where it is valid.
 * @param seq at least 2, at most one beyond the head
 */
export function reasonAt(
  rules: Rules,
  feed: FeedState,
  run: DecodedRun,
  chain: Chain,
  seq: number,
): string | undefined {
  const at = seq - run.from;
  const [raw, hash] = [run.deltas[at], chain.hashes[at]];
  if (raw === undefined || hash === undefined) return undefined;
  const validity = checkDelta(
    feed.prefixAt(seq - 1, rules),
    feed.deltaOf(seq, raw, hash),
    raw.payloadLength,
    rules,
  );
  return validity.valid ? undefined : validity.reason;
}

/** The end mark for a signed delta that is invalid at `seq` of a run (L8). */
export function invalidEnd(run: DecodedRun, seq: number): HeldEnd {
  const bytes = encodeRun(seq, run.deltas.slice(seq - run.from), run.signature);
  return { kind: endKind.invalid, seq, bytes: encodeInvalidEnd(seq, bytes) };
}

/**
 * The end mark for a signed run whose header at `seq` differs from ours (L9).
 * @returns undefined while ours is not signed
 */
export function forkEnd(
  feed: FeedState,
  run: DecodedRun,
  chain: Chain,
  seq: number,
): HeldEnd | undefined {
  const own = [...feed.held.slice(seq - 1), ...feed.witness];
  const signed = own.findIndex(isSigned);
  const signature = own[signed]?.signature;
  if (signature === undefined) return undefined;
  const ours: Branch = {
    from: seq,
    backlink: feed.position(seq - 1).hash,
    headers: own.slice(0, signed + 1).map((held) => headerFields(held.delta)),
    signature,
  };
  const theirs: Branch = {
    from: seq,
    // Up to `seq` the run equals what is held, so both branches hang on the same delta.
    backlink: feed.position(seq - 1).hash,
    headers: run.deltas.slice(seq - run.from),
    signature: run.signature,
  };
  return { kind: endKind.fork, seq, bytes: encodeForkEnd(seq, [ours, theirs]) };
}
