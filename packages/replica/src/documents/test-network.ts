/** Replicas for tests: real documents over feeds kept in memory, delivered delta by delta as a test says. */
import type { SessionId } from '@grapevine/wire';
import { toHex, utf8 } from '@grapevine/wire';
import { vi } from 'vitest';
import type * as Y from 'yjs';
import { deltaKind } from '../log/delta.ts';
import type { Delta, DeltaValue } from '../log/delta.ts';
import { Documents } from './documents.ts';
import { detachedBody, inlineBody } from './guard.ts';
import type { MessageClocks } from './live-document.ts';
import { yjsRule } from './rule.ts';

/** Sessions whose clientIDs do not follow the order of their numbers. */
export function sessionOf(number: number): SessionId {
  return toHex(
    Uint8Array.from({ length: 16 }, (_, i) => (number * 89 + i * 41 + (number << 5)) & 255),
  );
}

export function makeDelta(
  session: SessionId,
  seq: number,
  hlc: number,
  body: Uint8Array,
  values: readonly DeltaValue[] = [],
  document = 'note',
): Delta {
  return {
    session,
    author: session,
    seq,
    hlc,
    kind: deltaKind.yjs,
    document,
    body,
    values,
    hash: new Uint8Array(32),
  };
}

export class Replica {
  readonly session: SessionId;
  readonly documents: Documents;
  readonly problems: string[] = [];
  /** What this replica's log holds; a session's deltas in order. */
  readonly log: Delta[] = [];
  readonly values = new Map<string, Uint8Array>();
  /** Messages above this many bytes are detached. */
  detachAbove = 40_960;
  /** What storage answers `readDetached` with. */
  readable = true;
  #hlc = 0;
  #states = new Map<SessionId, unknown>();

  constructor(session: SessionId) {
    this.session = session;
    this.documents = new Documents({
      session,
      author: (document, message, clocks) => this.#author(document, message, clocks),
      readDetached: (hash) => Promise.resolve(this.readable ? this.values.get(hash) : undefined),
      onProblem: (document, problem) => this.problems.push(`${document} ${problem}`),
      log: (document) => this.log.filter((delta) => delta.document === document),
    });
  }

  feed(session: SessionId = this.session): Delta[] {
    return this.log.filter((delta) => delta.session === session);
  }

  /** As the log does: what it holds is passed on again, what it does not is judged first. */
  receive(delta: Delta): void {
    const held = this.feed(delta.session).at(-1)?.seq ?? 0;
    if (delta.seq > held) {
      const verdict = yjsRule(delta, this.#states.get(delta.session));
      if (!verdict.valid) throw new Error(`refused: ${verdict.reason}`);
      this.#states.set(delta.session, verdict.state);
      this.log.push(delta);
      this.#hlc = Math.max(this.#hlc, delta.hlc);
    }
    this.documents.apply(delta);
  }

  /** The feed of `session` ends before `seq`. */
  drop(session: SessionId, seq: number): void {
    const kept = this.log.filter((delta) => delta.session !== session || delta.seq < seq);
    this.log.splice(0, this.log.length, ...kept);
    this.documents.retract(session, seq);
  }

  #author(document: string, message: Uint8Array, clocks: MessageClocks): void {
    const seq = (this.feed().at(-1)?.seq ?? 0) + 1;
    this.#hlc++;
    if (message.length <= this.detachAbove) {
      this.receive(makeDelta(this.session, seq, this.#hlc, inlineBody(message), [], document));
      return;
    }
    const hash = toHex(utf8(`${seq} ${this.session}`)).slice(0, 64);
    this.values.set(hash, message);
    const value = { hash, size: message.length, salted: undefined };
    this.receive(makeDelta(this.session, seq, this.#hlc, detachedBody(clocks), [value], document));
  }
}

export function pair(): [Replica, Replica] {
  return [new Replica(sessionOf(0)), new Replica(sessionOf(1))];
}

export function textOf(replica: Replica): Y.Text {
  return replica.documents.open('note').getText('t');
}

/** Each receives what all wrote until now. */
export function exchange(...all: Replica[]): void {
  const feeds = all.map((replica) => replica.feed());
  for (const replica of all)
    for (const feed of feeds) for (const delta of feed) replica.receive(delta);
}

/** Waits for a fact that reading a detached message brings about. */
export async function settled(check: () => void): Promise<void> {
  await vi.waitFor(check, { timeout: 2000, interval: 1 });
}
