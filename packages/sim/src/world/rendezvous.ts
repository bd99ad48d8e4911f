import type { SessionId } from '@grapevine/wire';
import { Ongoing } from './ongoing.ts';
import { below } from './random.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';
import { eventKind } from './kinds.ts';

/** As many as the signaling server names at once. */
const sampleMembers = 8;
/** Who would wait longer is not served. Guess. */
const patienceMs = 10_000;

/** The meeting point: knows who is here now, and carries so much a second. */
export class Rendezvous {
  readonly outages = new Ongoing();
  /** During a partition it stands on this side. */
  side: 0 | 1 = 0;
  /** Samples and offers it carried. */
  served = 0;
  readonly #world: World;
  readonly #random: Random;
  readonly #here: number[] = [];
  readonly #places = new Map<number, number>();
  #freeAt = 0;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.streams.of('rendezvous');
  }

  register(member: number): void {
    if (this.#places.has(member)) return;
    this.#places.set(member, this.#here.length);
    this.#here.push(member);
  }

  unregister(member: number): void {
    const place = this.#places.get(member);
    if (place === undefined) return;
    this.#places.delete(member);
    const last = this.#here.pop();
    if (last === undefined || last === member) return;
    this.#here[place] = last;
    this.#places.set(last, place);
  }

  knows(member: number): boolean {
    return this.#places.has(member);
  }

  reaches(member: number): boolean {
    const { partition } = this.#world.network;
    return !this.outages.active && !(partition.active && partition.side(member) !== this.side);
  }

  /** @returns how long its turn takes to come, undefined where it does not get one */
  turn(): number | undefined {
    const { now, options } = this.#world;
    const wait = Math.max(0, this.#freeAt - now);
    if (wait > patienceMs) return undefined;
    this.#freeAt = now + wait + 1000 / options.introductionsPerSecond;
    this.served++;
    return wait;
  }

  /** Answers with up to 8 others, unless it cannot. */
  ask(member: number): void {
    if (!this.reaches(member)) return;
    const wait = this.turn();
    if (wait === undefined) return;
    const members = this.#sample(member);
    const at = this.#world.now + wait + 2 * this.#world.signalLatency();
    const event = { type: 'introduced', members, by: 'rendezvous' } as const;
    this.#world.queue.push(at, eventKind.event, member, 0, event);
  }

  #sample(member: number): SessionId[] {
    const here = this.#here;
    const chosen = new Set<number>();
    const wanted = Math.min(sampleMembers, here.length - (this.knows(member) ? 1 : 0));
    while (chosen.size < wanted) {
      const other = here[below(this.#random, here.length)];
      if (other !== undefined && other !== member) chosen.add(other);
    }
    return [...chosen].map((other) => this.#world.members[other]?.id ?? '');
  }
}
