import type { MemberState } from '@grapevine/gossip';
import type { SessionId } from '@grapevine/wire';
import type { Lane, SimLink } from '../world/link.ts';
import type { SharedFeed } from '../world/log.ts';
import type { SimMember } from '../world/member.ts';
import type { CloseReason, Observer } from '../world/observer.ts';
import type { World } from '../world/world.ts';
import { Broadcast } from './broadcast.ts';
import { Deaths } from './deaths.ts';
import { Wiretap } from './wiretap.ts';

/** Everything measured while a world runs. */
export class Recorder implements Observer {
  readonly broadcast = new Broadcast();
  readonly deaths = new Deaths();
  readonly tap: Wiretap;
  readonly closes = new Map<CloseReason, number>();
  /** Runs no honest member could have sent, in words. */
  readonly rejections: string[] = [];
  frames = 0;
  bytes = 0;
  #world: World | undefined;

  /** @param closely listens to every link for deltas pushed twice */
  constructor(closely: boolean) {
    this.tap = new Wiretap(closely);
  }

  /** Before anything happens in it. */
  watch(world: World): void {
    this.#world = world;
  }

  delivered(_link: SimLink, lane: Lane, bytes: Uint8Array): void {
    this.frames++;
    this.bytes += bytes.length;
    const deltas = this.tap.hear(lane, bytes);
    if (deltas > 0) this.broadcast.copied(deltas);
  }

  written(member: SimMember, feed: SharedFeed, seq: number): void {
    if (this.#world === undefined) return;
    this.broadcast.written(this.#world, member, feed, seq);
  }

  accepted(member: SimMember, feed: SharedFeed, from: number, to: number, link: number): void {
    if (this.#world === undefined) return;
    this.broadcast.accepted(this.#world, member, feed, [from, to], link);
  }

  rejected(member: SimMember, reason: string): void {
    this.rejections.push(`member ${member.index}: ${reason}`);
  }

  judged(member: SimMember, about: SessionId, state: MemberState): void {
    const subject = this.#world?.byId.get(about);
    if (this.#world === undefined || subject === undefined) return;
    this.deaths.judged(this.#world, member, subject, state);
  }

  closed(_member: SimMember, reason: CloseReason): void {
    this.closes.set(reason, (this.closes.get(reason) ?? 0) + 1);
  }
}
