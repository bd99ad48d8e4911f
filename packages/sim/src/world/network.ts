import { sample } from './distribution.ts';
import { isUp, laneFrom, laneTo } from './link.ts';
import type { Direction, Lane, SimLink } from './link.ts';
import { Partition } from './partition.ts';
import { between } from './random.ts';
import type { Random } from './random.ts';
import { eventKind } from './kinds.ts';
import type { World } from './world.ts';

/**
 * Links with latency, jitter and bandwidth, and what goes wrong with them. A channel loses nothing
 * while it lives; loss is the end of a link with what was under way on it.
 */
export class Network {
  /** By id; undefined once both ends are done with it. */
  readonly links: (SimLink | undefined)[] = [undefined];
  readonly partition = new Partition();
  readonly #world: World;
  readonly #latency: Random;
  readonly #jitter: Random;
  readonly #stalls: Random;
  readonly #ends: Random;

  constructor(world: World) {
    this.#world = world;
    this.#latency = world.streams.of('latency');
    this.#jitter = world.streams.of('jitter');
    this.#stalls = world.streams.of('stalled sends');
    this.#ends = world.streams.of('ends of links');
  }

  get openLinks(): SimLink[] {
    return this.links.filter((link): link is SimLink => link !== undefined && isUp(link));
  }

  /** A channel opens; the second end sees it a one-way trip later. */
  link(a: number, b: number): SimLink {
    const id = this.links.length;
    const lanes = [this.#lane(a, b), this.#lane(b, a)] as const;
    const link: SimLink = { id, lanes, broken: false, slow: false };
    this.links.push(link);
    const { members, queue } = this.#world;
    for (const lane of link.lanes) {
      const delay = lane.to === b ? lane.latencyMs : 0;
      const peer = members[lane.from];
      if (peer === undefined) continue;
      const event = { type: 'linkUp', link: id, member: peer.id } as const;
      queue.push(queue.now + delay, eventKind.event, lane.to, 0, event);
    }
    return link;
  }

  /** The end at `member` has come to know the link; what came early follows. */
  cameUp(id: number, member: number): (Uint8Array | undefined)[] | false {
    const link = this.links[id];
    if (link === undefined) return false;
    const lane = laneTo(link, member);
    if (lane.over || lane.up) return false;
    lane.up = true;
    const early = lane.early ?? [];
    lane.early = undefined;
    return early;
  }

  send(from: number, id: number, bytes: Uint8Array): void {
    const link = this.links[id];
    if (link === undefined || link.broken) return;
    this.#push(link, laneFrom(link, from), bytes, bytes.length);
  }

  /** The end at `from` lets go; the other learns of it behind what was sent before. */
  closeFrom(from: number, id: number): void {
    const link = this.links[id];
    if (link === undefined) return;
    const here = laneTo(link, from);
    if (here.over) return;
    here.over = true;
    here.early = undefined;
    if (!link.broken) this.#push(link, laneFrom(link, from), undefined, 0);
    this.#forget(link);
  }

  /** A frame or an end has come to the far end of its lane. */
  arrived(id: number, direction: Direction, bytes: Uint8Array | undefined): void {
    const link = this.links[id];
    if (link === undefined || link.broken) return;
    const lane = link.lanes[direction];
    if (lane.held !== undefined || lane.stalls > 0 || this.partition.blocks(lane.from, lane.to)) {
      (lane.held ??= []).push(bytes);
    } else {
      this.#world.deliver(link, lane, bytes);
    }
  }

  /** Both ends are told sooner or later, and nothing more arrives. */
  cut(link: SimLink, noticeMs: readonly [number, number] = [0, 100]): void {
    if (link.broken) return;
    link.broken = true;
    for (const lane of link.lanes) {
      lane.held = undefined;
      lane.early = undefined;
      if (!lane.over) this.#tellDown(link, lane.to, between(this.#ends, noticeMs));
    }
  }

  /** The member is no more: its neighbours hear nothing, and their transport notices at last. */
  crashed(member: number, links: Iterable<number>): void {
    for (const id of links) {
      const link = this.links[id];
      if (link === undefined) continue;
      const gone = laneTo(link, member);
      const far = laneFrom(link, member);
      gone.over = true;
      const ms = between(this.#ends, this.#world.options.lossNoticeMs);
      if (!far.over && !link.broken) this.#tellDown(link, far.to, ms);
      this.#forget(link);
    }
  }

  /** For that long nothing arrives on the lane; afterwards everything does, in order. */
  stall(link: SimLink, direction: Direction, ms: number): void {
    const lane = link.lanes[direction];
    lane.stalls++;
    this.#world.after(ms, () => {
      lane.stalls--;
      this.release(link, direction);
    });
  }

  /** Lets what was held back go on, unless something else holds it. */
  release(link: SimLink, direction: Direction): void {
    const lane = link.lanes[direction];
    if (lane.stalls > 0 || this.partition.blocks(lane.from, lane.to)) return;
    const held = lane.held;
    lane.held = undefined;
    for (const bytes of held ?? []) {
      if (!link.broken) this.#world.deliver(link, lane, bytes);
    }
  }

  /** Splits the room; links across are lost once their transport notices, if it lasts that long. */
  split(sideOf: (member: number) => 0 | 1, oneWay: boolean): void {
    const epoch = this.partition.begin(sideOf, oneWay);
    for (const link of this.openLinks) {
      const [there, back] = link.lanes;
      const across = (lane: Lane): boolean => this.partition.blocks(lane.from, lane.to);
      if (!across(there) && !across(back)) continue;
      this.#world.after(between(this.#ends, this.#world.options.lossNoticeMs), () => {
        if (this.partition.epoch === epoch && this.partition.active) this.cut(link);
      });
    }
  }

  heal(): void {
    if (!this.partition.active) return;
    this.partition.end();
    for (const link of this.links) {
      if (link === undefined) continue;
      for (const direction of [0, 1] as const) {
        if (link.lanes[direction].held !== undefined) this.release(link, direction);
      }
    }
  }

  #lane(from: number, to: number): Lane {
    const { bytesPerSecond, latencyMs } = this.#world.options;
    return {
      from,
      to,
      latencyMs: sample(latencyMs, this.#latency),
      bytesPerSecond,
      busyUntil: 0,
      lastArrival: 0,
      stalls: 0,
      held: undefined,
      up: false,
      over: false,
      early: undefined,
    };
  }

  #push(link: SimLink, lane: Lane, bytes: Uint8Array | undefined, length: number): void {
    const { options, queue } = this.#world;
    const direction = link.lanes[0] === lane ? 0 : 1;
    const { share, ms } = options.stalledSends;
    if (share > 0 && bytes !== undefined && this.#stalls() < share) {
      this.stall(link, direction, between(this.#stalls, ms));
    }
    const start = Math.max(queue.now, lane.busyUntil);
    lane.busyUntil = start + (length * 1000) / lane.bytesPerSecond;
    const jitter = sample(options.jitterMs, this.#jitter);
    const arrival = Math.max(lane.lastArrival, lane.busyUntil + lane.latencyMs + jitter);
    lane.lastArrival = arrival;
    queue.push(arrival, eventKind.frame, link.id, direction, bytes);
  }

  #tellDown(link: SimLink, member: number, ms: number): void {
    const { queue } = this.#world;
    const event = { type: 'linkDown', link: link.id, reason: 'lost' } as const;
    queue.push(queue.now + ms, eventKind.event, member, 0, event);
  }

  /** The end at `member` was told that the link is down. @returns whether that was news */
  wentDown(id: number, member: number): boolean {
    const link = this.links[id];
    if (link === undefined) return false;
    const lane = laneTo(link, member);
    const news = lane.up && !lane.over;
    lane.over = true;
    this.#forget(link);
    return news;
  }

  #forget(link: SimLink): void {
    if (link.lanes[0].over && link.lanes[1].over) this.links[link.id] = undefined;
  }
}
