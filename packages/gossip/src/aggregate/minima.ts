import { registers } from '../frames/member-messages.ts';
import type { Aggregate } from '../event.ts';

/** Estimates beyond it are a lie of somebody's (A4). Guess: a hundred of the largest rooms simulated. */
export const largestCount = 1_000_000;
/** Vectors of registers: of the count, of the positive and of the negative values. */
const count = 0;
const positive = 1;
const negative = 2;

/** What members add to one aggregate, as minima and extremes: merging twice changes nothing (A3). */
export interface Minima {
  min: number;
  max: number;
  minima: Float32Array;
}

export function none(): Minima {
  const minima = new Float32Array(3 * registers).fill(Infinity);
  return { min: Infinity, max: -Infinity, minima };
}

/** One member's own part, drawn anew every epoch: the least of exponentials estimates their rates' sum. */
export function drawn(random: () => number, value: number): Minima {
  const own = none();
  own.min = value;
  own.max = value;
  draw(own, count, 1, random);
  if (value > 0) draw(own, positive, value, random);
  if (value < 0) draw(own, negative, -value, random);
  return own;
}

/** A member counted, without a value. */
export function counted(random: () => number): Minima {
  const own = none();
  draw(own, count, 1, random);
  return own;
}

function draw(own: Minima, vector: number, rate: number, random: () => number): void {
  for (let index = 0; index < registers; index++) {
    own.minima[vector * registers + index] = -Math.log(1 - random()) / rate;
  }
}

/**
 * Merges `from` into `into`.
 *
 * @returns whether `into` learnt of something, and whether it knew something that `from` did not
 */
export function merge(into: Minima, from: Minima): { learnt: boolean; knew: boolean } {
  let learnt = from.min < into.min || from.max > into.max;
  let knew = into.min < from.min || into.max > from.max;
  into.min = Math.min(into.min, from.min);
  into.max = Math.max(into.max, from.max);
  // A plain loop: a room of thousands does this thousands of times a second.
  for (let index = 0; index < into.minima.length; index++) {
    const theirs = from.minima[index] ?? Infinity;
    const ours = into.minima[index] ?? Infinity;
    if (theirs < ours) {
      into.minima[index] = theirs;
      learnt = true;
    } else if (ours < theirs) {
      knew = true;
    }
  }
  return { learnt, knew };
}

/** 0 where nothing was merged. */
export function countOf(of: Minima): number {
  return Math.min(largestCount, Math.round(estimate(of, count)));
}

export function estimated(of: Minima): Aggregate {
  const members = countOf(of);
  if (members === 0 || of.min > of.max) {
    const nothing = { sum: undefined, average: undefined, min: undefined, max: undefined };
    return { count: 0, ...nothing, exact: false };
  }
  const sum = estimate(of, positive) - estimate(of, negative);
  const { min, max } = of;
  // Nobody's value lies beyond the extremes, so neither does the average.
  const average = Math.min(max, Math.max(min, sum / members));
  return { count: members, sum, average, min, max, exact: false };
}

/** 127 / Σ minima: unbiased, relative error 1 / √126 (Baquero et al., extrema propagation). */
function estimate({ minima }: Minima, vector: number): number {
  let sum = 0;
  for (let index = 0; index < registers; index++) sum += minima[vector * registers + index] ?? 0;
  // Zeros are somebody's lie; what they come to is still a number.
  return Math.min(Number.MAX_VALUE, (registers - 1) / sum);
}
