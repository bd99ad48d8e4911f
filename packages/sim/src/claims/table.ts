import type { Claims, RumourRow } from './claims.ts';
import { pushLaw, pushPullLaw } from './rumour.ts';

type Cell = string | number | undefined;

/** Columns as wide as their widest cell, to the right; `-` for undefined, `never` for Infinity. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cells = rows.map((row) => row.map(short));
  const widths = head.map((name, column) =>
    Math.max(name.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string => {
    return row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ');
  };
  const rule = widths.map((width) => '-'.repeat(width));
  return [line(head), line(rule), ...cells.map(line)]
    .map((text) => `  ${text}`.trimEnd())
    .join('\n');
}

/** The claims for people: models of the classic protocols first, then the real nodes. */
export function claimsText(claims: Claims): string {
  const { averages, detection, rooms, rumour } = claims;
  const withNodes = averages.filter(({ nodes }) => nodes !== undefined);
  return [
    "MODELS of the classic protocols, on the simulator's chance and queue, without our nodes",
    '',
    '1. Push: who knows tells f others a round. Rounds until 99.9 % know,',
    '   beside log(1+f) N + ln N / f (Pittel 1987; f = 1: log2 N + ln N). That law is for the last one:',
    '   beyond 1,000 members 99.9 % come before it',
    rumourTable(rumour, ({ push, pushLaw }) => [push, pushLaw]),
    '',
    '2. Push-pull: everybody calls f others a round, and both tell. Rounds until 99.9 % know,',
    '   beside log(1+2f) N + log2 log2 N (Karp et al. 2000; f = 1: log3 N + O(log log N))',
    rumourTable(rumour, ({ pushPull, pushPullLaw }) => [pushPull, pushPullLaw]),
    '',
    '3. Averages: push-pull averaging (Jelasity et al. 2005). Rounds until all are within 1 %: O(log N)',
    table(
      ['N', 'log2 N', 'rounds', 'rounds / log2 N'],
      averages.map(({ anybody, log2, members }) => [members, log2, anybody, anybody / log2]),
    ),
    '',
    '4. Detection: everybody probes one other a period. Periods until a crash is found, beside the law:',
    '   e / (e - 1) = 1.58 for large N (SWIM, Das et al. 2002). Checks the event queue and the chance',
    table(
      ['N', 'periods', 'law'],
      detection.map(({ law, members, periods }) => [members, periods, law]),
    ),
    '',
    'REAL NODES: rooms of GossipNode, every frame encoded and decoded; a round is an interval of 1 s',
    '',
    '5. Load of one member at rest: flat in N. Small fanouts cost alike: every neighbour is told its',
    '   digest within 2.1 intervals whatever the fanout (G4)',
    '   Rounds until 99.9 % hold a delta that was pushed (it goes along trees, at once), and one that',
    '   its writer only stored (others learn of it by digests), beside the laws of 1 and 2',
    table(
      [
        ...['N', 'fanout', 'links', 'frames/s', 'bytes/s'],
        ...['pushed', 'stored', 'law push', 'law push-pull'],
      ],
      rooms.map((row) => [
        ...[row.members, row.fanout, row.neighbours, row.frames, row.bytes, row.pushed, row.stored],
        ...[pushLaw(row.members, row.fanout), pushPullLaw(row.members, row.fanout)],
      ]),
    ),
    '',
    '6. Averages: rounds until every member knows the average to 1 % (room.aggregate, from all cards),',
    '   and rounds of push-pull averaging between the neighbours that these nodes have chosen',
    table(
      ['N', 'log2 N', 'nodes', 'model on their links'],
      withNodes.map(({ log2, members, nodes, overlay }) => [members, log2, nodes, overlay]),
    ),
  ].join('\n');
}

/** A line for each size; for each fanout what was measured, and the law. */
function rumourTable(
  rows: readonly RumourRow[],
  pair: (row: RumourRow) => readonly [number, number],
): string {
  const fanouts = [...new Set(rows.map(({ fanout }) => fanout))];
  const sizes = [...new Set(rows.map(({ members }) => members))];
  return table(
    ['N', ...fanouts.flatMap((fanout) => [`f = ${fanout}`, 'law'])],
    sizes.map((members) => {
      return [members, ...rows.filter((row) => row.members === members).flatMap(pair)];
    }),
  );
}

function short(cell: Cell): string {
  if (cell === undefined) return '-';
  if (typeof cell === 'string') return cell;
  if (!Number.isFinite(cell)) return 'never';
  return Number.isInteger(cell) ? String(cell) : cell.toFixed(cell < 100 ? 2 : 0);
}
