import type { Claims } from './claims.ts';

/** Columns as wide as their widest cell, numbers to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const cells = rows.map((row) =>
    row.map((cell) => (typeof cell === 'number' ? short(cell) : cell)),
  );
  const widths = head.map((name, column) =>
    Math.max(name.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string => {
    return row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ');
  };
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join(
    '\n',
  );
}

export function claimsText({ averages, detection, load, rumour }: Claims): string {
  return [
    'Rounds until 99.9 % of a complete graph know a rumour',
    'push: log(1+f) N + ln N / f (Pittel); push-pull: log(1+2f) N + log2 log2 N (Karp et al.)',
    table(
      ['N', 'fanout', 'push', 'law', 'push-pull', 'law'],
      rumour.map((row) => [
        row.members,
        row.fanout,
        row.push,
        row.pushLaw,
        row.pushPull,
        row.pushPullLaw,
      ]),
    ),
    '',
    'Load of one member in a room at rest, real nodes: flat in N',
    table(
      ['N', 'neighbours', 'frames/s', 'bytes/s'],
      load.map(({ bytes, degree, frames, members }) => [members, degree, frames, bytes]),
    ),
    '',
    'Rounds of push-pull averaging over the real overlay until all are within 1 %: O(log N)',
    table(
      ['N', 'rounds', 'log2 N', 'rounds / log2 N'],
      averages.map(({ log2, members, rounds }) => [members, rounds, log2, rounds / log2]),
    ),
    '',
    'Periods until random probing first finds a crashed member: e / (e - 1) (SWIM)',
    table(['N', 'periods', 'law'], [[detection.members, detection.periods, detection.law]]),
  ].join('\n');
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}
