import { Reader, Writer, limits } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import type { Feed, Run, Verdict } from '@grapevine/gossip';
import { hashOfNumbers } from './hash.ts';

/** Head of a run: first seq, number of deltas, and what stands for its signature. */
const markBytes = 8;

/** One delta as everybody knows it. */
export interface Delta {
  /** Payload. */
  bytes: number;
  /** Milliseconds of the world at which it was written. */
  at: number;
  /** State of a feed that ends with it. */
  feed: Feed;
  run: Run | undefined;
}

export interface SharedFeed {
  /** In the order in which feeds came to be. */
  index: number;
  session: SessionId;
  deltas: Delta[];
  empty: Feed;
}

/**
 * A stand-in for the signed log: what deltas say is the same for everybody and stands here once;
 * a member holds no more than how far its copy of each feed reaches.
 */
export class SharedLog {
  readonly feeds: SharedFeed[] = [];
  readonly #bySession = new Map<SessionId, SharedFeed>();

  feed(session: SessionId): SharedFeed | undefined {
    return this.#bySession.get(session);
  }

  write(session: SessionId, bytes: number, at: number): SharedFeed {
    let shared = this.#bySession.get(session);
    if (shared === undefined) {
      const leaf = new Uint8Array(16);
      const empty = { session, seq: 0, leaf, ended: false };
      shared = { index: this.feeds.length, session, deltas: [], empty };
      this.feeds.push(shared);
      this.#bySession.set(session, shared);
    }
    const seq = shared.deltas.length + 1;
    const leaf = hashOfNumbers(shared.index, seq);
    shared.deltas.push({ bytes, at, feed: { session, seq, leaf, ended: false }, run: undefined });
    return shared;
  }

  /** What a copy that reaches to `seq` is told as. */
  state(shared: SharedFeed, seq: number): Feed {
    return shared.deltas[seq - 1]?.feed ?? shared.empty;
  }

  run(shared: SharedFeed, from: number, to: number): Run {
    const single = from === to ? shared.deltas[from - 1] : undefined;
    if (single?.run !== undefined) return single.run;
    let size = 0;
    for (let seq = from; seq <= to; seq++) size += shared.deltas[seq - 1]?.bytes ?? 0;
    const count = to - from + 1;
    const writer = new Writer(size + 16).varint(from).varint(count);
    writer.bytes(hashOfNumbers(shared.index, from, to).subarray(0, markBytes));
    const run = {
      session: shared.session,
      from,
      to,
      bytes: writer.bytes(new Uint8Array(size)).done(),
    };
    if (single !== undefined) single.run = run;
    return run;
  }

  /** The runs of `from..to`, as far as a copy that reaches to `held` has them. */
  read(session: SessionId, from: number, to: number, held: number, maxBytes: number): Run[] {
    const shared = this.#bySession.get(session);
    const runs: Run[] = [];
    if (shared === undefined) return runs;
    const last = Math.min(to, held);
    let total = 0;
    for (let at = from; at <= last;) {
      const end = this.#runEnd(shared, at, last);
      const run = this.run(shared, at, end);
      if (runs.length > 0 && total + run.bytes.length > maxBytes) break;
      runs.push(run);
      total += run.bytes.length;
      at = end + 1;
    }
    return runs;
  }

  /** What a member whose copy reaches to `held` makes of a run that came in. */
  validate(session: SessionId, bytes: Uint8Array, held: number): Verdict {
    const shared = this.#bySession.get(session);
    if (shared === undefined) return { verdict: 'reject', reason: 'no such feed' };
    const reader = new Reader(bytes);
    const from = reader.varint();
    const to = from + reader.varint() - 1;
    if (to > shared.deltas.length) return { verdict: 'reject', reason: 'never written' };
    if (!this.#genuine(shared, from, to, bytes)) return { verdict: 'reject', reason: 'forged' };
    if (from > held + 1) return { verdict: 'park', feed: this.state(shared, held) };
    if (to <= held) return { verdict: 'known', feed: this.state(shared, held) };
    return {
      verdict: 'accept',
      feed: this.state(shared, to),
      runs: [this.run(shared, held + 1, to)],
    };
  }

  #genuine(shared: SharedFeed, from: number, to: number, bytes: Uint8Array): boolean {
    const ours = this.run(shared, from, to).bytes;
    if (ours.length !== bytes.length) return false;
    const checked = Math.min(bytes.length, 32);
    for (let at = 0; at < checked; at++) if (ours[at] !== bytes[at]) return false;
    return true;
  }

  #runEnd(shared: SharedFeed, from: number, last: number): number {
    let size = 64;
    let end = from;
    while (end <= last && end - from < limits.runDeltas) {
      const bytes = shared.deltas[end - 1]?.bytes ?? 0;
      if (end > from && size + bytes > limits.runBytes) break;
      size += bytes;
      end++;
    }
    return end - 1;
  }
}

/** How far one member's copy of each feed reaches. */
export class Heads {
  #heads: Int32Array;
  /** Deltas held in all. */
  total = 0;

  constructor(heads = new Int32Array(0)) {
    this.#heads = heads;
    for (const head of heads) this.total += head;
  }

  get(feed: number): number {
    return this.#heads[feed] ?? 0;
  }

  set(feed: number, seq: number): void {
    if (feed >= this.#heads.length) {
      const heads = new Int32Array(Math.max(8, feed + 1, this.#heads.length * 2));
      heads.set(this.#heads);
      this.#heads = heads;
    }
    this.total += seq - (this.#heads[feed] as number);
    this.#heads[feed] = seq;
  }

  /** A copy of which every feed has lost up to `torn(feed)` of its last deltas. */
  copy(torn?: () => number): Heads {
    if (torn === undefined) return new Heads(this.#heads.slice());
    return new Heads(this.#heads.map((head) => Math.max(0, head - torn())));
  }

  /** Feeds of which anything is held. */
  *held(): Generator<[feed: number, seq: number]> {
    for (const [feed, seq] of this.#heads.entries()) if (seq > 0) yield [feed, seq];
  }
}
