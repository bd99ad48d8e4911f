import type { RumourRow } from '../claims/claims.ts';
import type { Temperature } from '../metrics/broadcast.ts';
import { svg } from './svg.ts';

const samples = 200;

/** How many have a delta, by the time since it was written. */
export function spreadPlot(delays: Record<Temperature, readonly number[]>, what: string): string {
  const series = (['cold', 'warm'] as const)
    .filter((temperature) => delays[temperature].length > 0)
    .map((temperature) => {
      const points = shareByValue(delays[temperature], 100);
      return { name: `trees ${temperature}`, points };
    });
  return svg({
    title: `Spread over time: ${what}`,
    x: 'ms since written',
    y: '% that have it',
    series,
  });
}

/** How many survivors hold a crashed member for dead, by the time since the crash. */
export function detectionPlot(detections: readonly number[], what: string): string {
  const points = shareByValue(detections, 100).map(([ms, share]) => [ms / 1000, share] as const);
  const series = [{ name: 'survivors', points }];
  return svg({ title: `Detection: ${what}`, x: 's since the crash', y: '% that know', series });
}

/** Rounds to 99.9 % against the logarithm of the size, by fanout. */
export function roundsPlot(rows: readonly RumourRow[], kind: 'push' | 'pushPull'): string {
  const fanouts = [...new Set(rows.map(({ fanout }) => fanout))];
  const series = fanouts.map((fanout) => ({
    name: `fanout ${fanout}`,
    points: rows
      .filter((row) => row.fanout === fanout)
      .map((row) => [row.members, row[kind]] as const),
  }));
  const law = rows
    .filter(({ fanout }) => fanout === 1)
    .map((row) => [row.members, kind === 'push' ? row.pushLaw : row.pushPullLaw] as const);
  const name = kind === 'push' ? 'push' : 'push-pull';
  return svg({
    title: `Rounds until 99.9 % know, ${name}`,
    x: 'members',
    y: 'rounds',
    logX: true,
    series: [...series, { name: 'law, fanout 1', points: law, dots: true }],
  });
}

/** The distribution function of values, in points few enough to draw. */
function shareByValue(values: readonly number[], whole: number): (readonly [number, number])[] {
  const sorted = [...values].sort((a, b) => a - b);
  const count = Math.min(samples, sorted.length);
  const points = Array.from({ length: count }, (_, index) => {
    const rank = Math.ceil(((index + 1) / count) * sorted.length);
    return [sorted[rank - 1] ?? 0, (rank / sorted.length) * whole] as const;
  });
  return [[0, 0], ...points];
}
