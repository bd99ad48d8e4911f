import type { MemberState } from '@grapevine/gossip';
import type { SimMember } from '../world/member.ts';
import type { World } from '../world/world.ts';
import { Separation } from './separation.ts';

/** The longest suspicion without local health in a room of ten; it grows with log10 N (M6). */
const suspicionMs = 12_000;
/** Until a neighbour counts as silent: 2.25 intervals and an echo of at most 2 s (M4), rounded up. */
const silenceMs = 5000;

/** The largest room there is (--nodes). */
const mostMembers = 20_000;

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
  /** Deaths of the living that began when somebody had no way to them. */
  excused = 0;
  readonly separation = new Separation(graceMs(mostMembers));
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
    if (this.#isExcused(world, observer, subject)) this.excused++;
    else this.wrong.push({ at: world.now, observer: observer.index, subject: subject.index });
  }

  /** By a partition between the two, a freeze of the subject, stalls. */
  #isExcused(world: World, observer: SimMember, subject: SimMember): boolean {
    const grace = graceMs(world.living().length);
    return this.separation.parted(observer, subject, world.now - grace);
  }
}

/** How long a suspicion that arose while there was no way may take to become a death. */
function graceMs(members: number): number {
  return silenceMs + suspicionMs * Math.max(1, Math.log10(members));
}
