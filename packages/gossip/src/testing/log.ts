import { DecodeError, Writer, concat, decode, equalBytes, limits, utf8 } from '@grapevine/wire';
import type { SessionId, ValueHash } from '@grapevine/wire';
import type { Feed, Run, Verdict } from '../event.ts';

const chainBytes = 16;

interface StoredFeed {
  deltas: Uint8Array[];
  /** Hash over the deltas up to each seq; index 0 is the start. */
  chain: Uint8Array[];
  /** The feed ends before this seq (L10). */
  end: number | undefined;
  /** Computed once after every change. */
  feed: Feed | undefined;
}

type Hash = (bytes: Uint8Array) => Uint8Array;

/**
 * A stand-in for the signed log: feeds of opaque deltas, run = varint from, varint count,
 * backlink(16), {varbytes delta}*. A backlink that
 * does not fit is a contradiction, two deltas of one seq are a fork whose end mark is the seq.
 */
export class FakeLog {
  readonly values = new Map<ValueHash, Uint8Array>();
  readonly #feeds = new Map<SessionId, StoredFeed>();
  readonly #hash: Hash;

  constructor(hash: Hash) {
    this.#hash = hash;
  }

  /** What is held, as text: equal exactly for equal replicas. */
  vector(): string {
    return this.feeds()
      .filter(({ seq, ended }) => seq > 0 || ended)
      .map(({ session, seq, leaf }) => `${session}:${seq}:${String(leaf)}`)
      .sort()
      .join('\n');
  }

  feeds(): Feed[] {
    return [...this.#feeds.keys()].map((session) => this.feed(session));
  }

  count(): number {
    let count = 0;
    for (const { deltas } of this.#feeds.values()) count += deltas.length;
    return count;
  }

  feed(session: SessionId): Feed {
    const stored = this.#stored(session);
    if (stored.feed !== undefined) return stored.feed;
    const { deltas, chain, end } = stored;
    const text = utf8(`${session} ${deltas.length} ${end ?? 0} `);
    const leaf = this.#hash(concat(text, chain.at(-1) ?? new Uint8Array(0))).subarray(0, 16);
    stored.feed = { session, seq: deltas.length, leaf, ended: end !== undefined };
    return stored.feed;
  }

  /** Appends one run of the deltas given. */
  append(session: SessionId, deltas: readonly Uint8Array[]): Run {
    const stored = this.#stored(session);
    const from = stored.deltas.length + 1;
    for (const delta of deltas) this.#push(stored, delta);
    return this.#run(session, from, deltas.length);
  }

  validateRun(session: SessionId, bytes: Uint8Array): Verdict {
    const run = decode(bytes, (r) => {
      const from = r.varint();
      const count = r.varint();
      const backlink = r.bytes(chainBytes);
      return { from, backlink, deltas: Array.from({ length: count }, () => r.varbytes(65_536)) };
    });
    if (run instanceof DecodeError) return { verdict: 'reject', reason: run.message };
    const stored = this.#stored(session);
    const before = stored.deltas.length;
    if (run.from > before + 1) return { verdict: 'park', feed: this.feed(session) };
    const backlink = stored.chain[run.from - 1] ?? new Uint8Array(0);
    if (!equalBytes(backlink, run.backlink))
      return { verdict: 'diverged', feed: this.feed(session) };
    for (const [index, delta] of run.deltas.entries()) {
      const seq = run.from + index;
      if (stored.end !== undefined && seq >= stored.end) break;
      const held = stored.deltas[seq - 1];
      if (held === undefined) this.#push(stored, delta.slice());
      else if (!equalBytes(held, delta)) this.#truncate(stored, seq);
    }
    const feed = this.feed(session);
    if (feed.seq <= before && !feed.ended) return { verdict: 'known', feed };
    const runs = feed.seq > before ? [this.#run(session, before + 1, feed.seq - before)] : [];
    return { verdict: 'accept', feed, runs };
  }

  validateEnd(session: SessionId, bytes: Uint8Array): Verdict {
    const end = decode(bytes, (r) => r.varint());
    if (end instanceof DecodeError) return { verdict: 'reject', reason: end.message };
    const stored = this.#stored(session);
    if (stored.end !== undefined && stored.end <= end) {
      return { verdict: 'known', feed: this.feed(session) };
    }
    this.#truncate(stored, end);
    return { verdict: 'accept', feed: this.feed(session), runs: [] };
  }

  endMark(session: SessionId): Uint8Array | undefined {
    const { end } = this.#stored(session);
    return end === undefined ? undefined : new Writer().varint(end).done();
  }

  readRuns(session: SessionId, from: number, to: number, maxBytes: number): Run[] {
    const { deltas } = this.#stored(session);
    const runs: Run[] = [];
    const last = Math.min(to, deltas.length);
    let total = 0;
    for (let at = from; at <= last;) {
      let count = 0;
      let bytes = 64;
      while (at + count <= last && count < limits.runDeltas) {
        const next = (deltas[at + count - 1]?.length ?? 0) + 4;
        if (count > 0 && bytes + next > limits.runBytes) break;
        bytes += next;
        count++;
      }
      if (runs.length > 0 && total + bytes > maxBytes) break;
      runs.push(this.#run(session, at, count));
      total += bytes;
      at += count;
    }
    return runs;
  }

  #run(session: SessionId, from: number, count: number): Run {
    const { deltas, chain } = this.#stored(session);
    const writer = new Writer(1024).varint(from).varint(count);
    writer.bytes(chain[from - 1] ?? new Uint8Array(chainBytes));
    for (const delta of deltas.slice(from - 1, from - 1 + count)) writer.varbytes(delta);
    return { session, from, to: from + count - 1, bytes: writer.done() };
  }

  #push(stored: StoredFeed, delta: Uint8Array): void {
    const previous = stored.chain.at(-1) ?? new Uint8Array(chainBytes);
    stored.feed = undefined;
    stored.deltas.push(delta);
    stored.chain.push(this.#hash(concat(previous, delta)).subarray(0, chainBytes));
  }

  #truncate(stored: StoredFeed, end: number): void {
    stored.feed = undefined;
    stored.end = end;
    stored.deltas.splice(end - 1);
    stored.chain.splice(Math.max(1, end));
  }

  #stored(session: SessionId): StoredFeed {
    let stored = this.#feeds.get(session);
    if (stored === undefined) {
      stored = { deltas: [], chain: [new Uint8Array(chainBytes)], end: undefined, feed: undefined };
      this.#feeds.set(session, stored);
    }
    return stored;
  }
}
