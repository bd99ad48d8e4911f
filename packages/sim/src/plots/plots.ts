import type { RumourRow } from '../claims/claims.ts';
import type { RoomRow } from '../claims/room.ts';
import { pushLaw, pushPullLaw } from '../claims/rumour.ts';
import type { Temperature } from '../metrics/broadcast.ts';
import { svg } from './svg.ts';
import type { Series } from './svg.ts';

const samples = 200;

/** How many have a delta, by the time since it was written. */
export function spreadPlot(delays: Record<Temperature, readonly number[]>, what: string): string {
  const names = { cold: 'before trees', warm: 'along trees' };
  const series = (['cold', 'warm'] as const)
    .filter((temperature) => delays[temperature].length > 0)
    .map((temperature) => ({
      name: names[temperature],
      points: shareByValue(delays[temperature]),
    }));
  return svg({
    title: 'How deltas spread',
    what,
    x: 'milliseconds since a delta was written',
    y: '% of its receivers that have it',
    series,
  });
}

/** How many survivors hold a crashed member for dead, by the time since the crash. */
export function detectionPlot(detections: readonly number[], what: string): string {
  const points = shareByValue(detections).map(([ms, share]) => [ms / 1000, share] as const);
  return svg({
    title: 'How crashes are detected',
    what,
    x: 'seconds since a member crashed',
    y: '% of survivors that hold it dead',
    series: [{ name: 'survivors', points }],
  });
}

/** Rounds of the models to 99.9 % against the logarithm of the size, by fanout, beside the laws. */
export function rumourPlot(rows: readonly RumourRow[], kind: 'push' | 'pushPull'): string {
  const law = kind === 'push' ? 'pushLaw' : 'pushPullLaw';
  const lines = (of: typeof kind | typeof law) => byFanout(rows, (row) => row[of]);
  return svg({
    title: `Rounds until 99.9 % know: ${kind === 'push' ? 'push' : 'push-pull'}`,
    what: 'Model of the classic protocol on the complete graph; dashed: the law',
    x: 'members',
    y: 'rounds',
    logX: true,
    series: [...lines(kind), ...lines(law).map((line) => ({ ...line, law: true, unnamed: true }))],
  });
}

/** Rounds of real nodes to 99.9 % against the logarithm of the size, beside the laws. */
export function nodesPlot(rows: readonly RoomRow[], fanout: number): string {
  const of = rows.filter((row) => row.fanout === fanout);
  const line = (name: string, value: (row: RoomRow) => number) => {
    return { name, points: of.map((row) => [row.members, value(row)] as const) };
  };
  return svg({
    title: 'Rounds until 99.9 % hold a delta: real nodes',
    what: `Fanout ${fanout}; a round is an interval of 1 s; dashed: the laws of the classic protocols`,
    x: 'members',
    y: 'rounds',
    logX: true,
    series: [
      line('pushed', ({ pushed }) => pushed),
      line('stored', ({ stored }) => stored),
      { ...line('law: push', ({ members }) => pushLaw(members, fanout)), law: true },
      { ...line('law: push-pull', ({ members }) => pushPullLaw(members, fanout)), law: true },
    ],
  });
}

/** What a member sends at rest against the logarithm of the size, by fanout. */
export function loadPlot(rows: readonly RoomRow[]): string {
  return svg({
    title: 'Load of one member at rest: real nodes',
    what: 'Bytes of frames it sends',
    x: 'members',
    y: 'bytes a second',
    logX: true,
    series: byFanout(rows, ({ bytes }) => bytes),
  });
}

function byFanout<Row extends { members: number; fanout: number }>(
  rows: readonly Row[],
  value: (row: Row) => number,
): Series[] {
  return [...new Set(rows.map(({ fanout }) => fanout))].map((fanout) => ({
    name: `fanout ${fanout}`,
    points: rows
      .filter((row) => row.fanout === fanout)
      .map((row) => [row.members, value(row)] as const),
    colour: fanout - 1,
  }));
}

/** The distribution function of values, in points few enough to draw. */
function shareByValue(values: readonly number[]): (readonly [number, number])[] {
  const sorted = [...values].sort((a, b) => a - b);
  const count = Math.min(samples, sorted.length);
  const points = Array.from({ length: count }, (_, index) => {
    const rank = Math.ceil(((index + 1) / count) * sorted.length);
    return [sorted[rank - 1] ?? 0, (rank / sorted.length) * 100] as const;
  });
  return [[0, 0], ...points];
}
