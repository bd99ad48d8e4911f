import { otherEnd } from '../world/link.ts';
import type { SimMember } from '../world/member.ts';
import type { World } from '../world/world.ts';
import { carries, partsOf } from './components.ts';

/** Of a member that is no more, or never had a link. */
const nowhere = -1;

/** How the room fell apart at one moment. */
interface Look {
  at: number;
  /** By member: one number for all who are awake and whom links that carry join. */
  parts: Int32Array;
  /** Of each frozen member: the parts its neighbours are in. */
  frozen: ReadonlyMap<number, ReadonlySet<number>>;
}

/** Which members had no way to each other, looked at again and again. */
export class Separation {
  readonly #keptMs: number;
  readonly #looks: Look[] = [];

  /** @param keptMs what is older is forgotten */
  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  look(world: World): void {
    const { members, network, now } = world;
    const links = network.openLinks.filter((link) => carries(link, world));
    const isFrozen = (index: number): boolean => members[index]?.frozen === true;
    const awake = links.filter(({ lanes: [{ from, to }] }) => !isFrozen(from) && !isFrozen(to));
    const parts = partsOf(members.length, awake);
    const frozen = new Map<number, Set<number>>();
    for (const each of members) if (each.alive && each.frozen) frozen.set(each.index, new Set());
    for (const link of links) {
      for (const { from } of link.lanes) {
        const other = otherEnd(link, from);
        if (!isFrozen(other)) frozen.get(from)?.add(parts[other] as number);
      }
    }
    for (const { alive, index, wasLinked } of members) {
      if (!alive || !wasLinked) parts[index] = nowhere;
    }
    this.#looks.push({ at: now, parts, frozen });
    while ((this.#looks[0]?.at ?? now) < now - this.#keptMs) this.#looks.shift();
  }

  /** Whether at a look since then nothing could come from the one to the other and back. */
  parted(observer: SimMember, subject: SimMember, since: number): boolean {
    return this.#looks.some(
      (look) => look.at >= since && isParted(look, observer.index, subject.index),
    );
  }
}

/** A frozen observer has a way where its neighbours have: who was frozen itself may not accuse. */
function isParted({ frozen, parts }: Look, observer: number, subject: number): boolean {
  const here = parts[observer] ?? nowhere;
  const there = parts[subject] ?? nowhere;
  if (here === nowhere || there === nowhere) return false;
  if (frozen.has(subject)) return true;
  return !(frozen.get(observer)?.has(there) ?? here === there);
}
