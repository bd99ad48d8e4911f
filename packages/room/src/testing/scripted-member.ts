import type { Link, PendingLink, Signaling, Transport } from '@grapevine/ports';
import { seededRandom } from '@grapevine/ports/conformance';
import {
  deriveRoomKeys,
  loadCrypto,
  Log,
  openSession,
  parseRoomLink,
  type Crypto,
  type DeltaDraft,
  type RoomKeys,
  type Run,
  type Session,
} from '@grapevine/replica';
import { concat } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import { Connector } from '../links/connector.ts';
import { Problems } from '../problems.ts';
import { card, frameType, hello, message, messagesIn, names, run } from './frames.ts';
import type { World } from './world.ts';

/** One link of a scripted member, from when it opened or from when its handshake was done. */
class ScriptedLink {
  readonly member: SessionId;
  readonly link: Link;
  readonly received: { type: number; body: Uint8Array }[] = [];
  isOpen = true;
  #named = 0;
  onMessage: (message: { type: number; body: Uint8Array }) => void = () => undefined;

  constructor(member: SessionId, link: Link, early: readonly Uint8Array[]) {
    this.member = member;
    this.link = link;
    link.onClose = () => {
      this.isOpen = false;
    };
    const take = (frame: Uint8Array) => {
      for (const part of messagesIn(frame)) {
        this.received.push(part);
        this.onMessage(part);
      }
    };
    for (const frame of early) take(frame);
    link.onMessage = take;
  }

  /** One frame of several messages. */
  send(...messages: Uint8Array[]): void {
    this.link.send(concat(...messages));
  }

  /** Names a session. @returns its number */
  name(session: SessionId): number {
    this.send(names(session));
    return this.#named++;
  }

  sendRuns(runs: readonly Run[]): void {
    const [first] = runs;
    if (!first) return;
    const number = this.name(first.session);
    for (const { bytes } of runs) this.send(run(number, bytes));
  }

  /** As a neighbour that is alive and answers, and knows nothing. */
  greet(info?: unknown): void {
    this.send(info === undefined ? hello() : hello(info));
    this.onMessage = ({ type, body }) => {
      if (this.isOpen && type === frameType.echo) this.send(message(frameType.echoReply, body));
    };
  }
}

/**
 * A member that keeps no rule it does not want to: it knows the room and proves who it is, and says what the test makes it say. Its log takes any payload.
 */
export class ScriptedMember {
  readonly keys: RoomKeys;
  readonly session: Session;
  readonly crypto: Crypto;
  readonly log: Log;
  readonly links: ScriptedLink[] = [];
  readonly connector: Connector;
  onLinked: (link: ScriptedLink) => void = (link) => this.greet(link);
  /** Gets the links before the handshake, which is not made then. */
  onRaw: ((link: Link) => void) | undefined;
  readonly #server: Signaling;
  #hlc: number;

  constructor(world: World, keys: RoomKeys, session: Session, crypto: Crypto) {
    this.keys = keys;
    this.session = session;
    this.crypto = crypto;
    this.log = anyLog(keys, crypto);
    this.#hlc = world.clock.now() * 1_024;
    const server = world.server.connect();
    this.#server = server;
    this.connector = new Connector({
      session,
      keys,
      crypto,
      clock: world.clock,
      random: seededRandom(77),
      problems: new Problems(() => undefined),
      webrtc: this.#tap(world.createTransport('Mallory')),
      tabs: undefined,
      routes: () => ['server'],
      send: (_route, to, sealed) => server.send(to, sealed),
      accepts: () => true,
      isLinked: (member) => this.linkTo(member) !== undefined,
      onDialFailed: () => undefined,
      onLink: ({ member, link, early }) => this.#linked(new ScriptedLink(member, link, early)),
      onChange: () => undefined,
    });
    this.connector.start();
    server.open(keys.topicText, session.id, {
      onMembers: (members) => {
        for (const member of members) this.connector.dial(member, true);
      },
      onMessage: (from, data) => this.connector.receive(from, data, 'server'),
      onAbsent: () => undefined,
      onState: () => undefined,
    });
  }

  get id(): SessionId {
    return this.session.id;
  }

  /** As a neighbour that is alive, says who it is, and knows nothing. */
  greet(link: ScriptedLink, info?: unknown): void {
    link.greet(info);
    void card(this.session, { info }).then((bytes) => {
      if (link.isOpen) link.send(bytes);
    });
  }

  linkTo(member: SessionId): ScriptedLink | undefined {
    return this.links.findLast((link) => link.isOpen && link.member === member);
  }

  /** A link that is open, greeted if `onLinked` does so. */
  async linkedTo(world: World, member: SessionId): Promise<ScriptedLink> {
    let link: ScriptedLink | undefined;
    await world.until('Mallory is linked', () => {
      link = this.linkTo(member);
      if (!link) this.connector.dial(member, true);
      return link !== undefined;
    });
    if (!link) throw new Error('a link');
    return link;
  }

  /** Signed and chained as it must be, whatever the payload. */
  async write(log: Log, ...drafts: Partial<DeltaDraft>[]): Promise<readonly Run[]> {
    const whole = drafts.map((draft) => ({
      kind: 1,
      document: '',
      body: new Uint8Array(),
      values: [],
      ...draft,
    }));
    log.author(this.session, whole, () => ++this.#hlc);
    return (await log.seal(this.session)).runs;
  }

  /** Time of what is written from now on. */
  setHlc(hlc: number): void {
    this.#hlc = hlc;
  }

  stop(): void {
    this.connector.stop();
    this.#server.close();
    for (const { link } of this.links) link.close();
  }

  #linked(link: ScriptedLink): void {
    this.links.push(link);
    this.onLinked(link);
  }

  #tap(transport: Transport): Transport {
    return {
      name: transport.name,
      connect: (self, peer, signal): PendingLink => {
        const pending = transport.connect(self, peer, signal);
        const opened = pending.opened.then((link) => {
          if (!this.onRaw) return link;
          this.onRaw(link);
          return new Promise<Link>(() => undefined);
        });
        opened.catch(() => undefined);
        return {
          receive: (bytes) => pending.receive(bytes),
          abort: () => pending.abort(),
          opened,
        };
      },
      close: () => transport.close(),
    };
  }
}

/** A log of the room without rules about payloads. */
export function anyLog({ topic, writePublicKey }: RoomKeys, crypto: Crypto): Log {
  return new Log({ topic, writePublicKey, crypto, rules: new Map() });
}

/** @param seed makes another session */
export async function identify(link: string, seed: number) {
  const crypto = await loadCrypto();
  const keys = await deriveRoomKeys(parseRoomLink(link), crypto);
  const session = await openSession(keys, await crypto.generateKey(), seededRandom(seed));
  return { keys, session, crypto };
}

export async function scriptMember(world: World, link: string): Promise<ScriptedMember> {
  const { keys, session, crypto } = await identify(link, 9);
  return new ScriptedMember(world, keys, session, crypto);
}
