import { below } from '../world/random.ts';
import type { Random } from '../world/random.ts';

/** Close enough. */
const tolerance = 0.01;
const roundsMax = 1000;

export function closeTo(average: number): (value: number) => boolean {
  return (value) => Math.abs(value - average) <= tolerance * Math.abs(average);
}

/**
 * Push-pull averaging (Jelasity et al. 2005): in each round every member evens out its value with
 * that of another. @param other whom a member meets; undefined for nobody
 * @returns rounds until all are within 1 % of the average
 */
export function averagingRounds(
  members: number,
  other: (member: number) => number | undefined,
  random: Random,
): number {
  const values = Float64Array.from({ length: members }, () => random());
  const isClose = closeTo(values.reduce((sum, value) => sum + value, 0) / members);
  for (let round = 1; round <= roundsMax; round++) {
    for (let member = 0; member < members; member++) {
      const met = other(member);
      if (met === undefined) continue;
      const mean = ((values[member] as number) + (values[met] as number)) / 2;
      values[member] = mean;
      values[met] = mean;
    }
    if (values.every(isClose)) return round;
  }
  return Infinity;
}

/** Anybody else, each as likely. */
export function anybody(members: number, random: Random): (member: number) => number {
  return (member) => {
    const other = below(random, members - 1);
    return other < member ? other : other + 1;
  };
}

/** One of those a member is linked to, each as likely. */
export function neighbourOf(
  graph: readonly (readonly number[])[],
  random: Random,
): (member: number) => number | undefined {
  return (member) => {
    const neighbours = graph[member] ?? [];
    return neighbours[below(random, neighbours.length)];
  };
}
