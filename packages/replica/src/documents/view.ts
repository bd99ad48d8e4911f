import { DecodeError, Writer } from '@grapevine/wire';
import type { SessionId, ValueHash } from '@grapevine/wire';
import * as Y from 'yjs';
import type { Delta } from '../log/delta.ts';
import { CausalBuffer } from './causal-buffer.ts';
import type { Reading } from './causal-buffer.ts';
import { clientIdOf } from './client-id.ts';
import { guardMessage, readBody } from './guard.ts';
import type { GuardedUpdate } from './guard.ts';
import { wellPlaced } from './placement.ts';
import { WriteTimes } from './write-times.ts';

/** A salted value is salt(16) ‖ value. */
const saltBytes = 16;

/** From which seq on nothing of a session applies in one document. */
export type Cuts = ReadonlyMap<SessionId, number>;

export interface ViewOptions {
  session: SessionId;
  /** All deltas of the document, in any order. */
  log(): Iterable<Delta>;
  readDetached(hash: ValueHash): Promise<Uint8Array | undefined>;
  /** Feeds that ended. */
  ends: Cuts;
  /** Where Yjs itself refused what the guard let through; treated like PROTOCOL.md Y4. */
  refused: Cuts;
  onRefused(session: SessionId, seq: number): void;
  onClash(session: SessionId): void;
  /** A detached message has come: `drain` has something to do. */
  onValue(): void;
}

/**
 * Turns the log of one document into a Y.Doc. What it shows is a function of the deltas and the ends it was given, not of their order; where a late
 * one contradicts what was applied the view turns `stale` and another takes its place.
 */
export class View {
  /** Transactions of this origin come from the log. */
  static readonly origin: { readonly name: string } = { name: 'grapevine' };
  readonly #options: ViewOptions;
  readonly #buffer: CausalBuffer;
  readonly #times = new WriteTimes();
  /** Detached messages that have come and were not looked at yet. */
  readonly #values = new Map<ValueHash, Uint8Array>();
  /** What the deltas at the head of waiting lanes say: they are looked at once for everything they lack. */
  readonly #readings = new Map<Delta, GuardedUpdate>();
  readonly #loading = new Map<ValueHash, { again: boolean }>();
  #target: Y.Doc;
  #stale = false;
  #closed = false;

  constructor(target: Y.Doc, options: ViewOptions) {
    this.#target = target;
    this.#options = options;
    this.#buffer = new CausalBuffer({
      log: () => this.#log(),
      read: (delta) => this.#read(delta),
      apply: (delta, guarded) => this.#apply(delta, guarded),
      fill: (client, from, to) => this.#fill(client, from, to),
      onStale: () => (this.#stale = true),
      onClash: (loser) => options.onClash(loser),
    });
  }

  get stale(): boolean {
    return this.#stale;
  }

  get pending(): number {
    return this.#buffer.pending;
  }

  get inert(): SessionId[] {
    return this.#buffer.inert();
  }

  clock(client: number): number {
    return this.#buffer.clock(client);
  }

  reached(session: SessionId): number {
    return this.#buffer.reached(session);
  }

  /** From now on what applies, applies to `target`, which holds the same structs. */
  moveTo(target: Y.Doc): void {
    this.#target = target;
  }

  /** Applies the whole log, in the order of its clocks: honest clocks agree with causality, so hardly anything has to wait. */
  replay(): void {
    const deltas = [...this.#log()].sort(
      (a, b) => a.hlc - b.hlc || (a.session < b.session ? -1 : a.session > b.session ? 1 : 0),
    );
    for (const session of new Set(deltas.map((delta) => delta.session)))
      this.#buffer.announce(session);
    Y.transact(
      this.#target,
      () => {
        for (const delta of deltas) {
          this.#buffer.offer(delta);
          this.#buffer.drain();
        }
        // Only now is every ended feed here in full, and what lies beyond it known never to come.
        for (const session of this.#options.ends.keys()) this.#buffer.end(session);
        this.#buffer.drain();
      },
      View.origin,
      false,
    );
  }

  offer(delta: Delta): void {
    const end = this.#options.ends.get(delta.session);
    if (end === undefined || delta.seq < end) this.#buffer.offer(delta);
  }

  end(session: SessionId): void {
    this.#buffer.end(session);
  }

  /** Exceptions of the application's observers come out of it, after everything has been applied. */
  drain(): void {
    if (!this.#buffer.ready) return;
    Y.transact(this.#target, () => this.#buffer.drain(), View.origin, false);
  }

  valueArrived(hash: ValueHash): void {
    const loading = this.#loading.get(hash);
    if (loading !== undefined) loading.again = true;
    this.#buffer.valueArrived(hash);
  }

  /** A read under way will not report. */
  close(): void {
    this.#closed = true;
  }

  *#log(): Iterable<Delta> {
    for (const delta of this.#options.log()) {
      const end = this.#options.ends.get(delta.session);
      if (end === undefined || delta.seq < end) yield delta;
    }
  }

  #read(delta: Delta): Reading {
    const known = this.#readings.get(delta);
    if (known !== undefined) return known;
    const refused = this.#options.refused.get(delta.session);
    if (refused !== undefined && delta.seq >= refused) return 'inert';
    const reading = this.#decode(delta);
    if (reading !== 'inert' && !('missing' in reading)) this.#readings.set(delta, reading);
    return reading;
  }

  #decode(delta: Delta): Reading {
    const body = readBody(delta.body);
    if (body instanceof DecodeError) return 'inert';
    const client = clientIdOf(delta.session);
    if (body.form === 'inline') return orInert(guardMessage(body.message, client));
    const value = delta.values[0];
    if (value === undefined) return 'inert';
    const message = value.salted?.subarray(saltBytes) ?? this.#values.get(value.hash);
    if (message === undefined) {
      void this.#load(value.hash);
      return { missing: value.hash };
    }
    this.#values.delete(value.hash);
    const guarded = guardMessage(message, client);
    if (guarded instanceof DecodeError) return 'inert';
    const { outline } = guarded;
    const agrees =
      outline.client === undefined
        ? body.first === body.next
        : outline.first === body.first && outline.next === body.next;
    return agrees ? guarded : 'inert';
  }

  async #load(hash: ValueHash): Promise<void> {
    if (this.#loading.has(hash)) return;
    const loading = { again: false };
    this.#loading.set(hash, loading);
    const message = await this.#fetch(hash);
    this.#loading.delete(hash);
    if (this.#closed) return;
    if (message !== undefined) this.#values.set(hash, message);
    else if (!loading.again) return;
    this.#buffer.valueArrived(hash);
    this.#options.onValue();
  }

  async #fetch(hash: ValueHash): Promise<Uint8Array | undefined> {
    try {
      return await this.#options.readDetached(hash);
    } catch {
      // Storage that fails is as good as a value that is not here: its arrival is announced again.
      return undefined;
    }
  }

  #apply(delta: Delta, guarded: GuardedUpdate): boolean {
    const { outline, update } = guarded;
    const client = clientIdOf(delta.session);
    for (const range of outline.deletes) {
      // Its own content a session has always written before, or in this very delta.
      if (range.client === client) continue;
      const written = this.#times.newest(range);
      if (written !== undefined && written >= delta.hlc) return false;
    }
    // What this page wrote was checked before it was authored.
    if (!this.#isEcho(delta, outline.next)) {
      if (!wellPlaced(this.#target, outline)) return false;
      try {
        Y.applyUpdate(this.#target, update, View.origin);
      } catch {
        // Half of it may be in the document: it is cut off here and everywhere else, and the document replayed.
        this.#options.onRefused(delta.session, delta.seq);
        this.#stale = true;
        return false;
      }
    }
    this.#readings.delete(delta);
    if (outline.client !== undefined) this.#times.record(client, outline.next, delta.hlc);
    return true;
  }

  /** Structs of ours that the document already holds, because they were typed into it. */
  #isEcho(delta: Delta, next: number): boolean {
    if (delta.session !== this.#options.session || next === 0) return false;
    return Y.getState(this.#target.store, clientIdOf(delta.session)) >= next;
  }

  /** An update with one struct without content (Yjs calls it GC). */
  #fill(client: number, from: number, to: number): void {
    const update = new Writer(32)
      .varint(1)
      .varint(1)
      .varint(client)
      .varint(from)
      .u8(0)
      .varint(to - from)
      .varint(0)
      .done();
    Y.applyUpdate(this.#target, update, View.origin);
  }
}

function orInert(guarded: GuardedUpdate | DecodeError): Reading {
  return guarded instanceof DecodeError ? 'inert' : guarded;
}
