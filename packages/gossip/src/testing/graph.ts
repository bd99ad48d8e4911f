import type { FakeMember } from './member.ts';
import type { FakeNetwork } from './network.ts';

/** Degrees of a room that has settled (O1). */
export interface Band {
  least: number;
  aim: number;
  most: number;
}

const settled: Band = { least: 4, aim: 6, most: 9 };

/**
 * Pairs that connect `count` nodes at random: a path through all, then random pairs until everybody
 * has a degree drawn between `least` and `aim`, none over `most`.
 */
export function randomPairs(
  count: number,
  random: () => number,
  { least, aim, most }: Band = settled,
): [number, number][] {
  const below = (limit: number): number => Math.floor(random() * limit);
  const neighbours = Array.from({ length: count }, () => new Set<number>());
  const pairs: [number, number][] = [];
  const link = (a: number, b: number): void => {
    neighbours[a]?.add(b);
    neighbours[b]?.add(a);
    pairs.push([a, b]);
  };
  const degree = (node: number): number => neighbours[node]?.size ?? 0;
  for (let node = 1; node < count; node++) {
    const open = Array.from({ length: node }, (_, i) => i).filter((i) => degree(i) < aim);
    link(open[below(open.length)] ?? node - 1, node);
  }
  for (let node = 0; node < count; node++) {
    const wanted = Math.min(count - 1, least + below(aim - least + 1));
    for (let tries = 0; degree(node) < wanted && tries < 50 * count; tries++) {
      const other = below(count);
      if (other === node || neighbours[node]?.has(other) || degree(other) >= most) continue;
      link(node, other);
    }
  }
  return pairs;
}

/** `count` new members linked at random. */
export function linkedGraph(net: FakeNetwork, count: number, band?: Band): FakeMember[] {
  const members = Array.from({ length: count }, () => net.add());
  for (const [a, b] of randomPairs(count, net.random, band)) {
    const [one, other] = [members[a], members[b]];
    if (one !== undefined && other !== undefined) net.link(one, other);
  }
  return members;
}

/** Milliseconds the fastest way over open links takes from `source` to every member it reaches (Dijkstra). */
export function distances(net: FakeNetwork, source: FakeMember): Map<FakeMember, number> {
  const links = new Map<FakeMember, [FakeMember, number][]>();
  for (const { ends, directions, open } of net.links) {
    if (!open) continue;
    for (const [end, direction] of [
      [ends[0], directions[0]],
      [ends[1], directions[1]],
    ] as const) {
      const list = links.get(end) ?? [];
      list.push([direction.to, direction.latencyMs]);
      links.set(end, list);
    }
  }
  const best = new Map([[source, 0]]);
  const done = new Set<FakeMember>();
  for (;;) {
    let nearest: FakeMember | undefined;
    for (const [member, at] of best) {
      if (done.has(member)) continue;
      if (nearest === undefined || at < (best.get(nearest) ?? 0)) nearest = member;
    }
    if (nearest === undefined) return best;
    done.add(nearest);
    const at = best.get(nearest) ?? 0;
    for (const [to, latencyMs] of links.get(nearest) ?? []) {
      if (at + latencyMs < (best.get(to) ?? Infinity)) best.set(to, at + latencyMs);
    }
  }
}

/** The longest of those ways. */
export function eccentricity(net: FakeNetwork, source: FakeMember): number {
  return Math.max(...distances(net, source).values());
}
