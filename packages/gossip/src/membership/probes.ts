import type { SessionId } from '@grapevine/wire';
import type { Attest } from '../attest.ts';
import { put } from '../bounded.ts';
import type { Core } from '../core.ts';
import { probeWay } from '../frames/member-messages.ts';
import type { MessageOf } from '../frames/message.ts';
import type { Neighbour } from '../links/neighbour.ts';
import { smallRoom } from '../overlay/band.ts';
import { sample } from '../overlay/chance.ts';
import type { Grounds } from './grounds.ts';
import { probeBytes } from './statement.ts';
import type { Entry, Table } from './table.ts';

/** As many members carry an indirect probe in SWIM's and memberlist's settings. */
const mostAsked = 3;
/**
 * Where nobody near names the member. Asked twice, 82 of 100 members of a room of 100 answered over
 * one relay, 99 over two; asked once, 93. Measured.
 */
const farRelays = 2;
/** Neighbours that a first relay tries where none of its own names the member. */
const mostTried = 2;
/**
 * An answer comes over four ways, or six where a relay is needed: a quarter or a sixth of a second
 * each. Cards that were under way together when their member went have come by then (M7). Guess.
 */
const answerMs = 1000;
/** Probes of ours that may be answered, and of others that were; members said to be gone. Guess. */
const remembered = 64;
const nonces = 2 ** 48;

/** How a probe was sent: to such as name the member, or to all. */
type Way = 'near' | 'far';

interface Waiting {
  dueAt: number;
  /** It went to all, over ways by chance: others may be better. */
  again: boolean;
  /** What it is to be accused for; undefined where its card is doubted (M7). */
  grounds: Grounds | undefined;
}

/**
 * Whether a member that we have no link to answers over others, before it is accused (M13): SWIM's
 * indirect probe. The answer is signed, so that nobody on the way can give it.
 */
export class Probes {
  readonly #core: Core;
  readonly #attest: Attest;
  readonly #table: Table;
  /** Members in the room. */
  readonly #size: () => number;
  readonly #waiting = new Map<SessionId, Waiting>();
  readonly #foretold = new Map<SessionId, number>();
  /** Of the last probe of a member. */
  readonly #nonces = new Map<SessionId, number>();
  /** Probes of us that came already, over whomever. */
  readonly #answered = new Map<string, true>();

  constructor(core: Core, attest: Attest, table: Table, size: () => number) {
    this.#core = core;
    this.#attest = attest;
    this.#table = table;
    this.#size = size;
  }

  /** @returns false where nobody could carry a probe: nothing is waited for */
  wait(member: SessionId, grounds: Grounds): boolean {
    const way = this.#send(member);
    if (way === undefined) return false;
    this.#hold(member, grounds, way === 'far');
    return true;
  }

  /** The card of that member is doubted (M7). */
  doubt(member: SessionId): void {
    this.#send(member);
    this.#hold(member, undefined, false);
  }

  /** A member not known yet was said to be gone at that incarnation. */
  foretell(member: SessionId, incarnation: number): void {
    put(this.#foretold, member, incarnation, remembered);
  }

  /** @returns whether the card that it came with was said to be of one gone; asked once */
  foretold({ id, incarnation }: Entry): boolean {
    const gone = this.#foretold.get(id);
    this.#foretold.delete(id);
    return gone !== undefined && gone >= incarnation;
  }

  /** What that member would have been accused for; it is not waited for any more. */
  give(member: SessionId): Grounds | undefined {
    const grounds = this.#waiting.get(member)?.grounds;
    if (grounds !== undefined) this.#waiting.delete(member);
    return grounds;
  }

  /** Who is to be accused unless it answers. */
  *awaited(): Generator<SessionId> {
    for (const [member, { grounds }] of this.#waiting) if (grounds !== undefined) yield member;
  }

  /**
   * @param notBefore nobody is accused sooner @param silent called for who did not answer in time
   * @returns when to look again
   */
  tick(
    notBefore: number,
    silent: (member: SessionId, grounds: Grounds | undefined) => void,
  ): number {
    let next = Infinity;
    for (const [member, { dueAt, again, grounds }] of this.#waiting) {
      const at = Math.max(dueAt, notBefore);
      if (at > this.#core.now) {
        next = Math.min(next, at);
      } else if (again && this.#send(member) !== undefined) {
        this.#hold(member, grounds, false);
      } else {
        this.#waiting.delete(member);
        silent(member, grounds);
      }
    }
    return next;
  }

  /** For us, for a neighbour, or for a neighbour's neighbour. */
  heard(neighbour: Neighbour, message: MessageOf<'probe'>): void {
    const { active, settings } = this.#core;
    const { about, path, relays } = message;
    const known = path.includes(settings.self) || path.includes(about);
    if (path.at(-1) !== neighbour.member || known) {
      this.#core.close(neighbour, 'protocol');
      return;
    }
    if (!neighbour.probes.take(this.#core.now)) return;
    if (about === settings.self) {
      this.#answer(message);
      return;
    }
    // Who is linked to the member would have to refuse a longer way, and our link with it.
    if (path.length + relays >= probeWay) {
      this.#core.close(neighbour, 'protocol');
      return;
    }
    const on = { ...message, relays: 0, path: [...path, settings.self] };
    const next = active.get(about) ?? (relays > 0 ? this.#naming(about, path) : undefined);
    if (next !== undefined) next.link.urgent(on);
    else if (relays > 1) this.#try({ ...on, relays: relays - 1 });
  }

  replied(neighbour: Neighbour, message: MessageOf<'probeReply'>): void {
    const { session, nonce, path } = message;
    if (!neighbour.probes.take(this.#core.now)) return;
    const signature = message.signature.slice();
    const back = path.at(-1);
    if (back !== undefined) {
      const on = { ...message, signature, path: path.slice(0, -1) };
      this.#core.active.get(back)?.link.urgent(on);
      return;
    }
    if (this.#nonces.get(session) !== nonce || !this.#table.knows(session)) return;
    const proof = this.#table.get(session)?.proof;
    const bytes = probeBytes(session, nonce);
    this.#attest.verify({ member: session, proof, bytes, signature }, (ok) => {
      if (ok === true && this.#nonces.get(session) === nonce) this.#found(session);
    });
  }

  clear(): void {
    this.#waiting.clear();
    this.#nonces.clear();
    this.#foretold.clear();
  }

  #hold(member: SessionId, grounds: Grounds | undefined, again: boolean): void {
    const dueAt = this.#core.now + answerMs;
    this.#waiting.set(member, { dueAt, again, grounds });
    this.#core.schedule('liveness', dueAt);
  }

  /** @returns undefined where there is nobody to send it to */
  #send(about: SessionId): Way | undefined {
    const { active, settings } = this.#core;
    const others = [...active.values()].filter(({ hello, gone }) => hello && !gone);
    const naming = others.filter(({ peers }) => peers.has(about));
    const near = naming.length > 0;
    // In a small room all are linked to all: nobody knows a longer way.
    if (!near && this.#size() <= smallRoom) return undefined;
    const asked = near ? sample(naming, mostAsked, settings.random) : others;
    if (asked.length === 0) return undefined;
    const nonce = Math.floor(settings.random() * nonces);
    put(this.#nonces, about, nonce, remembered);
    const path = [settings.self];
    const message = { type: 'probe', about, nonce, relays: near ? 0 : farRelays, path } as const;
    for (const { link } of asked) link.urgent(message);
    return near ? 'near' : 'far';
  }

  /** Over the way on which it came first. */
  #answer({ about: session, nonce, path }: MessageOf<'probe'>): void {
    const [asker = session] = path;
    const key = `${asker} ${nonce}`;
    if (this.#answered.has(key)) return;
    put(this.#answered, key, true, remembered);
    this.#attest.sign(probeBytes(session, nonce), (signature) => {
      const back = this.#core.active.get(path.at(-1) ?? asker);
      const rest = path.slice(0, -1);
      back?.link.urgent({ type: 'probeReply', session, nonce, signature, path: rest });
    });
  }

  #found(member: SessionId): void {
    this.#nonces.delete(member);
    this.#waiting.delete(member);
    const entry = this.#table.get(member);
    if (entry !== undefined) entry.newsAt = this.#core.now;
  }

  /** Nobody near names the member: a neighbour's neighbour may. */
  #try(message: MessageOf<'probe'>): void {
    const { active, settings } = this.#core;
    const others = [...active.values()].filter(({ member }) => !message.path.includes(member));
    for (const { link } of sample(others, mostTried, settings.random)) link.urgent(message);
  }

  /** A random neighbour that names the member, unless the probe came over it. */
  #naming(member: SessionId, path: readonly SessionId[]): Neighbour | undefined {
    const naming = [...this.#core.active.values()].filter(
      (neighbour) => neighbour.peers.has(member) && !path.includes(neighbour.member),
    );
    return naming[Math.floor(this.#core.settings.random() * naming.length)];
  }
}
