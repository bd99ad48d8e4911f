import type { ClockRange } from './scan.ts';

/** When each client's content was written: for every delta with structs, where they end and its hlc. Both ascend. */
export class WriteTimes {
  readonly #ends = new Map<number, number[]>();
  readonly #hlcs = new Map<number, number[]>();

  /** @param end the clock after the delta's last struct */
  record(client: number, end: number, hlc: number): void {
    push(this.#ends, client, end);
    push(this.#hlcs, client, hlc);
  }

  /** The hlc of the newest content in `range`; undefined where none of it was written by a delta. */
  newest(range: ClockRange): number | undefined {
    const ends = this.#ends.get(range.client) ?? [];
    const last = ends.at(-1) ?? 0;
    if (range.clock >= last) return undefined;
    const clock = Math.min(range.clock + range.length, last) - 1;
    return this.#hlcs.get(range.client)?.[firstAbove(ends, clock)];
  }
}

function push(table: Map<number, number[]>, client: number, value: number): void {
  const list = table.get(client);
  if (list === undefined) table.set(client, [value]);
  else list.push(value);
}

/** Index of the first of the ascending `values` above `limit`. */
function firstAbove(values: readonly number[], limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
