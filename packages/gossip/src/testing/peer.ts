import { DecodeError } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import type { Config } from '../config.ts';
import { InNames, OutNames } from '../frames/dictionary.ts';
import type { InEvent, LinkId, OutEvent } from '../event.ts';
import { FrameWriter, decodeFrame } from '../frames/frame.ts';
import type { Message, MessageOf } from '../frames/message.ts';
import { GossipNode } from '../node.ts';

/** The clock of a node does not run back below 0, but a test may say what was before it begins. */
const originMs = 60_000;

/** A node under test and the time it is told. */
export class Subject {
  readonly node: GossipNode;
  now = 0;
  effects: readonly OutEvent[] = [];

  constructor(config: Config) {
    this.node = new GossipNode(config);
  }

  handle(event: InEvent): readonly OutEvent[] {
    this.effects = this.node.handle(event, originMs + this.now);
    return this.effects;
  }

  /** Effects of one type of the last call. */
  last<T extends OutEvent['type']>(type: T): Extract<OutEvent, { type: T }>[] {
    return this.effects.filter((effect): effect is Extract<OutEvent, { type: T }> => {
      return effect.type === type;
    });
  }
}

/** The other end of one link, played by a test message by message. */
export class Peer {
  readonly link: LinkId;
  readonly id: SessionId;
  readonly #subject: Subject;
  readonly #names = new OutNames();
  readonly #theirNames = new InNames();

  constructor(subject: Subject, link: LinkId, id: SessionId) {
    this.#subject = subject;
    this.link = link;
    this.id = id;
  }

  /**
   * Brings the link up and says hello with `digest`, by default that of an empty log. @returns what
   * the node says
   */
  open(digest = new Uint8Array(8)): Message[] {
    const up = this.#subject.handle({ type: 'linkUp', link: this.link, member: this.id });
    const said = this.#decode(up);
    return [...said, ...this.say({ ...hello, digest })];
  }

  /** Sends one frame. @returns what the node answers on this link */
  say(...messages: Message[]): Message[] {
    return this.heard(
      this.#subject.handle({ type: 'frame', link: this.link, bytes: this.frame(...messages) }),
    );
  }

  frame(...messages: Message[]): Uint8Array {
    const writer = new FrameWriter(this.#names);
    for (const message of messages) writer.add(message);
    const [bytes] = writer.take();
    return bytes ?? new Uint8Array(0);
  }

  heard(effects: readonly OutEvent[]): Message[] {
    return this.#decode(effects);
  }

  #decode(effects: readonly OutEvent[]): Message[] {
    return effects.flatMap((effect) => {
      if (effect.type !== 'send' || effect.link !== this.link) return [];
      const messages = decodeFrame(effect.bytes, this.#theirNames);
      if (messages instanceof DecodeError) throw messages;
      return messages;
    });
  }
}

export const hello: MessageOf<'hello'> = {
  type: 'hello',
  hidden: false,
  intervalMs: 1000,
  incarnation: 1,
  digest: new Uint8Array(8),
  members: new Uint8Array(8),
  info: new Uint8Array(0),
};
