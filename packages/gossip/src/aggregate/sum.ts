/**
 * The sum correctly rounded (Shewchuk 1997, adaptive precision by partial sums that do not
 * overlap): the same whatever the order, so that members that know the same show the same.
 */
export function exactSum(values: readonly number[]): number {
  const partials: number[] = [];
  for (const value of values) {
    let rest = value;
    let kept = 0;
    for (const partial of partials) {
      const [large, small] = Math.abs(rest) < Math.abs(partial) ? [partial, rest] : [rest, partial];
      const high = large + small;
      const low = small - (high - large);
      if (low !== 0) partials[kept++] = low;
      rest = high;
    }
    partials.length = kept;
    partials.push(rest);
  }
  const total = rounded(partials);
  // Beyond the largest number: infinite, in the order given.
  return Number.isFinite(total) ? total : values.reduce((sum, value) => sum + value, 0);
}

/** Of partials in ascending order of magnitude. */
function rounded(partials: number[]): number {
  let high = partials.pop() ?? 0;
  let low = 0;
  while (low === 0) {
    const next = partials.pop();
    if (next === undefined) return high;
    const before = high;
    high = before + next;
    low = next - (high - before);
  }
  // What is left decides where the low part is exactly half.
  const further = partials.at(-1);
  if (further === undefined || further < 0 !== low < 0) return high;
  const doubled = low * 2;
  const up = high + doubled;
  return up - high === doubled ? up : high;
}
