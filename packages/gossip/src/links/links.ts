import type { SessionId } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { LinkId } from '../event.ts';
import type { Fetch } from '../log/fetch.ts';
import type { Liveness } from '../membership/liveness.ts';
import type { MessageOf } from '../frames/message.ts';
import { Neighbour } from './neighbour.ts';
import type { Ephemerals } from '../broadcast/ephemerals.ts';
import type { Trees } from '../broadcast/trees.ts';
import type { Bridge } from '../overlay/bridge.ts';
import type { Overlay, Parting } from '../overlay/overlay.ts';
import type { Rounds } from '../round.ts';
import type { Server } from '../log/serve.ts';
import type { Values } from '../log/values.ts';

/** What a link's coming and going means to every protocol. */
export interface LinkUsers {
  fetch: Fetch;
  liveness: Liveness;
  bridge: Bridge;
  overlay: Overlay;
  trees: Trees;
  ephemerals: Ephemerals;
  rounds: Rounds;
  server: Server;
  values: Values;
}

/**
 * Links of one member. The lower session id closes all but one; where more came up at once, each end may take another
 * for the newest, so the higher leaves it a choice. Guess: nobody dials so often at a time.
 */
const linksOfMember = 4;

/**
 * Links coming up, greeting and going down. G11: of two links to one member the lower session id
 * keeps the newer and closes the older;
 * the higher closes neither, sends on the one whose hello came last, and reads both.
 */
export class Links {
  readonly #core: Core;
  readonly #users: LinkUsers;

  constructor(core: Core, users: LinkUsers) {
    this.#core = core;
    this.#users = users;
  }

  up(id: LinkId, member: SessionId): void {
    const { active, feeds, now, settings, stats } = this.#core;
    const { bridge, liveness, rounds } = this.#users;
    const neighbour = new Neighbour(id, member, settings, stats, now);
    const older = active.get(member);
    this.#makeRoom(member);
    this.#core.addLink(neighbour);
    neighbour.link.urgent(rounds.hello());
    neighbour.told = feeds.digest;
    liveness.greet(neighbour);
    if (older === undefined) {
      this.#activate(neighbour);
      bridge.tellAll();
    } else {
      bridge.tell(neighbour);
      if (settings.self < member) {
        this.#activate(neighbour);
        this.#core.close(older, 'replaced');
      }
    }
    liveness.tick();
  }

  hello(neighbour: Neighbour, message: MessageOf<'hello'>): void {
    const { ephemerals, liveness, overlay, trees } = this.#users;
    if (neighbour.hello) return this.#core.close(neighbour, 'protocol');
    neighbour.hello = true;
    this.#activate(neighbour);
    liveness.hello(neighbour, message);
    overlay.entered(neighbour);
    trees.entered(neighbour);
    ephemerals.entered(neighbour);
    liveness.tick();
    this.#users.rounds.greeted(neighbour, message);
  }

  down(id: LinkId, parting: Parting): void {
    const neighbour = this.#core.links.get(id);
    if (neighbour === undefined) return;
    neighbour.gone = true;
    this.#forget(neighbour, neighbour.partsAt === undefined ? parting : neighbour.parting);
  }

  /** Lets go of the links closed while the event was handled. */
  sweep(): void {
    const { closing } = this.#core;
    while (closing.length > 0) {
      const closed = closing.shift();
      if (closed !== undefined) this.#forget(closed, closed.parting);
    }
  }

  #forget(neighbour: Neighbour, parting: Parting): void {
    const { active, links } = this.#core;
    const { bridge, fetch, liveness, overlay, server, trees, values } = this.#users;
    const { member } = neighbour;
    links.delete(neighbour.id);
    server.drop(neighbour);
    values.dropNeighbour(neighbour);
    if (active.get(member) === neighbour) {
      active.delete(member);
      this.#users.rounds.linksChanged();
      const other = [...links.values()].findLast((link) => link.member === member && !link.gone);
      if (other === undefined) {
        trees.left(neighbour, parting);
        bridge.tellAll();
        liveness.parted(neighbour, parting);
        overlay.parted(neighbour, parting);
      } else {
        this.#promote(other);
      }
    }
    fetch.dropNeighbour(neighbour);
    liveness.tick();
  }

  /** For one more link of that member. */
  #makeRoom(member: SessionId): void {
    const { active, links } = this.#core;
    const held = [...links.values()].filter((link) => link.member === member && !link.gone);
    const unused = held.find((link) => link !== active.get(member));
    if (held.length >= linksOfMember && unused !== undefined) this.#core.close(unused, 'replaced');
  }

  /** What is sent to that member goes on this link from now on. */
  #activate(neighbour: Neighbour): void {
    this.#core.active.set(neighbour.member, neighbour);
    this.#users.rounds.linksChanged();
  }

  /** What was under way on the other link may be lost: compares at once. */
  #promote(neighbour: Neighbour): void {
    this.#activate(neighbour);
    this.#users.bridge.tell(neighbour);
    this.#users.trees.entered(neighbour);
    this.#users.rounds.tell(neighbour);
    this.#users.rounds.compare(neighbour);
  }
}
