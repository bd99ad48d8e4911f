import { limits } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import { signatureBytes } from '../crypto/crypto.ts';
import { encodeRun } from './codec.ts';
import { isSigned } from './feed.ts';
import type { FeedState, Held } from './feed.ts';
import { logLimits } from './limits.ts';
import { branchFrameBytes, branchItemBytes, varintBytes } from './size.ts';

/** Consecutive deltas of one feed in one signature, opaque to gossip. */
export interface Run {
  session: SessionId;
  from: number;
  to: number;
  bytes: Uint8Array;
}

/**
 * Cuts consecutive deltas into runs within PROTOCOL.md L6, each as long as it can be.
 * @param mayEnd whether a run may end with this delta; what follows the last such is left out
 */
export function* packRuns(
  items: readonly Held[],
  mayEnd: (held: Held) => boolean,
): Generator<readonly Held[], void> {
  let start = 0;
  for (;;) {
    const end = longestRun(items, start, mayEnd);
    if (end === start) return;
    yield items.slice(start, end);
    start = end;
  }
}

function longestRun(
  items: readonly Held[],
  start: number,
  mayEnd: (held: Held) => boolean,
): number {
  let end = start;
  let bytes = varintBytes(items[start]?.delta.seq ?? 1) + signatureBytes;
  let branchBytes = branchFrameBytes;
  let hlc = 0;
  for (let i = start; i < Math.min(items.length, start + limits.runDeltas); i++) {
    const item = items[i] as Held;
    bytes += varintBytes(item.hlc - hlc) + item.rest.length;
    branchBytes += branchItemBytes(item.delta);
    hlc = item.hlc;
    const size = bytes + varintBytes(i - start + 1);
    if (size > limits.runBytes || branchBytes > logLimits.branchBytes) return end;
    if (mayEnd(item)) end = i + 1;
  }
  return end;
}

/**
 * Runs covering from..to of what is held, at most `maxBytes` in all but at least one; the last may
 * go beyond `to`.
 */
export function readRuns(feed: FeedState, from: number, to: number, maxBytes: number): Run[] {
  const runs: Run[] = [];
  let bytes = 0;
  let next = Math.max(from, 1);
  // Behind an unsigned head stands the witness that authenticates it.
  const items = [...feed.held.slice(next - 1), ...(next > feed.head + 1 ? [] : feed.witness)];
  for (const group of packRuns(items, isSigned)) {
    if (next > to) break;
    const run = runOf(feed.session, group);
    bytes += run.bytes.length;
    if (runs.length > 0 && bytes > maxBytes) break;
    runs.push(run);
    next = run.to + 1;
  }
  return runs;
}

/** @param items at least one, the last of them signed */
export function runOf(session: SessionId, items: readonly Held[]): Run {
  const [first, last] = [items[0], items.at(-1)];
  if (first === undefined || last?.signature === undefined) {
    throw new TypeError('a run ends with a signed delta');
  }
  const bytes = encodeRun(first.delta.seq, items, last.signature);
  return { session, from: first.delta.seq, to: last.delta.seq, bytes };
}
