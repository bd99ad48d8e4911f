import type { Aggregate } from '../event.ts';
import { exactSum } from './sum.ts';

/** What the values come to, all of them known (A2). */
export function exactAggregate(values: readonly number[]): Aggregate {
  const count = values.length;
  if (count === 0) {
    return {
      count,
      sum: undefined,
      average: undefined,
      min: undefined,
      max: undefined,
      exact: true,
    };
  }
  const sum = exactSum(values);
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return { count, sum, average: sum / count, min, max, exact: true };
}

export function sameAggregate(a: Aggregate, b: Aggregate): boolean {
  const fields = ['count', 'sum', 'average', 'min', 'max', 'exact'] as const;
  return fields.every((field) => Object.is(a[field], b[field]));
}
