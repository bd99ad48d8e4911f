import { DecodeError } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import type { Crypto } from '../crypto/crypto.ts';
import type { Session } from '../session.ts';
import { appendDrafts, sealFeed } from './author.ts';
import type { Sealed } from './author.ts';
import { decodeRun } from './codec.ts';
import type { DecodedRun } from './codec.ts';
import type { Delta, DeltaDraft } from './delta.ts';
import { FeedState, unknownFeed } from './feed.ts';
import type { Feed, Row } from './feed.ts';
import type { Position } from './header.ts';
import { checkOpening } from './opening.ts';
import type { LogRoom } from './opening.ts';
import { TaskQueue } from './queue.ts';
import { checkEarly, receiveEnd, receiveRun } from './receive.ts';
import type { EarlyCheck, Received } from './receive.ts';
import { inOrder, restoreFeed } from './restore.ts';
import type { Restored, StoredEnd } from './restore.ts';
import { readRuns } from './runs.ts';
import type { Run } from './runs.ts';
import type { Rules } from './validity.ts';

export interface LogOptions extends LogRoom {
  crypto: Crypto;
  /** By delta kind. Rules are pure and never change the state they are given. */
  rules: Rules;
}

/** All feeds of a room as far as this replica holds them (PROTOCOL.md section 3). */
export class Log {
  readonly #options: LogOptions;
  readonly #feeds = new Map<SessionId, FeedState>();
  readonly #receiving = new TaskQueue();
  readonly #sealing = new TaskQueue();
  /** Where the runs queued for a feed lead to, as far as they follow from each other. */
  readonly #ahead = new Map<SessionId, Position>();

  constructor(options: LogOptions) {
    this.#options = options;
  }

  feed(session: SessionId): Feed {
    return this.#feeds.get(session)?.summary() ?? unknownFeed(session);
  }

  *feeds(): IterableIterator<Feed> {
    for (const feed of this.#feeds.values()) yield feed.summary();
  }

  /** What this replica holds: head by session. */
  versionVector(): Map<SessionId, number> {
    return new Map([...this.#feeds].map(([session, feed]) => [session, feed.head]));
  }

  /** Accepted deltas of one feed, ascending from seq 1. */
  deltas(session: SessionId): readonly Delta[] {
    return this.#feeds.get(session)?.held.map((held) => held.delta) ?? [];
  }

  /** The key that signs a feed; undefined where the feed is not known. */
  authorKey(session: SessionId): Uint8Array | undefined {
    return this.#feeds.get(session)?.authorKey;
  }

  /** The end mark as it travels. */
  endMark(session: SessionId): Uint8Array | undefined {
    return this.#feeds.get(session)?.end?.bytes;
  }

  /**
   * Runs of what is held from `from` to `to`, which may exceed the head: at most `maxBytes` in
   * all but at least one where
   * there is one. They end at signed deltas only, so the last may go beyond `to`; unsealed own
   * deltas are left out.
   */
  readRuns(session: SessionId, from: number, to: number, maxBytes: number): Run[] {
    const feed = this.#feeds.get(session);
    return feed === undefined ? [] : readRuns(feed, from, to, maxBytes);
  }

  /**
   * Takes a run from outside. Total; several may be under way, those of one session are judged in
   * the order of the calls.
   */
  receiveRun(session: SessionId, bytes: Uint8Array): Promise<Received> {
    const run = decodeRun(bytes);
    if (run instanceof DecodeError) return Promise.resolve(this.#refuse(session, run.message));
    const early = this.#checkEarly(session, run);
    return this.#receiving.run(session, () => this.#receiveRun(session, run, early));
  }

  /** Takes an end mark from outside. Total. */
  receiveEnd(session: SessionId, bytes: Uint8Array): Promise<Received> {
    return this.#receiving.run(session, async () => {
      const feed = this.#feeds.get(session);
      if (feed === undefined) return this.#unknown('park', session);
      return receiveEnd(this.#options, feed, bytes);
    });
  }

  /**
   * Appends to a session's own feed at once, all drafts or none; the first call puts the opening
   * before them. They travel once
   * `seal` has signed them.
   * @param hlc gives a time, the previous delta's in hand
   * @returns one delta per draft
   * @throws GrapevineError `read-only`, `feed-ended`, `delta-too-large`, `delta-invalid`, `seal-
   * backlog`
   */
  author(
    session: Session,
    drafts: readonly DeltaDraft[],
    hlc: (previous: number) => number,
  ): Delta[] {
    if (drafts.length === 0) return [];
    const { topic, rules } = this.#options;
    const feed =
      this.#feeds.get(session.id) ?? new FeedState(topic, session.id, session.key.publicKey);
    const made = appendDrafts(feed, session, drafts, hlc, rules);
    this.#feeds.set(session.id, feed);
    return made.map((held) => held.delta);
  }

  /**
   * Signs everything authored since the last seal. Calls take turns: what is authored while one
   * signs goes into the next, in
   * one signature; a call that finds nothing left gives no runs.
   */
  seal(session: Session): Promise<Sealed> {
    return this.#sealing.run(session.id, async () => {
      const feed = this.#feeds.get(session.id);
      if (feed === undefined) return { runs: [], rows: [], feed: unknownFeed(session.id) };
      return sealFeed(feed, session);
    });
  }

  /**
   * Takes what was stored, once and before anything else; feeds already known are left alone.
   * Total.
   */
  async restore(rows: readonly Row[], ends: readonly StoredEnd[]): Promise<Restored> {
    const { crypto, rules } = this.#options;
    const context = { crypto, rules, room: this.#options };
    const bySession = groupStored(rows, ends);
    const restored: Restored = { deltas: [], dropped: [] };
    await Promise.all(
      [...bySession].map(async ([session, stored]) => {
        const feed = await restoreFeed(context, session, stored.rows, stored.ends);
        if (feed !== undefined && !this.#feeds.has(session)) {
          this.#feeds.set(session, feed);
          for (const held of feed.held) restored.deltas.push(held.delta);
        }
        const seq = firstUnused(feed, stored.rows);
        if (seq !== undefined) restored.dropped.push({ session, seq });
      }),
    );
    inOrder(restored.deltas);
    return restored;
  }

  async #receiveRun(
    session: SessionId,
    run: DecodedRun,
    early: EarlyCheck | undefined,
  ): Promise<Received> {
    const known = this.#feeds.get(session);
    if (known !== undefined) return receiveRun(this.#options, known, run, early);
    if (run.from > 1) return this.#unknown('park', session);
    const { crypto, topic } = this.#options;
    const [first] = run.deltas;
    const authorKey = first && (await checkOpening(crypto, this.#options, session, first));
    if (authorKey === undefined) return this.#refuse(session, 'L1: it opens no feed of this room');
    const feed = new FeedState(topic, session, authorKey);
    const received = await receiveRun(this.#options, feed, run, undefined);
    if (received.verdict === 'accept') this.#feeds.set(session, feed);
    else received.feed = this.feed(session);
    return received;
  }

  /**
   * Starts the signature check of a run that follows what is held or queued, so that checks
   * overlap.
   */
  #checkEarly(session: SessionId, run: DecodedRun): EarlyCheck | undefined {
    const feed = this.#feeds.get(session);
    if (feed === undefined) return undefined;
    const queued = this.#receiving.has(session) ? this.#ahead.get(session) : undefined;
    const base = queued ?? feed.position(feed.head);
    if (run.from !== base.seq + 1 || feed.end !== undefined) return undefined;
    const early = checkEarly(this.#options.crypto, feed, run, base);
    const hash = early.chain.hashes.at(-1);
    if (hash !== undefined) this.#ahead.set(session, { seq: run.to, hash });
    return early;
  }

  #unknown(verdict: Received['verdict'], session: SessionId): Received {
    return { verdict, feed: this.feed(session), deltas: [], runs: [], rows: [] };
  }

  #refuse(session: SessionId, reason: string): Received {
    return { ...this.#unknown('reject', session), reason };
  }
}

interface Stored {
  rows: Row[];
  ends: StoredEnd[];
}

function groupStored(rows: readonly Row[], ends: readonly StoredEnd[]): Map<SessionId, Stored> {
  const bySession = new Map<SessionId, Stored>();
  const of = (session: SessionId): Stored => {
    const stored = bySession.get(session) ?? { rows: [], ends: [] };
    bySession.set(session, stored);
    return stored;
  };
  for (const row of rows) of(row.session).rows.push(row);
  for (const end of ends) of(end.session).ends.push(end);
  for (const stored of bySession.values()) stored.rows.sort((a, b) => a.seq - b.seq);
  return bySession;
}

function firstUnused(feed: FeedState | undefined, rows: readonly Row[]): number | undefined {
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  if (feed === undefined) return first.seq;
  const end = feed.end?.seq ?? Number.POSITIVE_INFINITY;
  const used = feed.head + 1;
  return used <= last.seq && used < end ? used : undefined;
}
