import { GrapevineError, fromUtf8, limits, utf8 } from '@grapevine/wire';
import type { SessionId, ValueHash } from '@grapevine/wire';
import type * as Y from 'yjs';
import { deltaKind } from '../log/delta.ts';
import type { Delta } from '../log/delta.ts';
import { adopt } from './foreign.ts';
import { LiveDocument } from './live-document.ts';
import type { MessageClocks } from './live-document.ts';

export interface DocumentsOptions {
  /** Whose page this is: its clientID writes every document. */
  session: SessionId;
  /**
   * Called in order for every local change. The message goes into the session's feed as it is: inline (`inlineBody`), or, where it is too
   * large, as value 0 with `detachedBody(clocks)`; the delta so made must come back through `apply`. Throwing takes the change back, and the
   * error reaches whoever made it.
   */
  author(document: string, message: Uint8Array, clocks: MessageClocks): void;
  /** A detached message without its salt, checked against its hash; undefined while it is not here. */
  readDetached(hash: ValueHash): Promise<Uint8Array | undefined>;
  /** PROTOCOL.md Y5, told once a document: this session is not shown in it, and what is typed from now on stays on this page. */
  onProblem(document: string, problem: 'clientid-clash'): void;
  /** All accepted deltas of the document, in any order. */
  log(document: string): Iterable<Delta>;
}

/**
 * The Yjs documents of a room: views of the log, filled from it when first opened and kept up to date from then on. A document nobody opened costs
 * nothing.
 */
export class Documents {
  readonly #options: DocumentsOptions;
  readonly #open = new Map<string, LiveDocument>();
  readonly #ends = new Map<SessionId, number>();

  constructor(options: DocumentsOptions) {
    this.#options = options;
  }

  /**
   * The same object on every call, until `destroy`. A detached part of it may still be on its way.
   * @param name 1 to 128 bytes
   * @throws GrapevineError `document-name-invalid`
   */
  open(name: string): Y.Doc {
    return this.#live(name).doc;
  }

  /** A delta the log has accepted, our own included. Those of one session come in the order of their feed; one that was given before changes nothing. */
  apply(delta: Delta): void {
    if (delta.kind === deltaKind.yjs) this.#open.get(delta.document)?.apply(delta);
  }

  /**
   * The feed of `session` ended: deltas from `fromSeq` on are dropped (PROTOCOL.md L10), and the log no longer gives them. To be called
   * for every end mark, those that storage held included; at best once all before `fromSeq` is held, since what comes after may cost a replay.
   */
  retract(session: SessionId, fromSeq: number): void {
    if (fromSeq >= (this.#ends.get(session) ?? Number.POSITIVE_INFINITY)) return;
    this.#ends.set(session, fromSeq);
    for (const document of this.#open.values()) document.retract(session, fromSeq);
  }

  /** A value that was not here has come. */
  valueArrived(hash: ValueHash): void {
    for (const document of this.#open.values()) document.valueArrived(hash);
  }

  /** Deltas of open documents that wait for others or for detached messages. */
  pending(): number {
    let pending = 0;
    for (const document of this.#open.values()) pending += document.pending;
    return pending;
  }

  /** Sessions whose deltas in an open document are applied only up to one that breaks PROTOCOL.md Y4 or Y6. */
  inert(name: string): SessionId[] {
    return this.#open.get(name)?.inert ?? [];
  }

  /**
   * Writes a document from elsewhere into this one, as changes of this session; see `adopt`.
   * @throws GrapevineError `document-import-unreadable`, `document-import-incomplete`
   */
  importUpdate(name: string, update: Uint8Array): void {
    adopt(this.open(name), update);
  }

  destroy(): void {
    for (const document of this.#open.values()) document.destroy();
    this.#open.clear();
  }

  #live(name: string): LiveDocument {
    const open = this.#open.get(name);
    if (open !== undefined) return open;
    checkName(name);
    const live = new LiveDocument({
      session: this.#options.session,
      author: (message, clocks) => this.#options.author(name, message, clocks),
      log: () => this.#options.log(name),
      readDetached: (hash) => this.#options.readDetached(hash),
      ends: this.#ends,
      onClash: () => this.#options.onProblem(name, 'clientid-clash'),
    });
    this.#open.set(name, live);
    return live;
  }
}

function checkName(name: string): void {
  const bytes = utf8(name);
  if (bytes.length > 0 && bytes.length <= limits.documentBytes && fromUtf8(bytes) === name) return;
  throw new GrapevineError(
    'document-name-invalid',
    `A document's name has 1 to ${limits.documentBytes} bytes of well-formed text.`,
    'Choose another name.',
  );
}
