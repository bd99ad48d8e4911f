import type { Random } from './random.ts';

/** How long something takes, milliseconds. */
export type Distribution =
  | { kind: 'constant'; ms: number }
  | { kind: 'uniform'; low: number; high: number }
  /** `floor` plus an exponential of the mean given. */
  | { kind: 'exponential'; floor: number; mean: number }
  /** exp(normal): the median, and the standard deviation of the logarithm. */
  | { kind: 'lognormal'; median: number; sigma: number };

export function sample(distribution: Distribution, random: Random): number {
  switch (distribution.kind) {
    case 'constant':
      return distribution.ms;
    case 'uniform':
      return distribution.low + random() * (distribution.high - distribution.low);
    case 'exponential':
      return distribution.floor - Math.log(1 - random()) * distribution.mean;
    case 'lognormal':
      return distribution.median * Math.exp(distribution.sigma * normal(random));
  }
}

/** Box and Muller's transform, one of its two results. */
function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}
