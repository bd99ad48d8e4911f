import type { InEvent } from '@grapevine/gossip';
import type { SessionId } from '@grapevine/wire';
import { sample } from './distribution.ts';
import { isUp, otherEnd } from './link.ts';
import type { SimMember } from './member.ts';
import { between } from './random.ts';
import type { Random } from './random.ts';
import { eventKind } from './kinds.ts';
import type { World } from './world.ts';

type Failure = Extract<InEvent, { type: 'dialFailed' }>['reason'];

/** One handshake under way between two members, whoever asked for it. */
interface Attempt {
  dialers: Set<number>;
}

/**
 * From `dial` to a link or to its failure. Offers go through a common neighbour, over two relays,
 * or through the rendezvous; what is said in them is not simulated.
 */
export class Dialling {
  readonly #world: World;
  readonly #random: Random;
  readonly #attempts = new Map<number, Attempt>();

  constructor(world: World) {
    this.#world = world;
    this.#random = world.streams.of('dialling');
  }

  dial(from: SimMember, id: SessionId, urgent: boolean): void {
    const to = this.#world.byId.get(id);
    if (to === undefined || to === from) return this.#fail(from.index, id, 'absent');
    const key = pairKey(from.index, to.index);
    const before = this.#attempts.get(key);
    if (before !== undefined) {
      before.dialers.add(from.index);
      return;
    }
    if (this.#linked(from, to)) return this.#fail(from.index, id, 'refused');
    const attempt = { dialers: new Set([from.index]) };
    this.#attempts.set(key, attempt);
    this.#offer(from, to, attempt, urgent);
  }

  #offer(from: SimMember, to: SimMember, attempt: Attempt, urgent: boolean): void {
    const world = this.#world;
    const { signalLoss } = world.options;
    if (!to.alive) {
      const told = world.rendezvous.reaches(from.index);
      const ms = told ? 2 * world.signalLatency() : this.#timeout();
      return this.#end(from, to, attempt, told ? 'absent' : 'failed', ms);
    }
    const way = this.#way(from, to);
    if (way === undefined || this.#random() < signalLoss) {
      return this.#end(from, to, attempt, 'failed', this.#timeout());
    }
    world.after(way, () => this.#answer(from, to, attempt, urgent, way));
  }

  /** The offer has come to `to`. */
  #answer(from: SimMember, to: SimMember, attempt: Attempt, urgent: boolean, way: number): void {
    const world = this.#world;
    const { handshakeFailure, handshakeMs, signalDuplicate } = world.options;
    if (!to.alive || to.frozen) return this.#end(from, to, attempt, 'failed', this.#timeout());
    if (!attempt.dialers.has(to.index) && !to.node.accepts(from.id, urgent)) {
      return this.#end(from, to, attempt, 'refused', way);
    }
    const lost =
      this.#random() < handshakeFailure ||
      this.#unconnectable(from.index, to.index) ||
      world.network.partition.parts(from.index, to.index);
    if (lost) return this.#end(from, to, attempt, 'failed', this.#timeout());
    const twice = this.#random() < signalDuplicate;
    world.after(way + sample(handshakeMs, this.#random), () => {
      if (!from.alive || !to.alive) return this.#end(from, to, attempt, 'failed', 0);
      this.#attempts.delete(pairKey(from.index, to.index));
      world.network.link(from.index, to.index);
      if (twice) world.network.link(to.index, from.index);
    });
  }

  /** How long an offer is under way; undefined where there is no way. */
  #way(from: SimMember, to: SimMember): number | undefined {
    const world = this.#world;
    const hops = this.#relays(from, to);
    if (hops !== undefined) {
      let ms = 0;
      for (let hop = 0; hop <= hops; hop++) ms += world.signalLatency();
      return ms;
    }
    const { rendezvous } = world;
    if (!rendezvous.reaches(from.index) || !rendezvous.reaches(to.index)) return undefined;
    const wait = rendezvous.turn();
    return wait === undefined ? undefined : wait + 2 * world.signalLatency();
  }

  /** Relays between the two, at most 2; undefined where they are further apart. */
  #relays(from: SimMember, to: SimMember): number | undefined {
    const near = new Set(this.#carriers(from));
    const far = [...this.#carriers(to)];
    if (far.some((member) => near.has(member))) return 1;
    for (const member of far) {
      for (const next of this.#carriers(member)) if (near.has(next)) return 2;
    }
    return undefined;
  }

  *#carriers(member: SimMember): Generator<SimMember> {
    const { members, network } = this.#world;
    for (const link of member.links.values()) {
      const other = members[otherEnd(link, member.index)];
      if (other === undefined || !other.alive || other.frozen || !isUp(link)) continue;
      if (!network.partition.parts(member.index, other.index)) yield other;
    }
  }

  #linked(from: SimMember, to: SimMember): boolean {
    for (const link of from.links.values()) {
      if (otherEnd(link, from.index) === to.index && isUp(link)) return true;
    }
    return false;
  }

  #unconnectable(a: number, b: number): boolean {
    const { options, streams } = this.#world;
    if (options.unconnectable === 0) return false;
    return streams.of('pair', pairKey(a, b) % 2 ** 31)() < options.unconnectable;
  }

  #timeout(): number {
    return between(this.#random, this.#world.options.dialTimeoutMs);
  }

  #end(from: SimMember, to: SimMember, attempt: Attempt, reason: Failure, ms: number): void {
    this.#world.after(ms, () => {
      this.#attempts.delete(pairKey(from.index, to.index));
      for (const dialer of attempt.dialers) {
        this.#fail(dialer, dialer === from.index ? to.id : from.id, reason);
      }
    });
  }

  #fail(dialer: number, member: SessionId, reason: Failure): void {
    const { queue } = this.#world;
    const event = { type: 'dialFailed', member, reason } as const;
    queue.push(queue.now, eventKind.event, dialer, 0, event);
  }
}

/** One number for two members, whichever comes first; rooms have fewer than 2^24. */
export function pairKey(a: number, b: number): number {
  return Math.min(a, b) * 2 ** 24 + Math.max(a, b);
}
