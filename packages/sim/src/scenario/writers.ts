import { below, between, wait } from '../world/random.ts';
import type { Random } from '../world/random.ts';
import type { SimMember } from '../world/member.ts';
import type { World } from '../world/world.ts';

/** The members that write, in turns; who dies is replaced by somebody else. */
export class Senders {
  readonly #members: SimMember[] = [];
  readonly #random: Random;
  #turn = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** @param count 0 for anybody */
  next(world: World, count: number): SimMember | undefined {
    const able = (member: SimMember): boolean => member.alive && !member.frozen;
    if (count === 0) return this.#anybody(world.members.filter(able));
    const place = this.#turn++ % count;
    const kept = this.#members[place];
    if (kept !== undefined && able(kept)) return kept;
    const others = world.members.filter((each) => able(each) && !this.#members.includes(each));
    const chosen = this.#anybody(others) ?? this.#anybody(world.members.filter(able));
    if (chosen !== undefined) this.#members[place] = chosen;
    return chosen;
  }

  #anybody(members: readonly SimMember[]): SimMember | undefined {
    return members[below(this.#random, members.length)];
  }
}

/** What a phase says of writes, as drawn for this run. */
export interface Writes {
  perSecond: number;
  senders: number;
  bytes: readonly [number, number];
  once: boolean;
  spreadMs: number;
}

export function scheduleWrites(
  world: World,
  { bytes: sizes, once, perSecond, senders: count, spreadMs }: Writes,
  end: number,
  senders: Senders,
  random: Random,
): void {
  const bytes = (): number => Math.floor(between(random, sizes));
  if (once) {
    for (const member of world.living()) {
      world.after(random() * spreadMs, () => world.write(member, bytes()));
    }
    return;
  }
  const step = (): void => {
    const member = senders.next(world, count);
    if (member !== undefined) world.write(member, bytes());
    next();
  };
  // Rotating senders keep a beat; a crowd writes when it likes.
  const next = (): void => {
    const ms = count > 0 ? 1000 / perSecond : wait(random, perSecond / 1000);
    if (world.now + ms < end) world.after(ms, step);
  };
  next();
}
