import { isUp } from '../world/link.ts';
import type { SimLink } from '../world/link.ts';
import type { World } from '../world/world.ts';

/** By member: one number for all whom these links join, directly or over others. */
export function partsOf(members: number, links: Iterable<SimLink>): Int32Array {
  const above = Int32Array.from({ length: members }, (_, index) => index);
  const rootOf = (member: number): number => {
    let at = member;
    while ((above[at] as number) !== at) {
      above[at] = above[above[at] as number] as number;
      at = above[at] as number;
    }
    return at;
  };
  for (const { lanes } of links) above[rootOf(lanes[0].from)] = rootOf(lanes[0].to);
  return above.map((_, index) => rootOf(index));
}

/** Sizes of the parts into which the living fall by their links, largest first. */
export function components(world: World): number[] {
  const { members } = world;
  const living = world.network.openLinks.filter((link) => joins(link, world));
  const parts = partsOf(members.length, living);
  const sizes = new Map<number, number>();
  for (const { alive, index } of members) {
    const part = parts[index] as number;
    if (alive) sizes.set(part, (sizes.get(part) ?? 0) + 1);
  }
  return [...sizes.values()].sort((a, b) => b - a);
}

/** Both who are on it live. */
export function joins({ lanes: [{ from, to }] }: SimLink, { members }: World): boolean {
  return members[from]?.alive === true && members[to]?.alive === true;
}

/** Both ends live, and what either sends now comes to the other. */
export function carries(link: SimLink, world: World): boolean {
  const { from, to } = link.lanes[0];
  const stands = link.lanes.some(({ stalls }) => stalls > 0);
  return isUp(link) && !stands && joins(link, world) && !world.network.partition.parts(from, to);
}
