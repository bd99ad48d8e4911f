import { mean } from '../metrics/numbers.ts';
import { Streams } from '../world/random.ts';
import { averagingRounds, neighbourhoods } from './averages.ts';
import { detectionLaw, firstDetection } from './prober.ts';
import { restLoad, settledRoom } from './rest.ts';
import type { Load } from './rest.ts';
import { pushLaw, pushPullLaw, pushPullRounds, pushRounds } from './rumour.ts';

export interface RumourRow {
  members: number;
  fanout: number;
  push: number;
  pushLaw: number;
  pushPull: number;
  pushPullLaw: number;
}

export interface AverageRow {
  members: number;
  rounds: number;
  log2: number;
}

export interface Claims {
  rumour: readonly RumourRow[];
  load: readonly Load[];
  averages: readonly AverageRow[];
  detection: { periods: number; law: number; members: number };
}

const sizes = [10, 30, 100, 300, 1000, 3000, 10_000];
const fanouts = [1, 2, 3, 4];
const roomSizes = [10, 100, 1000];
const detectionMembers = 1000;
const detectionTrials = 2000;

/** How often each size is tried: the same work for each. */
function trialsOf(members: number): number {
  return Math.max(10, Math.min(200, Math.round(100_000 / members)));
}

/** Measures the claims of the classic gossip protocols; yields how far it is, 0 to 1. */
export function* measureClaims(seed: number): Generator<number, Claims> {
  const streams = new Streams(seed);
  const rumour: RumourRow[] = [];
  for (const members of sizes) {
    for (const fanout of fanouts) {
      const random = streams.of('rumour', members * 10 + fanout);
      const trials = Array.from({ length: trialsOf(members) }, () => [
        pushRounds(members, fanout, random),
        pushPullRounds(members, fanout, random),
      ]);
      rumour.push({
        members,
        fanout,
        push: mean(trials.map(([push]) => push ?? 0)) ?? 0,
        pushLaw: pushLaw(members, fanout),
        pushPull: mean(trials.map(([, pushPull]) => pushPull ?? 0)) ?? 0,
        pushPullLaw: pushPullLaw(members, fanout),
      });
      yield (0.2 * rumour.length) / (sizes.length * fanouts.length);
    }
  }
  const load: Load[] = [];
  const averages: AverageRow[] = [];
  for (const [index, members] of roomSizes.entries()) {
    const from = 0.2 + (0.7 * index) / roomSizes.length;
    const share = (0.7 / roomSizes.length) * (members === 1000 ? 1 : 0.1);
    const [world, recorder] = yield* scaled(settledRoom(members, seed), from, share);
    load.push(yield* scaled(restLoad(world, recorder), from, share));
    const graph = neighbourhoods(world);
    const random = streams.of('averages', members);
    const rounds = Array.from({ length: 20 }, () => averagingRounds(graph, random));
    averages.push({ members, rounds: mean(rounds) ?? 0, log2: Math.log2(members) });
  }
  const random = streams.of('prober');
  const periods = Array.from({ length: detectionTrials }, () => {
    return firstDetection(detectionMembers, random);
  });
  const detection = { periods: mean(periods) ?? 0, law: detectionLaw, members: detectionMembers };
  return { rumour, load, averages, detection };
}

function* scaled<T>(run: Generator<number, T>, from: number, share: number): Generator<number, T> {
  for (;;) {
    const step = run.next();
    if (step.done === true) return step.value;
    yield from + step.value * share;
  }
}
