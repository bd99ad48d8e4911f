import type { Feed, Run, Verdict } from '@grapevine/gossip';
import type { Clock, Random, Storage, StoredRoom } from '@grapevine/ports';
import {
  HybridClock,
  hlcToMs,
  sha256,
  type Delta,
  type DeltaDraft,
  type Log,
  type Received,
  type Session,
} from '@grapevine/replica';
import { concat, limits, Reader, toHex, type SessionId, type ValueHash } from '@grapevine/wire';
import type { Problems } from './problems.ts';
import { saltBytes, type Values } from './values.ts';

/** Something computed from the log. It must not depend on the order in which deltas of different feeds arrive. */
export interface View {
  apply(deltas: readonly Delta[], local: boolean): void;
  /** Deltas of `session` from `fromSeq` on are gone: the feed has ended (PROTOCOL.md L10). */
  retract(session: SessionId, fromSeq: number): void;
  /** A detached value has become readable. */
  valueArrived(hash: ValueHash): void;
}

export interface LedgerOptions {
  log: Log;
  storage: Storage;
  values: Values;
  session: Session;
  clock: Clock;
  random: Random;
  problems: Problems;
  views: readonly View[];
  /** Own deltas, signed: to be pushed at once. */
  onSealed(feed: Feed, runs: readonly Run[]): void;
  onWantValue(hash: ValueHash, saltedSize: number): void;
  /** Called once, before the first own delta is made. */
  onFirstWrite(): Promise<void>;
}

/** Deltas further ahead of our clock than this wait until it is their time (L7: clocks may delay). Source: guess, one day covers wrong time zones. */
const aheadMsMax = 24 * 60 * 60 * 1000;
const withheldRecheckMs = 60_000;

/**
 * Received rows wait this long for company, and no more of them than this: their author has saved them, and a transaction each takes the main thread
 * from answering (measured: about 1 ms a transaction in Chromium, more than checking and showing a delta).
 */
const storeDelayMs = 50;
const storeRowsMax = 1_024;

/**
 * The one way into the log, for own writes and received runs alike: log, then views, then storage. Pushing never waits for storage;
 * the writer's promise does.
 */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #hybrid: HybridClock;
  #sealing: Promise<unknown> | undefined;
  #lastWrite: Promise<void> | undefined;
  #firstWrite: Promise<void> | undefined;
  #withheld: Delta[] = [];
  /** Something stored was damaged: what is fetched again replaces it. */
  #mending = false;
  #cancelRecheck: (() => void) | undefined;
  #received: Received['rows'] = [];
  #cancelStore: (() => void) | undefined;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#hybrid = new HybridClock(() => options.clock.now());
  }

  /**
   * Takes in what storage held; returns the feeds for the gossip core. Rows that no longer hash to what was signed are left out: other members
   * still have them, and repair brings them back.
   */
  async restore(stored: StoredRoom): Promise<Feed[]> {
    const { log, values, problems } = this.#options;
    values.restore(stored.values);
    const { deltas, dropped } = await log.restore(stored.deltas, stored.ends);
    for (const { session } of stored.ends) {
      const end = endOf(log.endMark(session));
      if (end !== undefined) for (const view of this.#options.views) view.retract(session, end);
    }
    this.#admit(deltas);
    if (dropped.length + stored.damaged > 0) {
      this.#mending = true;
      problems.raise({
        code: 'storage-damaged',
        message: 'Some of what this browser had saved was damaged.',
        action: 'Keep the page open while another member is here: it is fetched again by itself.',
      });
    }
    return [...log.feeds()];
  }

  /**
   * Makes one delta of our own, applies it and starts it on its way, all in this very call. Nobody waits for storage: should it fail, it says so itself.
   * @param values unsalted
   * @throws GrapevineError `read-only` and whatever else the log refuses; nothing has changed then
   */
  author(draft: Omit<DeltaDraft, 'values'>, values: readonly Uint8Array[]): void {
    this.#keep(this.#make(draft, values).saved);
  }

  /** As `author`, and resolves once it is saved on this device. */
  async append(
    draft: Omit<DeltaDraft, 'values'>,
    values: readonly Uint8Array[],
  ): Promise<{ session: SessionId; seq: number; hlc: number }> {
    const { delta, saved } = this.#make(draft, values);
    await saved;
    return { session: delta.session, seq: delta.seq, hlc: delta.hlc };
  }

  /** Checks and takes in a run or an end mark from a neighbour. */
  async receive(what: 'run' | 'end', session: SessionId, bytes: Uint8Array): Promise<Verdict> {
    const { log } = this.#options;
    const received =
      what === 'run' ? await log.receiveRun(session, bytes) : await log.receiveEnd(session, bytes);
    this.#take(received, session);
    switch (received.verdict) {
      case 'accept':
        return { verdict: 'accept', feed: received.feed, runs: received.runs };
      case 'reject':
        return { verdict: 'reject', reason: received.reason ?? 'refused' };
      default:
        return { verdict: received.verdict, feed: received.feed };
    }
  }

  /** A wanted value is whole: keeps it and tells the views. */
  valueArrived(hash: ValueHash, salted: Uint8Array): void {
    this.#keep(this.#options.values.add(hash, salted));
    for (const view of this.#options.views) view.valueArrived(hash);
  }

  get withheld(): number {
    return this.#withheld.length;
  }

  /** Saves what still waits for company. */
  flush(): void {
    this.#storeReceived();
  }

  stop(): void {
    this.flush();
    this.#cancelRecheck?.();
  }

  #make(
    draft: Omit<DeltaDraft, 'values'>,
    values: readonly Uint8Array[],
  ): { delta: Delta; saved: Promise<unknown> } {
    const { log, session, random, views } = this.#options;
    const salted = values.map((value) => concat(random.bytes(saltBytes), value));
    const deltas = log.author(session, [{ ...draft, values: salted }], () => this.#hybrid.next());
    const [delta] = deltas;
    if (!delta) throw new Error('BUG: the log authored nothing');
    this.#firstWrite ??= this.#options.onFirstWrite();
    const detached = salted.filter((value) => value.length - saltBytes > limits.inlineValueBytes);
    const stored = detached.map((value) => this.#options.values.add(toHex(sha256(value)), value));
    for (const view of views) view.apply(deltas, true);
    return { delta, saved: Promise.all([this.#seal(), this.#firstWrite, ...stored]) };
  }

  /** Signs what has been authored since the last signature; writes made meanwhile share the next one. */
  #seal(): Promise<unknown> {
    this.#sealing ??= Promise.resolve().then(async () => {
      const sealed = this.#options.log.seal(this.#options.session);
      this.#sealing = undefined;
      const { feed, runs, rows } = await sealed;
      if (runs.length > 0) this.#options.onSealed(feed, runs);
      // A delta of ours may have gone into the signature before this one: while that is being saved, its outcome is ours too.
      const before = this.#lastWrite;
      const write = this.#options.storage.write({ deltas: rows });
      const settled = () => {
        if (this.#lastWrite === write) this.#lastWrite = undefined;
      };
      write.then(settled, settled);
      this.#lastWrite = write;
      await Promise.all([before, write]);
    });
    return this.#sealing;
  }

  #take(received: Received, session: SessionId): void {
    const { storage, views, problems } = this.#options;
    if (received.end) {
      const { bytes, from } = received.end;
      for (const view of views) view.retract(session, from);
      this.#withheld = this.#withheld.filter((d) => d.session !== session || d.seq < from);
      this.#storeReceived();
      const truncate = { session, seq: from };
      // A lower end mark takes the place of a higher one.
      this.#keep(storage.write({ ends: [{ session, bytes }], truncate, replace: true }));
      problems.raise(
        {
          code: 'feed-ended',
          message: 'A member broke the rules of the room; what it wrote afterwards is ignored.',
          action: 'What it wrote before is kept. Nothing needs doing.',
        },
        session,
      );
    }
    if (received.deltas.length > 0) this.#admit(received.deltas);
    this.#received.push(...received.rows);
    if (this.#received.length > storeRowsMax) this.#storeReceived();
    else if (this.#received.length > 0) {
      this.#cancelStore ??= this.#options.clock.after(storeDelayMs, () => this.#storeReceived());
    }
  }

  #storeReceived(): void {
    this.#cancelStore?.();
    this.#cancelStore = undefined;
    const deltas = this.#received;
    this.#received = [];
    if (deltas.length === 0) return;
    this.#keep(this.#options.storage.write({ deltas, replace: this.#mending }));
  }

  /** Hands deltas to the views, except those from the future, and asks for the values they lack. */
  #admit(deltas: readonly Delta[]): void {
    const horizon = this.#options.clock.now() + aheadMsMax;
    const due = deltas.filter((delta) => hlcToMs(delta.hlc) <= horizon);
    if (due.length < deltas.length) this.#withhold(deltas.filter((delta) => !due.includes(delta)));
    const newest = due.reduce((hlc, delta) => Math.max(hlc, delta.hlc), 0);
    if (newest > 0) this.#hybrid.observe(newest);
    if (due.length > 0) for (const view of this.#options.views) view.apply(due, false);
    for (const delta of deltas) {
      for (const value of delta.values) {
        const saltedSize = value.size + saltBytes;
        if (!value.salted && this.#options.values.want(value.hash, saltedSize)) {
          this.#options.onWantValue(value.hash, saltedSize);
        }
      }
    }
  }

  #withhold(deltas: readonly Delta[]): void {
    this.#withheld.push(...deltas);
    this.#options.problems.raise({
      code: 'clock-ahead',
      message: 'Some changes are dated more than a day ahead of this device and are not shown yet.',
      action: 'Check the date and time of this device.',
    });
    this.#cancelRecheck ??= this.#options.clock.after(withheldRecheckMs, () => {
      this.#cancelRecheck = undefined;
      const waiting = this.#withheld;
      this.#withheld = [];
      this.#options.problems.clear('clock-ahead');
      this.#admit(waiting);
    });
  }

  /** Received things are not lost with a failed write (peers hold them), and storage raises its own problem: nothing more to tell. */
  #keep(write: Promise<unknown>): void {
    write.catch(() => undefined);
  }
}

/** Where a feed ended, from its end mark (PROTOCOL.md L10), which the log has checked. */
function endOf(mark: Uint8Array | undefined): number | undefined {
  if (!mark) return undefined;
  const reader = new Reader(mark);
  reader.u8();
  return reader.varint();
}
