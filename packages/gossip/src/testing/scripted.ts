import type { SessionId } from '@grapevine/wire';
import type { Config, Settings } from '../config.ts';
import type { InEvent, OutEvent, Run, Timer } from '../event.ts';
import type { Message, MessageOf, Way } from '../frames/message.ts';
import { FakeLog } from './log.ts';
import { Peer, Subject } from './peer.ts';
import { proofOf } from './signatures.ts';

const signEveryMs = 700;
const round: MessageOf<'round'> = {
  type: 'round',
  hidden: false,
  intervalMs: 1000,
  digest: new Uint8Array(8),
  members: new Uint8Array(8),
};

/** A session id of one hex digit, so that order shows. */
export const id = (digit: string): SessionId => digit.repeat(32);

/** A node that also knows which of its timers is due when. */
class TimedSubject extends Subject {
  readonly due = new Map<Timer, number>();

  override handle(event: InEvent): readonly OutEvent[] {
    const effects = super.handle(event);
    for (const effect of effects) {
      if (effect.type === 'schedule') this.due.set(effect.timer, this.now + effect.delayMs);
    }
    return effects;
  }
}

/** One node among neighbours played by the test, and all that the node told each of them. */
export class Scripted {
  readonly self: SessionId;
  readonly subject: TimedSubject;
  readonly log: FakeLog;
  readonly #peers = new Map<string, Peer>();
  #lastLink = 0;

  constructor(hash: Config['hash'], self: string, settings: Partial<Settings> = {}) {
    this.log = new FakeLog(hash);
    this.self = id(self);
    this.subject = new TimedSubject({
      self: this.self,
      incarnation: 1,
      proof: proofOf(this.self),
      info: new Uint8Array(0),
      random: () => 0.5,
      hash,
      ...settings,
    });
    this.subject.handle({ type: 'start' });
  }

  /** @returns what the node says to the new neighbour */
  link(digit: string): Message[] {
    const peer = new Peer(this.subject, ++this.#lastLink, id(digit));
    this.#peers.set(digit, peer);
    return peer.open();
  }

  cut(digit: string, reason: 'lost' | 'closed' = 'lost'): Said {
    const link = this.#peer(digit).link;
    this.subject.handle({ type: 'linkDown', link, reason });
    this.#peers.delete(digit);
    return this.#said();
  }

  /** A member not linked is told of by its card. */
  meet(digit: string, from: string): void {
    const session = id(digit);
    const card = { session, proof: proofOf(session), incarnation: 1, health: 0, metrics: [] };
    const info = new Uint8Array(0);
    const signature = new Uint8Array(64);
    this.from(from, { type: 'alive', ...card, state: 'alive', info, signature });
    for (const { id: question } of this.subject.last('verify')) {
      this.subject.handle({ type: 'verified', id: question, ok: true });
    }
  }

  /** The neighbour says that. @returns what all are told then */
  from(digit: string, ...messages: Message[]): Said {
    const peer = this.#peer(digit);
    const bytes = peer.frame(...messages);
    this.subject.handle({ type: 'frame', link: peer.link, bytes });
    return this.#said();
  }

  /** A rumour arrives and is accepted at once. @returns what all are told then */
  rumour(digit: string, run: Run, way: Way = 'even'): Said {
    const said = this.from(digit, { type: 'run', repair: false, way, ...run });
    const [validate] = this.subject.last('validate');
    if (validate === undefined) return said;
    const verdict = this.log.validateRun(run.session, run.bytes);
    this.subject.handle({ type: 'validated', id: validate.id, ...verdict });
    return this.#said();
  }

  /** The node writes `count` deltas, one by one. @returns what all are told at the last */
  write(count = 1): Said {
    const { self } = this;
    for (let i = 0; i < count; i++) {
      const run = this.log.append(self, [new Uint8Array(10)]);
      this.subject.handle({ type: 'append', feed: this.log.feed(self), runs: [run] });
      if (i < count - 1) this.#said();
    }
    return this.#said();
  }

  /**
   * Time goes on: every timer that is due goes off, and every neighbour gives signs of life.
   * @returns what all were told meanwhile
   */
  pass(ms: number): Said {
    const all: Said = {};
    const until = this.subject.now + ms;
    for (let signAt = this.subject.now; ;) {
      const [timer, dueAt] = [...this.subject.due].sort((a, b) => a[1] - b[1])[0] ?? [];
      const at = Math.min(dueAt ?? Infinity, signAt);
      if (at > until) break;
      this.subject.now = Math.max(this.subject.now, at);
      if (timer !== undefined && at === dueAt) {
        this.subject.due.delete(timer);
        note(all, this.handle({ type: 'timer', timer }));
        continue;
      }
      signAt += signEveryMs;
      const { subject } = this;
      const digest = subject.node.digest();
      for (const digit of this.#peers.keys()) note(all, this.from(digit, { ...round, digest }));
    }
    this.subject.now = until;
    return all;
  }

  handle(event: InEvent): Said {
    this.subject.handle(event);
    return this.#said();
  }

  #peer(digit: string): Peer {
    const peer = this.#peers.get(digit);
    if (peer === undefined) throw new Error(`no neighbour ${digit}`);
    return peer;
  }

  #said(): Said {
    const said: Said = {};
    for (const [digit, peer] of this.#peers) {
      const messages = peer.heard(this.subject.effects);
      if (messages.length > 0) said[digit] = messages;
    }
    return said;
  }
}

function note(all: Said, said: Said): void {
  for (const [digit, messages] of Object.entries(said)) {
    (all[digit] ??= []).push(...(messages ?? []));
  }
}

/** By neighbour, what it was told. */
export type Said = Partial<Record<string, Message[]>>;

/** Of messages of some types only, as short text: `a:beacon r1+2 b:graft`. */
export function brief(said: Said, ...types: Message['type'][]): string {
  return Object.entries(said)
    .flatMap(([digit, messages]) => (messages ?? []).map((message) => ({ digit, message })))
    .filter(({ message }) => types.includes(message.type))
    .map(({ digit, message }) => `${digit}:${text(message)}`)
    .join(' ');
}

function text(message: Message): string {
  const digits = (sessions: readonly SessionId[]) => sessions.map((session) => session[0]).join('');
  switch (message.type) {
    case 'beacon': {
      const { root, epoch, hops, shared } = message;
      return `${shared ? 'shared' : 'own'}-${String(root[0])}${epoch}+${hops}`;
    }
    case 'graft':
    case 'prune':
      return `${message.type}${digits(message.roots)}`;
    case 'run':
      return `${message.way}-${String(message.session[0])}${message.from}..${message.to}`;
    case 'have':
      return `have-${message.heads.map(({ session, seq }) => `${String(session[0])}${seq}`).join()}`;
    case 'want':
      return `want-${message.ranges.map(({ session, from, to }) => `${String(session[0])}${from}..${to}`).join()}`;
    default:
      return message.type;
  }
}

/** A beacon of the shared tree, or of the root's own. */
export function beacon(
  root: string,
  epoch: number,
  hops: number,
  shared = true,
): MessageOf<'beacon'> {
  return { type: 'beacon', root: id(root), epoch, hops, shared };
}
