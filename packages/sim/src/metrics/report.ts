import type { World } from '../world/world.ts';
import type { Tracked } from './broadcast.ts';
import { mean, percentile, rounded } from './numbers.ts';
import type { Recorder } from './recorder.ts';

/** What one run came to. null where a scenario measures no such thing. */
export interface Report {
  nodes: number;
  seed: number;
  scenario: string;
  /** Payload copies beyond the one each receiver needs, per receiver; of formed trees where a scenario has such. */
  rmr: number | null;
  /** The same before trees have formed. */
  rmrCold: number | null;
  /** The most links a delta came over to any receiver, on average: Plumtree's last delivery hop. */
  ldh: number | null;
  /** From writing to the last receiver, on average. */
  lastDeliveryMs: number | null;
  /** That, over the time the fastest path takes. */
  dijkstraRatio: number | null;
  /** Pairs of a measured delta and a member that never got it. */
  missed: number;
  /** Members that do not hold what others hold. */
  diverged: number;
  /** Observations of living members as dead; those there was no way to are counted apart. */
  falseDeaths: number;
  excusedDeaths: number;
  /** From a crash to its place in the table of each survivor. */
  detectionMsP50: number | null;
  detectionMsP99: number | null;
  /** From the mass failure to one component of survivors. */
  reconnectMs: number | null;
  linksMax: number;
  repairBytes: number;
  traceHash: string;
}

interface ReportInput {
  nodes: number;
  seed: number;
  scenario: string;
  recorder: Recorder;
  world: World;
  reconnectMs: number | undefined;
}

export function report(input: ReportInput): Report {
  const { nodes, recorder, scenario, seed, world } = input;
  const { broadcast, deaths } = recorder;
  // How far and how fast is said of trees that have formed, where a scenario has such.
  const temperature = broadcast.counts.warm.accepted > 0 ? 'warm' : 'cold';
  const whole = broadcast.tracked.filter((delta) => {
    return (
      delta.temperature === temperature && delta.received >= delta.targets && delta.targets > 0
    );
  });
  const warm = broadcast.redundancy('warm');
  return {
    nodes,
    seed,
    scenario,
    rmr: rounded(warm ?? broadcast.redundancy('cold'), 4),
    rmrCold: rounded(broadcast.redundancy('cold'), 4),
    ldh: rounded(mean(whole.map(({ lastHops }) => lastHops)), 2),
    lastDeliveryMs: rounded(mean(whole.map(({ at, lastAt }) => lastAt - at)), 1),
    dijkstraRatio: rounded(mean(ratios(whole)), 4),
    missed: missed(world, broadcast.tracked),
    diverged: diverged(world),
    falseDeaths: deaths.wrong.length,
    excusedDeaths: deaths.excused,
    detectionMsP50: rounded(percentile(deaths.detections, 0.5), 0),
    detectionMsP99: rounded(percentile(deaths.detections, 0.99), 0),
    reconnectMs: rounded(input.reconnectMs, 0),
    linksMax: world.linksMax,
    repairBytes: world.repairBytes,
    traceHash: world.trace.hash,
  };
}

function ratios(tracked: readonly Tracked[]): number[] {
  return tracked.flatMap(({ at, idealMs, lastAt }) => {
    return idealMs === undefined || idealMs === 0 ? [] : [(lastAt - at) / idealMs];
  });
}

/** Members that lived from the writing on and still do, and have not got it. */
function missed(world: World, tracked: readonly Tracked[]): number {
  let count = 0;
  for (const { at, hops } of tracked) {
    for (const { alive, index, startedAt } of world.members) {
      if (alive && startedAt <= at && hops[index] === 255) count++;
    }
  }
  return count;
}

function diverged(world: World): number {
  const living = world.living();
  const most = world.log.feeds.map(({ index }) => {
    return living.reduce((seq, { heads }) => Math.max(seq, heads.get(index)), 0);
  });
  return living.filter(({ heads }) => most.some((seq, feed) => heads.get(feed) < seq)).length;
}
