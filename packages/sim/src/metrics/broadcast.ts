import { otherEnd } from '../world/link.ts';
import type { SharedFeed } from '../world/log.ts';
import type { SimMember } from '../world/member.ts';
import type { World } from '../world/world.ts';
import { eccentricity } from './dijkstra.ts';

/** What a delta is counted for: before trees have formed, or after. */
export type Temperature = 'cold' | 'warm';

/** One delta on its way to everybody who was there when it was written. */
export interface Tracked {
  temperature: Temperature;
  at: number;
  /** Members to get it. */
  targets: number;
  received: number;
  lastAt: number;
  lastHops: number;
  /** By member: links it came over, 255 for those it has not come to. */
  hops: Uint8Array;
  /** Milliseconds to the furthest member over the links of that moment; undefined where not asked. */
  idealMs: number | undefined;
}

/** Copies of payloads and what came of them, in one stretch of time. */
export interface Copies {
  /** Deltas that arrived, wanted or not. */
  copies: number;
  /** Deltas taken. */
  accepted: number;
}

const notYet = 255;
/** Eccentricities cost a shortest-path search each: as many are made of each temperature. */
const idealsMax = 60;

/** How deltas spread. */
export class Broadcast {
  readonly counts: Record<Temperature | 'other', Copies> = {
    cold: { copies: 0, accepted: 0 },
    warm: { copies: 0, accepted: 0 },
    other: { copies: 0, accepted: 0 },
  };
  readonly tracked: Tracked[] = [];
  /** Milliseconds from writing to taking, of tracked deltas. */
  readonly delays: Record<Temperature, number[]> = { cold: [], warm: [] };
  /** What is being measured now. */
  stretch: Temperature | 'other' = 'other';
  #byFeed: Map<number, Tracked>[] = [];
  readonly #ideals = { cold: 0, warm: 0 };

  copied(deltas: number): void {
    this.counts[this.stretch].copies += deltas;
  }

  /** Deltas of a measured stretch are followed to their last receiver. */
  written(world: World, member: SimMember, feed: SharedFeed, seq: number): void {
    const temperature = this.stretch;
    if (temperature === 'other') return;
    const hops = new Uint8Array(world.members.length).fill(notYet);
    hops[member.index] = 0;
    const targets = world.living().length - 1;
    const wantsIdeal = this.#ideals[temperature]++ < idealsMax;
    const idealMs = wantsIdeal ? eccentricity(world, member.index) : undefined;
    const { now: at } = world;
    const course = { targets, received: 0, lastAt: at, lastHops: 0 };
    const tracked = { temperature, at, ...course, hops, idealMs };
    this.tracked.push(tracked);
    (this.#byFeed[feed.index] ??= new Map()).set(seq, tracked);
  }

  accepted(
    world: World,
    member: SimMember,
    feed: SharedFeed,
    span: [number, number],
    link: number,
  ): void {
    const [from, to] = span;
    this.counts[this.stretch].accepted += to - from + 1;
    const tracked = this.#byFeed[feed.index];
    if (tracked === undefined) return;
    const via = world.network.links[link];
    const source = via === undefined ? undefined : otherEnd(via, member.index);
    for (let seq = from; seq <= to; seq++) {
      const delta = tracked.get(seq);
      if (delta === undefined || delta.hops[member.index] !== notYet) continue;
      const before = source === undefined ? 0 : (delta.hops[source] ?? 0);
      const hops = Math.min(notYet - 1, (before === notYet ? 0 : before) + 1);
      delta.hops[member.index] = hops;
      delta.received++;
      delta.lastAt = world.now;
      delta.lastHops = Math.max(delta.lastHops, hops);
      this.delays[delta.temperature].push(world.now - delta.at);
    }
  }

  /** Copies beyond the one each taker needs, per taker; undefined where nothing was taken. */
  redundancy(temperature: Temperature): number | undefined {
    const { copies, accepted } = this.counts[temperature];
    return accepted === 0 ? undefined : copies / accepted - 1;
  }
}
