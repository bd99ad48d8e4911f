import { equalBytes } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import type { Core } from './core.ts';
import type { LinkId } from './event.ts';
import type { Fetch } from './fetch.ts';
import type { Liveness } from './liveness.ts';
import type { MessageOf } from './message.ts';
import { Neighbour } from './neighbour.ts';
import type { Peers } from './peers.ts';
import type { Repair } from './repair.ts';
import type { Rounds } from './round.ts';
import type { Server } from './serve.ts';
import type { Values } from './values.ts';

/** What a link's coming and going means to every protocol. */
export interface LinkUsers {
  fetch: Fetch;
  liveness: Liveness;
  peers: Peers;
  repair: Repair;
  rounds: Rounds;
  server: Server;
  values: Values;
}

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
    const { active, feeds, links, now, settings, stats } = this.#core;
    const { liveness, peers, rounds } = this.#users;
    const neighbour = new Neighbour(id, member, settings, stats, now);
    const older = active.get(member);
    links.set(id, neighbour);
    neighbour.link.urgent(rounds.hello());
    neighbour.told = feeds.digest;
    liveness.echo(neighbour);
    if (older === undefined) {
      active.set(member, neighbour);
      peers.tellAll();
    } else {
      peers.tell(neighbour);
      if (settings.self < member) {
        active.set(member, neighbour);
        this.#core.close(older, 'replaced');
      }
    }
    liveness.tick();
  }

  hello(neighbour: Neighbour, message: MessageOf<'hello'>): void {
    const { liveness } = this.#users;
    neighbour.hello = true;
    neighbour.intervalMs = message.intervalMs;
    neighbour.digest = message.digest;
    this.#core.active.set(neighbour.member, neighbour);
    liveness.hello(neighbour, message);
    liveness.tick();
    // One of the two opens the descent, and it is always the same one.
    if (this.#core.settings.self < neighbour.member) this.#compare(neighbour);
  }

  down(id: LinkId): void {
    const neighbour = this.#core.links.get(id);
    if (neighbour === undefined) return;
    neighbour.gone = true;
    this.#forget(neighbour);
    if (!this.#core.active.has(neighbour.member)) this.#users.peers.lost(neighbour.member);
  }

  /** Lets go of the links closed while the event was handled. */
  sweep(): void {
    for (;;) {
      const closed = this.#core.closing.shift();
      if (closed === undefined) return;
      this.#forget(closed);
    }
  }

  #forget(neighbour: Neighbour): void {
    const { active, links } = this.#core;
    const { fetch, liveness, peers, server, values } = this.#users;
    const { member } = neighbour;
    links.delete(neighbour.id);
    server.drop(neighbour);
    values.dropNeighbour(neighbour);
    if (active.get(member) === neighbour) {
      active.delete(member);
      const other = [...links.values()].findLast((link) => link.member === member && !link.gone);
      if (other === undefined) peers.tellAll();
      else this.#promote(other);
    }
    fetch.dropNeighbour(neighbour);
    liveness.tick();
  }

  /** What was under way on the other link may be lost: compares at once. */
  #promote(neighbour: Neighbour): void {
    this.#core.active.set(neighbour.member, neighbour);
    this.#users.peers.tell(neighbour);
    this.#users.rounds.tell(neighbour);
    this.#compare(neighbour);
  }

  #compare(neighbour: Neighbour): void {
    const { digest } = neighbour;
    if (digest === undefined || equalBytes(digest, this.#core.feeds.digest)) return;
    this.#users.repair.query(neighbour, '');
  }
}
