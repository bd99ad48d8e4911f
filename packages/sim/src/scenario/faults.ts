import { below, between } from '../world/random.ts';
import type { Random } from '../world/random.ts';
import type { Direction } from '../world/link.ts';
import type { Heads } from '../world/log.ts';
import type { SimMember } from '../world/member.ts';
import type { World } from '../world/world.ts';
import { storageKinds } from './scenario.ts';
import type { FaultKind, FaultSpec } from './scenario.ts';

/** One thing going wrong: to whom, how and for how long is drawn from `random` alone. */
type Strike = (world: World, random: Random, spec: FaultSpec, share: number) => void;

/** Deltas the last moments of a storage may lack. Guess. */
const tornDeltas = 3;
/** A slow link is as slow as a bad mobile connection, bytes a second. Guess. */
const slowBytesPerSecond: readonly [number, number] = [5_000, 100_000];

function someMember(world: World, random: Random): SimMember | undefined {
  const awake = world.members.filter(({ alive, frozen }) => alive && !frozen);
  return awake[below(random, awake.length)];
}

function someLink(world: World, random: Random) {
  const links = world.network.openLinks;
  return links[below(random, links.length)];
}

/** What a person's next session finds in its storage. */
function storageOf(member: SimMember, spec: FaultSpec, random: Random): Heads | undefined {
  const drawn = storageKinds[below(random, storageKinds.length)];
  const kind = spec.storage === 'any' ? drawn : spec.storage;
  if (kind === 'kept') return member.heads.copy();
  if (kind === 'torn') return member.heads.copy(() => below(random, tornDeltas + 1));
  return undefined;
}

function comeBack(world: World, member: SimMember, spec: FaultSpec, random: Random): void {
  const storage = storageOf(member, spec, random);
  const ms = between(random, spec.ms);
  if (spec.storage === 'never') return;
  world.spawnAfter(ms, storage);
}

export const strikes: Readonly<Record<FaultKind, Strike>> = {
  crash: (world, random, spec) => {
    const member = someMember(world, random);
    if (member === undefined || world.living().length < 2) return;
    comeBack(world, member, spec, random);
    world.crash(member);
  },
  leave: (world, random, spec) => {
    const member = someMember(world, random);
    if (member === undefined || world.living().length < 2) return;
    comeBack(world, member, spec, random);
    world.leave(member);
  },
  freeze: (world, random, spec, share) => {
    const member = someMember(world, random);
    if (member === undefined) return;
    world.freeze(member, random() < share);
    world.after(between(random, spec.ms), () => world.thaw(member));
  },
  hide: (world, random, spec) => {
    const member = someMember(world, random);
    if (member === undefined) return;
    world.after(between(random, spec.ms), world.hide(member));
  },
  stall: (world, random, spec) => {
    const link = someLink(world, random);
    const direction: Direction = random() < 0.5 ? 0 : 1;
    if (link !== undefined) world.network.stall(link, direction, between(random, spec.ms));
  },
  cut: (world, random) => {
    const link = someLink(world, random);
    if (link !== undefined) world.network.cut(link);
  },
  double: (world, random) => {
    const link = someLink(world, random);
    if (link !== undefined) world.network.link(link.lanes[0].to, link.lanes[0].from);
  },
  slow: (world, random, spec) => {
    const link = someLink(world, random);
    if (link === undefined || link.slow) return;
    link.slow = true;
    const before = link.lanes.map(({ latencyMs, bytesPerSecond }) => ({
      latencyMs,
      bytesPerSecond,
    }));
    for (const lane of link.lanes) {
      lane.latencyMs *= between(random, spec.factor);
      lane.bytesPerSecond = Math.min(lane.bytesPerSecond, between(random, slowBytesPerSecond));
    }
    world.after(between(random, spec.ms), () => {
      link.slow = false;
      for (const [index, lane] of link.lanes.entries()) Object.assign(lane, before[index]);
    });
  },
  partition: (world, random, spec, share) => {
    if (world.network.partition.active) return;
    const far = between(random, [0.1, 0.5]);
    const salt = Math.floor(random() * 2 ** 31);
    const sides = new Map<number, 0 | 1>();
    // Whoever comes later stands on a side as well.
    const sideOf = (member: number): 0 | 1 => {
      const known = sides.get(member);
      if (known !== undefined) return known;
      const side = world.streams.of('sides', salt ^ member)() < far ? 1 : 0;
      sides.set(member, side);
      return side;
    };
    world.rendezvous.side = random() < 0.5 ? 0 : 1;
    world.network.split(sideOf, random() < share);
    const { epoch } = world.network.partition;
    world.after(between(random, spec.ms), () => {
      if (world.network.partition.epoch === epoch) world.network.heal();
    });
  },
  rendezvousDown: (world, random, spec) => {
    world.after(between(random, spec.ms), world.rendezvous.outages.begin());
  },
  slowValidation: (world, random, spec) => {
    const ms = between(random, spec.ms);
    world.after(ms, world.slowValidation.begin(between(random, spec.factor)));
  },
};

/**
 * Partitions, outages, slow verdicts, freezes and hiding end: what the heal phase begins with.
 * Stalls and slow links run out, members on their way come, and what the world is like stays.
 */
export function healAll(world: World): void {
  world.network.heal();
  world.rendezvous.outages.endAll();
  world.slowValidation.endAll();
  for (const member of world.living()) {
    world.thaw(member);
    world.show(member);
  }
}
