import type { InEvent, OutEvent } from '@grapevine/gossip';
import { sessionIdFrom } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import { Dialling } from './dialling.ts';
import { sample } from './distribution.ts';
import { Trace } from './hash.ts';
import type { Direction, Lane, SimLink } from './link.ts';
import { eventKind } from './kinds.ts';
import { Heads, SharedLog } from './log.ts';
import { SimMember } from './member.ts';
import { Network } from './network.ts';
import { noObserver } from './observer.ts';
import type { Observer } from './observer.ts';
import { Ongoing } from './ongoing.ts';
import type { WorldOptions } from './options.ts';
import { EventQueue } from './queue.ts';
import { Streams } from './random.ts';
import type { Random } from './random.ts';
import { Rendezvous } from './rendezvous.ts';

type Validate = Extract<OutEvent, { type: 'validate' }>;

/** A room in virtual time. The same options and the same calls give the same run. */
export class World {
  readonly options: WorldOptions;
  readonly streams: Streams;
  readonly queue = new EventQueue();
  readonly log = new SharedLog();
  readonly members: SimMember[] = [];
  readonly byId = new Map<SessionId, SimMember>();
  readonly network: Network;
  readonly rendezvous: Rendezvous;
  readonly dialling: Dialling;
  readonly trace = new Trace();
  readonly observer: Observer;
  /** Verdicts take up to that many milliseconds longer. */
  readonly slowValidation = new Ongoing();
  /** Members that are on their way: for the first time, or back. */
  coming = 0;
  /** Most links one member had at a time. */
  linksMax = 0;
  /** Repair bytes of members that are no more. */
  #buriedRepairBytes = 0;
  readonly #ids: Random;
  readonly #signals: Random;

  constructor(options: WorldOptions, observer: Observer = noObserver) {
    this.options = options;
    this.observer = observer;
    this.streams = new Streams(options.seed);
    this.#ids = this.streams.of('ids');
    this.#signals = this.streams.of('signals');
    this.network = new Network(this);
    this.rendezvous = new Rendezvous(this);
    this.dialling = new Dialling(this);
  }

  get now(): number {
    return this.queue.now;
  }

  living(): SimMember[] {
    return this.members.filter(({ alive }) => alive);
  }

  get repairBytes(): number {
    let bytes = this.#buriedRepairBytes;
    for (const member of this.members) if (member.alive) bytes += member.node.stats().repairBytes;
    return bytes;
  }

  /** How long a verdict takes now. */
  validationMs(random: Random): number {
    const { active, worst } = this.slowValidation;
    const more = active ? worst * random() : 0;
    return sample(this.options.validationMs, random) + more;
  }

  /** One way of a message that goes through others. */
  signalLatency(): number {
    return sample(this.options.latencyMs, this.#signals);
  }

  after(ms: number, call: () => void): void {
    this.queue.push(this.now + ms, eventKind.call, 0, 0, call);
  }

  /** A new session. @param heads what its storage held */
  spawn(heads: Heads = new Heads()): SimMember {
    const bytes = Uint8Array.from({ length: 16 }, () => Math.floor(this.#ids() * 256));
    const member = new SimMember(this, this.members.length, sessionIdFrom(bytes), heads);
    this.members.push(member);
    this.byId.set(member.id, member);
    const feeds = [...heads.held()].flatMap(([index, seq]) => {
      const shared = this.log.feeds[index];
      return shared === undefined ? [] : [this.log.state(shared, seq)];
    });
    if (feeds.length > 0) member.handle({ type: 'feeds', feeds });
    member.handle({ type: 'start' });
    this.rendezvous.register(member.index);
    this.rendezvous.ask(member.index);
    return member;
  }

  /** A new session that long from now. */
  spawnAfter(ms: number, heads?: Heads): void {
    this.coming++;
    this.after(ms, () => {
      this.coming--;
      this.spawn(heads);
    });
  }

  /** It is no more, and says nothing. */
  crash(member: SimMember): void {
    if (!member.alive) return;
    this.#bury(member);
    this.network.crashed(member.index, [...member.links.keys()]);
  }

  /** It leaves with a goodbye. */
  leave(member: SimMember): void {
    if (!member.alive || member.frozen) return;
    member.handle({ type: 'leave' });
    member.left = true;
    for (const id of member.links.keys()) this.network.closeFrom(member.index, id);
    this.#bury(member);
  }

  /** Nothing happens to it any more until it thaws. @param announced it says so before */
  freeze(member: SimMember, announced: boolean): void {
    if (!member.alive || member.frozen) return;
    if (announced) {
      member.saidAsleep = true;
      member.handle({ type: 'asleep' });
    }
    member.frozen = true;
  }

  thaw(member: SimMember): void {
    if (!member.alive || !member.frozen) return;
    member.frozen = false;
    this.#tellHidden(member);
    const { held } = member;
    member.held = [];
    for (const { kind, b, ref } of held) this.#happen(member, kind, b, ref);
  }

  /** @returns what ends this hiding; the member is seen again once none goes on */
  hide(member: SimMember): () => void {
    const end = member.hiding.begin();
    this.#tellHidden(member);
    return () => {
      end();
      this.#tellHidden(member);
    };
  }

  show(member: SimMember): void {
    member.hiding.endAll();
    this.#tellHidden(member);
  }

  /** Appends one delta of `bytes` to the member's own feed, and pushes it unless told otherwise. */
  write(member: SimMember, bytes: number, pushed = true): void {
    if (!member.alive || member.frozen) return;
    const shared = this.log.write(member.id, bytes, this.now);
    const seq = shared.deltas.length;
    member.heads.set(shared.index, seq);
    this.observer.written(member, shared, seq);
    const feed = this.log.state(shared, seq);
    if (!pushed) return member.handle({ type: 'feeds', feeds: [feed] });
    member.handle({ type: 'append', feed, runs: [this.log.run(shared, seq, seq)] });
  }

  /** Runs everything up to that time. */
  runUntil(time: number): void {
    const { queue } = this;
    while (queue.nextAt <= time && queue.pop()) this.#dispatch();
    queue.now = Math.max(queue.now, time);
  }

  /** What has come through a lane. */
  deliver(link: SimLink, lane: Lane, bytes: Uint8Array | undefined): void {
    const member = this.members[lane.to];
    if (member === undefined || !member.alive || lane.over) return;
    if (member.frozen) {
      const direction = link.lanes[0] === lane ? 0 : 1;
      member.held.push({ kind: eventKind.frame, b: direction, ref: { link, bytes } });
      return;
    }
    this.#receive(member, link, lane, bytes);
  }

  #dispatch(): void {
    const { a, b, kind, ref } = this.queue;
    if (kind === eventKind.frame) {
      this.network.arrived(a, b as Direction, ref as Uint8Array | undefined);
      return;
    }
    if (kind === eventKind.call) {
      (ref as () => void)();
      return;
    }
    const member = this.members[a];
    if (member === undefined || !member.alive) return;
    if (member.frozen) member.held.push({ kind, b, ref });
    else this.#happen(member, kind, b, ref);
  }

  #happen(member: SimMember, kind: number, b: number, ref: unknown): void {
    switch (kind) {
      case eventKind.timer:
        return member.fire(b, ref);
      case eventKind.validate:
        return member.validate(ref as Validate);
      case eventKind.event:
        return this.#event(member, ref as InEvent);
      default: {
        const { link, bytes } = ref as { link: SimLink; bytes: Uint8Array | undefined };
        if (!link.broken) this.#receive(member, link, link.lanes[b as Direction], bytes);
      }
    }
  }

  #event(member: SimMember, event: InEvent): void {
    if (event.type === 'linkUp') {
      const early = this.network.cameUp(event.link, member.index);
      const link = this.network.links[event.link];
      if (early === false || link === undefined) return;
      member.links.set(link.id, link);
      member.wasLinked = true;
      this.linksMax = Math.max(this.linksMax, member.links.size);
      member.handle(event);
      const lane = link.lanes[link.lanes[0].to === member.index ? 0 : 1];
      for (const bytes of early) if (!lane.over) this.#receive(member, link, lane, bytes);
      return;
    }
    if (event.type === 'linkDown') {
      if (!this.network.wentDown(event.link, member.index)) return;
      member.links.delete(event.link);
    }
    member.handle(event);
  }

  #receive(member: SimMember, link: SimLink, lane: Lane, bytes: Uint8Array | undefined): void {
    if (lane.over) return;
    if (!lane.up) {
      (lane.early ??= []).push(bytes);
      return;
    }
    if (bytes === undefined) {
      this.#event(member, { type: 'linkDown', link: link.id, reason: 'lost' });
      return;
    }
    this.trace.add(this.now, lane.from, lane.to, bytes.length);
    this.observer.delivered(link, lane, bytes);
    member.handle({ type: 'frame', link: link.id, bytes });
  }

  /** Frozen pages learn of it as they thaw. */
  #tellHidden(member: SimMember): void {
    const hidden = member.hiding.active;
    if (!member.alive || member.frozen || member.hidden === hidden) return;
    member.hidden = hidden;
    member.handle({ type: 'hidden', hidden });
  }

  #bury(member: SimMember): void {
    this.#buriedRepairBytes += member.node.stats().repairBytes;
    member.alive = false;
    member.diedAt = this.now;
    member.held = [];
    this.rendezvous.unregister(member.index);
  }
}
