import { DecodeError, GrapevineError } from '@grapevine/wire';
import type { SessionId, ValueHash } from '@grapevine/wire';
import * as encoding from 'lib0/encoding';
import * as sync from 'y-protocols/sync';
import * as Y from 'yjs';
import type { Delta } from '../log/delta.ts';
import { clientIdOf } from './client-id.ts';
import { clockAfter, guardUpdate } from './guard.ts';
import { wellPlaced } from './placement.ts';
import { emptyDoc, keepExact, keepsShape, refill } from './reset.ts';
import type { Cuts } from './view.ts';
import { View } from './view.ts';

/** The clocks a message covers: first (inclusive) to next (exclusive); equal where it only deletes. */
export interface MessageClocks {
  first: number;
  next: number;
}

export interface LiveDocumentOptions {
  session: SessionId;
  author(message: Uint8Array, clocks: MessageClocks): void;
  log(): Iterable<Delta>;
  readDetached(hash: ValueHash): Promise<Uint8Array | undefined>;
  ends: Cuts;
  onClash(): void;
}

/**
 * One Y.Doc for as long as the page lives, and the view of the log that fills it.
 *
 * When something applied has to go (a feed ended before what was applied of it), Yjs cannot take it back. A second view is then replayed into a
 * fresh document beside the first; once all of our own edits are in it, the Y.Doc is emptied in one transaction and refilled from it in another, so
 * that it, its root types and their observers stay. Nested types are new objects afterwards.
 */
export class LiveDocument {
  readonly doc: Y.Doc;
  readonly #options: LiveDocumentOptions;
  readonly #client: number;
  readonly #refused = new Map<SessionId, number>();
  #view: View;
  #next: { view: View; doc: Y.Doc } | undefined;
  /** The next clock of ours that has not been handed to `author`. */
  #authored = 0;
  #clashed = false;
  /** Why the Y.Doc holds changes that are not in the log, until they are taken back. */
  #dirty: unknown;
  /** The same, until the application has been told. */
  #refusal: unknown;
  #wiping = false;
  #pumping = false;
  #again = false;

  constructor(options: LiveDocumentOptions) {
    this.#options = options;
    this.#client = clientIdOf(options.session);
    this.doc = new Y.Doc();
    this.#view = this.#newView(this.doc);
    this.#listen();
    this.#view.replay();
    this.#authored = Y.getState(this.doc.store, this.#client);
    if (this.#view.stale) this.#rebuild();
    this.#pump();
  }

  get pending(): number {
    return this.#latest.pending;
  }

  get inert(): SessionId[] {
    return this.#latest.inert;
  }

  apply(delta: Delta): void {
    this.#latest.offer(delta);
    this.#pump();
  }

  retract(session: SessionId, fromSeq: number): void {
    if (this.#latest.reached(session) >= fromSeq) this.#rebuild();
    else this.#latest.end(session);
    this.#pump();
  }

  valueArrived(hash: ValueHash): void {
    this.#latest.valueArrived(hash);
    this.#pump();
  }

  destroy(): void {
    this.#view.close();
    this.#dropNext();
    this.doc.destroy();
  }

  get #latest(): View {
    return this.#next?.view ?? this.#view;
  }

  #newView(target: Y.Doc): View {
    return new View(target, {
      session: this.#options.session,
      log: () => this.#options.log(),
      readDetached: (hash) => this.#options.readDetached(hash),
      ends: this.#options.ends,
      refused: this.#refused,
      onRefused: (session, seq) => this.#refused.set(session, seq),
      onClash: (loser) => this.#onClash(loser),
      onValue: () => this.#pump(),
    });
  }

  #listen(): void {
    const pin = (): void => {
      this.doc.clientID = this.#client;
    };
    pin();
    keepExact(this.doc);
    // Yjs gives itself a new clientID when it meets its own structs in an update.
    this.doc.on('beforeTransaction', pin);
    this.doc.on('afterTransactionCleanup', pin);
    // What is collected before it is written arrives as a length without content, which PROTOCOL.md Y2 refuses.
    this.doc.gcFilter = (item) =>
      keepsShape(item) && Y.getState(this.doc.store, this.#client) === this.#authored;
    this.doc.on('update', (update, origin, _doc, transaction) => {
      if (origin === View.origin || this.#wiping) return;
      this.#author(update);
      Y.tryGc(transaction.deleteSet, this.doc.store, this.doc.gcFilter);
    });
    this.doc.on('afterAllTransactions', () => {
      const refusal = this.#refusal;
      this.#refusal = undefined;
      if (refusal !== undefined) this.#rebuild();
      this.#pump();
      if (refusal !== undefined) throw refusal;
    });
  }

  #onClash(loser: SessionId): void {
    if (loser !== this.#options.session || this.#clashed) return;
    this.#clashed = true;
    this.#options.onClash();
  }

  #author(update: Uint8Array): void {
    if (this.#clashed) return;
    if (this.#dirty === undefined) {
      try {
        this.#authorOwn(update);
      } catch (error) {
        this.#dirty = error;
      }
    }
    this.#refusal = this.#dirty;
  }

  #authorOwn(update: Uint8Array): void {
    let own = guardUpdate(update, this.#client);
    let next = own instanceof DecodeError ? own : clockAfter(own, this.#client, this.#authored);
    if (next instanceof DecodeError) {
      // A transaction's update repeats what an observer has added meanwhile; only what is ours and new is kept.
      this.#refuseForeign(update);
      const rest = Y.diffUpdate(update, this.#stateWithout(update));
      if (rest.length === 2) return;
      own = guardUpdate(rest, this.#client);
      next = own instanceof DecodeError ? own : clockAfter(own, this.#client, this.#authored);
    }
    if (own instanceof DecodeError || next instanceof DecodeError) throw unwritable();
    if (!wellPlaced(this.doc, own.outline)) throw misplaced();
    const first = this.#authored;
    this.#authored = next;
    const encoder = encoding.createEncoder();
    sync.writeUpdate(encoder, own.update);
    try {
      this.#options.author(encoding.toUint8Array(encoder), { first, next });
    } catch (error) {
      this.#authored = first;
      throw error;
    }
  }

  /** A state vector that covers all clients of `update`, ours only as far as it is authored. */
  #stateWithout(update: Uint8Array): Uint8Array {
    const clocks = new Map(Y.parseUpdateMeta(update).to).set(this.#client, this.#authored);
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, clocks.size);
    for (const [client, clock] of clocks) {
      encoding.writeVarUint(encoder, client);
      encoding.writeVarUint(encoder, clock);
    }
    return encoding.toUint8Array(encoder);
  }

  #refuseForeign(update: Uint8Array): void {
    for (const [client, clock] of Y.parseUpdateMeta(update).to)
      if (client !== this.#client && clock > this.#view.clock(client)) throw foreign();
  }

  #rebuild(): void {
    this.#dropNext();
    const doc = emptyDoc();
    const view = this.#newView(doc);
    this.#next = { view, doc };
    view.replay();
  }

  #dropNext(): void {
    this.#next?.view.close();
    this.#next?.doc.destroy();
    this.#next = undefined;
  }

  get #busy(): boolean {
    return this.doc._transaction !== null || this.doc._transactionCleanups.length > 0;
  }

  /** Applies what is ready. Within a transaction of the application it is left to that transaction's end. */
  #pump(): void {
    this.#again = true;
    if (this.#pumping || this.#busy) return;
    this.#pumping = true;
    try {
      while (this.#again) {
        this.#again = false;
        this.#settle();
      }
    } finally {
      this.#pumping = false;
    }
  }

  #settle(): void {
    try {
      this.#latest.drain();
      if (this.#latest.stale) {
        this.#rebuild();
        this.#again = true;
      }
      this.#swap();
    } catch (error) {
      // The application's observer threw. The document is complete; the error is the application's to see.
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  /** Puts the replayed document in place of the current one as soon as it holds all our own edits. */
  #swap(): void {
    const next = this.#next;
    if (next === undefined || next.view.stale) return;
    if (!this.#clashed && next.view.clock(this.#client) !== this.#authored) return;
    this.#view.close();
    this.#view = next.view;
    this.#next = undefined;
    this.#dirty = undefined;
    this.#again = true;
    next.view.moveTo(this.doc);
    try {
      refill(this.doc, next.doc, View.origin, (wiping) => (this.#wiping = wiping));
    } finally {
      next.doc.destroy();
    }
  }
}

function unwritable(): GrapevineError {
  return new GrapevineError(
    'document-change-refused',
    'A change to the document cannot be shared and was taken back: a value in it is nested too deeply.',
    'Store it as text, or in nested shared types.',
  );
}

function misplaced(): GrapevineError {
  return new GrapevineError(
    'document-change-refused',
    'A change to the document cannot be shared and was taken back: Yjs could not place it alike on all replicas, or shared types are nested too deeply.',
    'Make the change anew where it belongs, and shared types at most 128 levels deep.',
  );
}

function foreign(): GrapevineError {
  return new GrapevineError(
    'document-foreign-content',
    'An update that this session did not write was applied to the document and was taken back.',
    'Bring it in with importUpdate, which writes it anew in the name of this session.',
  );
}
