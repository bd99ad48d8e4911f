import type { Feed, Run, Verdict } from '@grapevine/gossip';
import type { Clock, Random, Storage, StoredRoom } from '@grapevine/ports';
import {
  HybridClock,
  hlcToMs,
  observedLeadMs,
  sha256,
  type Delta,
  type DeltaDraft,
  type Log,
  type Received,
  type Session,
} from '@grapevine/replica';
import {
  concat,
  GrapevineError,
  limits,
  Reader,
  toHex,
  type SessionId,
  type ValueHash,
} from '@grapevine/wire';
import { contain } from './contain.ts';
import type { Problems } from './problems.ts';
import type { Problem } from './types.ts';
import { saltBytes, type Values } from './values.ts';

type Batch = Parameters<Storage['write']>[0];

const feedEnded: Problem = {
  code: 'feed-ended',
  message: 'A member broke the rules of the room; what it wrote afterwards is ignored.',
  action: 'What it wrote before is kept. Nothing needs doing.',
};
const ownFeedEnded: Problem = {
  code: 'feed-ended',
  message: 'The others no longer accept what this tab writes.',
  action: 'Copy what was not saved, then reload the page to go on writing.',
};

/** Something computed from the log. It must not depend on the order in which deltas of different feeds arrive. */
export interface View {
  apply(deltas: readonly Delta[], local: boolean): void;
  /** Deltas of `session` from `fromSeq` on are gone: the feed has ended (PROTOCOL.md L10). */
  retract(session: SessionId, fromSeq: number): void;
  /** A detached value has become readable. */
  valueArrived(hash: ValueHash): void;
}

interface LedgerOptions {
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
  /** A value that was wanted belongs to no delta any more. */
  onUnwanted(hash: ValueHash): void;
  /** Called with the first own delta, and again with the next one should it reject. */
  onFirstWrite(): Promise<void>;
}

/**
 * Deltas further ahead of our clock than this wait until it is their time (L7: clocks may delay). Whoever has seen a delta a day ahead dates its own
 * after it, and its clock need not agree with ours: those must not wait. Source: guess, twice what a clock may be led.
 */
const aheadMsMax = 2 * observedLeadMs;
const withheldRecheckMs = 60_000;

/**
 * Received rows wait this long for company, and no more of them than this: their author has saved them, and a transaction takes the main thread
 * from answering (measured: about 1.2 ms in Chromium, twice of what checking and applying a delta takes, and as much again in the browser's
 * own process, which all tabs share), half of it more or less by chance: tabs that hear of a delta together must not all store it together. A
 * page that closes saves what waits; one that dies fetches it again.
 */
const storeDelayMs = 2_000;
const storeRowsMax = 1_024;

/**
 * The one way into the log, for own writes and received runs alike: log, then views, then storage. Pushing never waits for storage;
 * the writer's promise does.
 */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #hybrid: HybridClock;
  #sealing: Promise<unknown> | undefined;
  /** Signatures being made. */
  readonly #signing = new Set<Promise<unknown>>();
  #lastWrite: Promise<void> | undefined;
  #firstWrite: Promise<void> | undefined;
  #withheld: Delta[] = [];
  /** Where what is withheld of a feed begins: times rise, so it is all from there on. */
  readonly #withheldFrom = new Map<SessionId, number>();
  /** Something stored was damaged: what is fetched again replaces it. */
  #mending = false;
  #cancelRecheck: (() => void) | undefined;
  #received: Received['rows'] = [];
  #refused: Batch[] = [];
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
      if (end !== undefined) this.#tellViews((view) => view.retract(session, end));
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
    this.#tellViews((view) => view.valueArrived(hash));
  }

  /** It is from too far ahead to be shown yet. */
  isWithheld({ session, seq }: Delta): boolean {
    return seq >= (this.#withheldFrom.get(session) ?? Infinity);
  }

  /** All that can be had is here: what was damaged has been fetched again, or nobody here has it. */
  mended(): void {
    if (!this.#mending) return;
    this.#storeReceived();
    this.#mending = false;
    this.#options.problems.clear('storage-damaged');
  }

  /** Resolves once everything authored so far has been handed on and given to storage, be it in vain. */
  async sealed(): Promise<void> {
    while (this.#signing.size > 0) await Promise.allSettled(this.#signing);
  }

  /** Storage has room again: it gets what it could not even hold in memory (`storage-overflow`). */
  saveAgain(): void {
    const refused = this.#refused;
    this.#refused = [];
    for (const batch of refused) this.#keep(this.#store(batch));
    this.#keep(this.#options.values.saveAgain());
  }

  /**
   * Saves what still waits for company, as the page closes: written over what is there, since a transaction that
   * asks first what is there dies with the page that would read the answer.
   */
  flush(): void {
    this.#storeReceived(true);
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
    const firstWrite = this.#keepAuthor();
    const detached = salted.filter((value) => value.length - saltBytes > limits.inlineValueBytes);
    const stored = detached.map((value) => {
      const hash = toHex(sha256(value));
      const saved = this.#options.values.add(hash, value);
      this.#options.values.name(hash, value.length, delta);
      return saved;
    });
    for (const view of views) view.apply(deltas, true);
    return { delta, saved: Promise.all([this.#seal(), firstWrite, ...stored]) };
  }

  /** Once it is done it is done; a failure is the outcome of those who waited for it alone. */
  #keepAuthor(): Promise<void> {
    this.#firstWrite ??= this.#options.onFirstWrite().catch((error: unknown) => {
      this.#firstWrite = undefined;
      throw error;
    });
    return this.#firstWrite;
  }

  /** Signs what has been authored since the last signature; writes made meanwhile share the next one. */
  #seal(): Promise<unknown> {
    if (this.#sealing) return this.#sealing;
    const signing = Promise.resolve().then(() => this.#sign());
    const signed = () => void this.#signing.delete(signing);
    signing.then(signed, signed);
    this.#signing.add(signing);
    this.#sealing = signing.then(({ saved }) => saved);
    return this.#sealing;
  }

  /** @returns how saving it goes, which nobody has to wait for */
  async #sign(): Promise<{ saved: Promise<unknown> }> {
    const sealed = this.#options.log.seal(this.#options.session);
    this.#sealing = undefined;
    const { feed, runs, rows } = await sealed;
    if (runs.length > 0) this.#options.onSealed(feed, runs);
    // A delta of ours may have gone into the signature before this one: while that is being saved, its outcome is ours too.
    const before = this.#lastWrite;
    const write = this.#store({ deltas: rows });
    const settled = () => {
      if (this.#lastWrite === write) this.#lastWrite = undefined;
    };
    write.then(settled, settled);
    this.#lastWrite = write;
    return { saved: Promise.all([before, write]) };
  }

  #take(received: Received, session: SessionId): void {
    if (received.end) this.#end(session, received.end);
    if (received.deltas.length > 0) this.#admit(received.deltas);
    this.#received.push(...received.rows);
    if (this.#received.length > storeRowsMax) this.#storeReceived();
    else if (this.#received.length > 0) {
      this.#cancelStore ??= this.#options.clock.after(this.#storeDelay(), () =>
        this.#storeReceived(),
      );
    }
  }

  #storeDelay(): number {
    const [chance = 0] = this.#options.random.bytes(1);
    return (0.5 + chance / 255) * storeDelayMs;
  }

  #end(session: SessionId, { bytes, from }: NonNullable<Received['end']>): void {
    const { values, problems } = this.#options;
    this.#tellViews((view) => view.retract(session, from));
    this.#withheld = this.#withheld.filter((d) => d.session !== session || d.seq < from);
    if (from <= (this.#withheldFrom.get(session) ?? 0)) this.#withheldFrom.delete(session);
    for (const hash of values.retract(session, from)) this.#options.onUnwanted(hash);
    this.#storeReceived();
    const truncate = { session, seq: from };
    // A lower end mark takes the place of a higher one.
    this.#keep(this.#store({ ends: [{ session, bytes }], truncate, replace: true }));
    // One for all members: whoever can write can open feeds without number.
    if (session === this.#options.session.id) problems.raise(ownFeedEnded, 'own');
    else problems.raise(feedEnded);
  }

  #tellViews(tell: (view: View) => void): void {
    for (const view of this.#options.views) contain(() => tell(view));
  }

  #storeReceived(replace = this.#mending): void {
    this.#cancelStore?.();
    this.#cancelStore = undefined;
    const deltas = this.#received;
    this.#received = [];
    if (deltas.length === 0) return;
    this.#keep(this.#store({ deltas, replace }));
  }

  #store(batch: Batch): Promise<void> {
    const write = this.#options.storage.write(batch);
    write.catch((error: unknown) => {
      if (error instanceof GrapevineError && error.code === 'storage-overflow') {
        this.#refused.push(batch);
      }
    });
    return write;
  }

  /** Hands deltas to the views, except those from the future, and asks for the values they lack. */
  #admit(deltas: readonly Delta[]): void {
    const horizon = this.#options.clock.now() + aheadMsMax;
    const due: Delta[] = [];
    const early: Delta[] = [];
    for (const delta of deltas) (hlcToMs(delta.hlc) <= horizon ? due : early).push(delta);
    if (early.length > 0) this.#withhold(early);
    const newest = due.reduce((hlc, delta) => Math.max(hlc, delta.hlc), 0);
    if (newest > 0) this.#hybrid.observe(newest);
    if (due.length > 0) this.#tellViews((view) => view.apply(due, false));
    for (const delta of deltas) {
      for (const { hash, size, salted } of delta.values) {
        if (!salted) this.#options.values.name(hash, size + saltBytes, delta);
      }
    }
  }

  #withhold(deltas: readonly Delta[]): void {
    for (const delta of deltas) {
      const { session, seq } = delta;
      this.#withheld.push(delta);
      const from = this.#withheldFrom.get(session) ?? seq;
      this.#withheldFrom.set(session, Math.min(seq, from));
    }
    this.#options.problems.raise({
      code: 'clock-ahead',
      message:
        'Some changes are dated more than two days ahead of this device and are not shown yet.',
      action: 'Check the date and time of this device.',
    });
    this.#cancelRecheck ??= this.#options.clock.after(withheldRecheckMs, () => {
      this.#cancelRecheck = undefined;
      const waiting = this.#withheld;
      this.#withheld = [];
      this.#withheldFrom.clear();
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
