import type { World } from '../world/world.ts';

/** Sizes of the parts into which the living fall by their links, largest first. */
export function components(world: World): number[] {
  const above = Int32Array.from(world.members, (_, index) => index);
  const rootOf = (member: number): number => {
    let at = member;
    while ((above[at] as number) !== at) {
      above[at] = above[above[at] as number] as number;
      at = above[at] as number;
    }
    return at;
  };
  for (const { lanes } of world.network.openLinks) {
    const [{ from, to }] = lanes;
    if (world.members[from]?.alive !== true || world.members[to]?.alive !== true) continue;
    above[rootOf(from)] = rootOf(to);
  }
  const sizes = new Map<number, number>();
  for (const { alive, index } of world.members) {
    if (!alive) continue;
    const root = rootOf(index);
    sizes.set(root, (sizes.get(root) ?? 0) + 1);
  }
  return [...sizes.values()].sort((a, b) => b - a);
}
