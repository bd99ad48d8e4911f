import type { World } from '../world/world.ts';

/** Links between living members by their ends, with the latency of each direction. */
interface Graph {
  /** Where each member's edges start in `ends`; one more than members. */
  starts: Int32Array;
  ends: Int32Array;
  latencies: Float64Array;
}

function graphOf(world: World): Graph {
  const starts = new Int32Array(world.members.length + 2);
  const lanes = world.network.openLinks.flatMap(({ lanes: both }) => both);
  const used = lanes.filter(({ from, to }) => {
    return world.members[from]?.alive === true && world.members[to]?.alive === true;
  });
  for (const { from } of used) starts[from + 2] = (starts[from + 2] as number) + 1;
  for (let at = 2; at < starts.length; at++) {
    starts[at] = (starts[at] as number) + (starts[at - 1] as number);
  }
  const ends = new Int32Array(used.length);
  const latencies = new Float64Array(used.length);
  for (const { from, to, latencyMs } of used) {
    const at = starts[from + 1] as number;
    starts[from + 1] = at + 1;
    ends[at] = to;
    latencies[at] = latencyMs;
  }
  return { starts, ends, latencies };
}

/** Milliseconds on the fastest way to the member furthest away; 0 where nobody is reached. */
export function eccentricity(world: World, source: number): number {
  const { starts, ends, latencies } = graphOf(world);
  const distances = new Float64Array(world.members.length).fill(Infinity);
  distances[source] = 0;
  const heap: [number, number][] = [[0, source]];
  let furthest = 0;
  for (let next = take(heap); next !== undefined; next = take(heap)) {
    const [distance, member] = next;
    if (distance > (distances[member] as number)) continue;
    furthest = distance;
    const end = starts[member + 1] as number;
    for (let edge = starts[member] as number; edge < end; edge++) {
      const to = ends[edge] as number;
      const there = distance + (latencies[edge] as number);
      if (there >= (distances[to] as number)) continue;
      distances[to] = there;
      add(heap, [there, to]);
    }
  }
  return furthest;
}

function add(heap: [number, number][], entry: [number, number]): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above] as [number, number];
    if (parent[0] <= entry[0]) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = entry;
}

function take(heap: [number, number][]): [number, number] | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = at * 2 + 1;
    if (child >= heap.length) break;
    const right = heap[child + 1];
    if (right !== undefined && right[0] < (heap[child] as [number, number])[0]) child++;
    const least = heap[child] as [number, number];
    if (least[0] >= last[0]) break;
    heap[at] = least;
    at = child;
  }
  heap[at] = last;
  return first;
}
