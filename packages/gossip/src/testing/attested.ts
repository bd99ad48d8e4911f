import { DecodeError, equalBytes, sessionIdFrom } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import type { Config } from '../config.ts';
import type { InEvent, LinkId, MemberState, OutEvent, Timer } from '../event.ts';
import { cardBytes, opinionBytes } from '../membership/statement.ts';
import type { SignedCard, SignedOpinion } from '../membership/statement.ts';
import { InNames, OutNames } from '../frames/dictionary.ts';
import { FrameWriter, decodeFrame } from '../frames/frame.ts';
import type { Card, Message, MessageOf, Opinion } from '../frames/message.ts';
import { Subject, hello } from './peer.ts';
import { proofOf, sign } from './signatures.ts';

/** A stand-in for SHA-256: 32 bytes that differ where what is hashed does (FNV-1a, 8 times). */
export function standIn(bytes: Uint8Array): Uint8Array {
  const words = Uint32Array.from({ length: 8 }, (_, index) => {
    let hash = (0x811c9dc5 ^ Math.imul(index, 0x9e3779b9)) >>> 0;
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
  });
  return new Uint8Array(words.buffer);
}

/** A session id of one byte over and over. */
export function sessionOf(byte: number): SessionId {
  return sessionIdFrom(new Uint8Array(16).fill(byte));
}

/** The id of an `Attested`. */
export const self = sessionOf(0x55);

export function cardOf(session: SessionId, words: Partial<Card> = {}): SignedCard {
  const rest = { incarnation: 1, state: 'alive', health: 0, metrics: [] } as const;
  const card = { session, proof: proofOf(session), ...rest, info: new Uint8Array(0), ...words };
  return { type: 'alive', ...card, signature: sign(standIn, session, cardBytes(card)) };
}

export function opinionOf(
  type: SignedOpinion['type'],
  by: SessionId,
  about: SessionId,
  words: Partial<Opinion> = {},
): SignedOpinion {
  const opinion = { by, about, incarnation: 1, number: 1, degree: 2, ...words };
  return { type, ...opinion, signature: sign(standIn, by, opinionBytes(type, opinion)) };
}

export function goneOf(session: SessionId, incarnation = 1): MessageOf<'gone'> {
  return { type: 'gone', session, incarnation };
}

/** The other end of a link to an `Attested`, which keeps what it was sent. */
export class Actor {
  readonly id: SessionId;
  readonly link: LinkId;
  readonly #subject: Attested;
  readonly #out = new OutNames();
  readonly #in = new InNames();
  #inbox: Message[] = [];

  constructor(subject: Attested, link: LinkId, id: SessionId) {
    this.#subject = subject;
    this.link = link;
    this.id = id;
    subject.actors.set(link, this);
    subject.handle({ type: 'linkUp', link, member: id });
  }

  say(...messages: Message[]): void {
    const writer = new FrameWriter(this.#out);
    for (const message of messages) writer.add(message);
    for (const bytes of writer.take()) {
      this.#subject.handle({ type: 'frame', link: this.link, bytes });
    }
  }

  hear(frame: Uint8Array): void {
    const messages = decodeFrame(frame, this.#in);
    if (messages instanceof DecodeError) throw messages;
    this.#inbox.push(...messages);
  }

  /** Messages of those types since the last call, the others are dropped. */
  take<T extends Message['type']>(...types: T[]): MessageOf<T>[] {
    const inbox = this.#inbox;
    this.#inbox = [];
    return inbox.filter((message): message is MessageOf<T> => {
      return types.some((type) => type === message.type);
    });
  }
}

/** A node whose questions about signatures are answered at once. */
export class Attested extends Subject {
  readonly actors = new Map<LinkId, Actor>();

  constructor(settings: Partial<Config> = {}) {
    super({
      self,
      incarnation: 1,
      proof: proofOf(self),
      info: new Uint8Array(0),
      random: () => 0.5,
      hash: standIn,
      ...settings,
    });
    this.handle({ type: 'start' });
  }

  /** Effects are those of the answers too. */
  override handle(event: InEvent): readonly OutEvent[] {
    const all = [...super.handle(event)];
    for (const effect of all) {
      if (effect.type === 'sign') {
        const signature = sign(standIn, self, effect.bytes);
        all.push(...super.handle({ type: 'signed', id: effect.id, signature }));
      }
      if (effect.type === 'verify') {
        const { id, member, bytes, signature } = effect;
        const ok = equalBytes(signature, sign(standIn, member, bytes));
        all.push(...super.handle({ type: 'verified', id, ok }));
      }
    }
    for (const effect of all) {
      if (effect.type === 'send') this.actors.get(effect.link)?.hear(effect.bytes);
    }
    this.effects = all;
    return all;
  }

  /** A neighbour that has said hello, sent its card and named its neighbours. */
  meet(byte: number, peers: readonly number[] = []): Actor {
    const id = sessionOf(byte);
    const actor = new Actor(this, byte, id);
    const members = [self, ...peers.map(sessionOf)];
    actor.say(hello, cardOf(id), { type: 'peers', members });
    actor.take();
    return actor;
  }

  /** Goes to `untilMs` in steps of 50 ms, all timers firing: stale ones do no harm. */
  live(
    untilMs: number,
    timers: readonly Timer[] = ['round', 'liveness', 'membership'],
  ): OutEvent[] {
    const seen: OutEvent[] = [];
    for (; this.now < untilMs; this.now += 50) {
      for (const timer of timers) seen.push(...this.handle({ type: 'timer', timer }));
    }
    for (const timer of timers) seen.push(...this.handle({ type: 'timer', timer }));
    return seen;
  }

  stateOf(member: SessionId): MemberState | undefined {
    return this.node.members().find(({ id }) => id === member)?.state;
  }
}

export const round: MessageOf<'round'> = {
  type: 'round',
  hidden: false,
  intervalMs: 1000,
  digest: new Uint8Array(8),
  members: new Uint8Array(8),
};

/**
 * Goes to `untilMs` in steps of 10 ms; `answering` answer every echo. @returns states members
 * entered and reasons links were closed for, with times
 */
export function run(
  subject: Attested,
  untilMs: number,
  answering: readonly Actor[] = [],
): [number, string][] {
  const seen: [number, string][] = [];
  for (; subject.now <= untilMs; subject.now += 10) {
    for (const timer of ['round', 'liveness', 'membership'] as const) {
      for (const effect of subject.handle({ type: 'timer', timer })) {
        if (effect.type === 'member') seen.push([subject.now, effect.state]);
        if (effect.type === 'close') seen.push([subject.now, effect.reason]);
      }
    }
    for (const actor of answering) {
      for (const { nonce } of actor.take('echo')) actor.say({ type: 'echoReply', nonce });
    }
  }
  return seen;
}
