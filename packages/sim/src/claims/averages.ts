import { below } from '../world/random.ts';
import type { Random } from '../world/random.ts';
import type { World } from '../world/world.ts';

/** Close enough. */
const tolerance = 0.01;
const roundsMax = 1000;

/** Who is linked to whom, by place among the living. */
export function neighbourhoods(world: World): number[][] {
  const places = new Map(world.living().map(({ index }, place) => [index, place]));
  const lists: number[][] = Array.from({ length: places.size }, () => []);
  for (const { lanes } of world.network.openLinks) {
    for (const { from, to } of lanes) {
      const place = places.get(from);
      const other = places.get(to);
      if (place !== undefined && other !== undefined) lists[place]?.push(other);
    }
  }
  return lists;
}

/**
 * Push-pull averaging (Jelasity et al. 2005) over a graph: in each round every member evens out its
 * value with a random neighbour's. @returns rounds until all are within 1 % of the average
 */
export function averagingRounds(graph: readonly number[][], random: Random): number {
  const values = Float64Array.from(graph, () => random());
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  const isClose = (value: number): boolean => Math.abs(value - average) <= tolerance * average;
  for (let round = 1; round <= roundsMax; round++) {
    for (const [member, neighbours] of graph.entries()) {
      const other = neighbours[below(random, neighbours.length)];
      if (other === undefined) continue;
      const mean = ((values[member] as number) + (values[other] as number)) / 2;
      values[member] = mean;
      values[other] = mean;
    }
    if (values.every(isClose)) return round;
  }
  return Infinity;
}
