import type { MemberState } from '@grapevine/gossip';
import type { SimMember } from '../world/member.ts';
import type { World } from '../world/world.ts';

/**
 * After a partition, a freeze or a time without links a death may still be the late word about it:
 * the longest suspicion with some local health, and the room's way to tell. Guess.
 */
const excuseMs = 60_000;

export interface FalseDeath {
  at: number;
  observer: number;
  subject: number;
}

/** Who was held dead, rightly and wrongly. */
export class Deaths {
  /** Milliseconds from a crash to the moment one survivor held it for dead, one of each pair. */
  readonly detections: number[] = [];
  readonly wrong: FalseDeath[] = [];
  /** Deaths of the living that a partition, a freeze or a time without links explains. */
  excused = 0;
  readonly #seen = new Set<number>();

  judged(world: World, observer: SimMember, subject: SimMember, state: MemberState): void {
    if (state !== 'dead') return;
    if (!subject.alive) {
      const pair = observer.index * 2 ** 24 + subject.index;
      if (subject.left || this.#seen.has(pair)) return;
      this.#seen.add(pair);
      this.detections.push(world.now - subject.diedAt);
      return;
    }
    if (isExcused(world, observer, subject)) this.excused++;
    else this.wrong.push({ at: world.now, observer: observer.index, subject: subject.index });
  }
}

function isExcused(world: World, observer: SimMember, subject: SimMember): boolean {
  const since = world.now - excuseMs;
  const { partition } = world.network;
  if (partition.active || partition.endedAt >= since) return true;
  if (subject.frozen || subject.frozenAt >= since) return true;
  return [observer, subject].some((member) => wasIsolated(member, since));
}

/** Other than while it was new: then it had no link yet. */
function wasIsolated(member: SimMember, since: number): boolean {
  if (member.isIsolated) return true;
  return member.isolatedAt >= since && member.isolatedAt > member.startedAt;
}
