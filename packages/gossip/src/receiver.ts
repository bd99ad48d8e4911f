import { DecodeError } from '@grapevine/wire';
import type { Core } from './core.ts';
import type { LinkId } from './event.ts';
import { decodeFrame } from './frames/frame.ts';
import type { Head, Message, MessageOf } from './frames/message.ts';
import type { Neighbour } from './links/neighbour.ts';
import type { Aggregates } from './aggregate/aggregates.ts';
import type { Bridge } from './overlay/bridge.ts';
import type { Ephemerals } from './broadcast/ephemerals.ts';
import type { Fetch } from './log/fetch.ts';
import type { Intake } from './log/intake.ts';
import type { Links } from './links/links.ts';
import type { Liveness } from './membership/liveness.ts';
import type { Overlay } from './overlay/overlay.ts';
import type { Repair } from './repair/repair.ts';
import type { Rounds } from './round.ts';
import type { Server } from './log/serve.ts';
import type { Trees } from './broadcast/trees.ts';
import type { Values } from './log/values.ts';

const helloCode = 1;

/** Every protocol that is told something by message. */
interface FrameUsers {
  aggregates: Aggregates;
  bridge: Bridge;
  ephemerals: Ephemerals;
  fetch: Fetch;
  intake: Intake;
  links: Links;
  liveness: Liveness;
  overlay: Overlay;
  repair: Repair;
  rounds: Rounds;
  server: Server;
  trees: Trees;
  values: Values;
}

/** Frames that come in, message by message to the protocol each belongs to. */
export class Receiver {
  readonly #core: Core;
  readonly #users: FrameUsers;

  constructor(core: Core, users: FrameUsers) {
    this.#core = core;
    this.#users = users;
  }

  /** A frame has come: what is in it is applied, unless it does not decode (F2). */
  frame(id: LinkId, bytes: Uint8Array): void {
    const neighbour = this.#core.links.get(id);
    if (neighbour === undefined) return;
    this.#core.stats.framesReceived++;
    this.#core.stats.bytesReceived += bytes.length;
    const opened = neighbour.hello || bytes[0] === helloCode;
    const messages = opened ? decodeFrame(bytes, neighbour.names) : new DecodeError('no hello');
    if (messages instanceof DecodeError) {
      this.#core.close(neighbour, 'protocol');
      return;
    }
    neighbour.link.consume(bytes.length);
    this.#users.liveness.heard(neighbour);
    for (const message of messages) {
      this.#message(neighbour, message);
      if (neighbour.gone) return;
    }
    // Urgent messages may exceed the window, but not by another window; nor may answers to one that does not say what it read.
    const { link, validatingBytes } = neighbour;
    if (Math.max(validatingBytes, link.unackedBytes) > 2 * this.#core.settings.linkUnackedBytes) {
      this.#core.close(neighbour, 'protocol');
    }
  }

  #message(neighbour: Neighbour, message: Message): void {
    switch (message.type) {
      case 'hello':
        return this.#users.links.hello(neighbour, message);
      case 'round':
        this.#users.liveness.round(neighbour, message);
        return this.#users.rounds.heard(neighbour, message);
      case 'ack':
        if (!neighbour.link.acknowledge(message.bytes)) this.#core.close(neighbour, 'protocol');
        return;
      case 'echo':
        return neighbour.link.urgent({ type: 'echoReply', nonce: message.nonce });
      case 'echoReply':
        return this.#users.liveness.echoReply(neighbour, message.nonce);
      case 'run':
        return this.#users.intake.run(neighbour, message);
      case 'have':
        return message.heads.forEach((head) => this.#have(neighbour, head));
      case 'want':
        return message.ranges.forEach((range) => this.#users.server.want(neighbour, range));
      case 'tree':
        return this.#users.repair.tree(neighbour, message);
      case 'leaves':
        return this.#users.repair.leaves(neighbour, message);
      case 'end':
        return this.#users.intake.end(neighbour, message);
      case 'peers':
        this.#users.bridge.heard(neighbour, message.members);
        return this.#users.overlay.told(neighbour);
      case 'signal':
        return this.#users.bridge.signalled(neighbour, message);
      case 'ephemeral':
        return this.#users.ephemerals.heard(neighbour, message);
      case 'valueWant':
        return this.#users.server.wantValue(
          neighbour,
          message.hash,
          message.offset,
          message.length,
        );
      case 'valueChunk':
        return this.#users.values.chunk(neighbour, message);
      case 'valueMissing':
        return this.#users.values.missing(neighbour, message.hash);
      case 'bye':
        this.#users.liveness.left(neighbour);
        neighbour.parting = 'left';
        this.#core.close(neighbour, 'leave');
        return;
      default:
        this.#largeRoom(neighbour, message);
    }
  }

  #largeRoom(
    neighbour: Neighbour,
    message: MessageOf<
      | 'beacon'
      | 'graft'
      | 'prune'
      | 'shuffle'
      | 'shuffleReply'
      | 'disconnect'
      | 'alive'
      | 'suspect'
      | 'vouch'
      | 'gone'
      | 'probe'
      | 'probeReply'
      | 'extrema'
      | 'memberTree'
    >,
  ): void {
    switch (message.type) {
      case 'beacon':
        return this.#users.trees.beacon(neighbour, message);
      case 'graft':
        return this.#users.trees.graft(neighbour, message);
      case 'prune':
        return this.#users.trees.prune(neighbour, message);
      case 'shuffle':
        return this.#users.overlay.shuffle(neighbour, message);
      case 'shuffleReply':
        return this.#users.overlay.shuffleReply(neighbour, message);
      case 'disconnect':
        return this.#users.overlay.disconnect(neighbour, message);
      case 'alive':
        return this.#users.liveness.alive(neighbour, message);
      case 'suspect':
        return this.#users.liveness.suspected(neighbour, message);
      case 'vouch':
        return this.#users.liveness.vouched(neighbour, message);
      case 'gone':
        return this.#users.liveness.gone(neighbour, message);
      case 'probe':
        return this.#users.liveness.probes.heard(neighbour, message);
      case 'probeReply':
        return this.#users.liveness.probes.replied(neighbour, message);
      case 'extrema':
        return this.#users.aggregates.heard(neighbour, message);
      case 'memberTree':
        return this.#users.repair.memberTree(neighbour, message);
    }
  }

  #have(neighbour: Neighbour, head: Head): void {
    neighbour.offer(head.session, head.seq);
    this.#users.fetch.claim(neighbour, head, { eager: false, ended: false, rumour: true });
  }
}
