import { defaultSettings } from '@grapevine/gossip';
import { mean } from '../metrics/numbers.ts';
import { Streams } from '../world/random.ts';
import { anybody, averagingRounds, neighbourOf } from './averages.ts';
import { detectionLaw, firstDetection } from './prober.ts';
import { ClaimRoom } from './room.ts';
import type { RoomRow } from './room.ts';
import { pushLaw, pushPullLaw, pushPullRounds, pushRounds } from './rumour.ts';

/** The classic protocols on the complete graph, without any node of ours. Rounds until 99.9 % know. */
export interface RumourRow {
  members: number;
  fanout: number;
  push: number;
  pushLaw: number;
  pushPull: number;
  pushPullLaw: number;
}

/** Rounds until all know the average of the room to 1 %; undefined where it was not measured. */
export interface AverageRow {
  members: number;
  log2: number;
  /** Push-pull averaging with anybody. */
  anybody: number;
  /** The same with neighbours of the overlay that real nodes have built. */
  overlay: number | undefined;
  /** Intervals it takes the aggregates of real nodes. */
  nodes: number | undefined;
}

export interface DetectionRow {
  members: number;
  periods: number;
  law: number;
}

export interface Claims {
  rumour: readonly RumourRow[];
  rooms: readonly RoomRow[];
  averages: readonly AverageRow[];
  detection: readonly DetectionRow[];
}

const sizes = [10, 30, 100, 300, 1000, 3000, 10_000];
const fanouts = [1, 2, 3, 4];
const detectionSizes = [10, 100, 1000];
const detectionTrials = 2000;
const averagingTrials = 20;
/** Members in all trials of one size: the same work for each. */
const workOfSize = 100_000;
/** Of the progress: models take little of the time, rooms as much as they have members. */
const modelShare = 0.1;

/** How far it is, 0 to 1, and with what. */
export interface ClaimProgress {
  share: number;
  what: string;
}

/**
 * Measures what the classic gossip protocols claim.
 * @param rooms sizes of the rooms of real nodes that are measured
 */
export function* measureClaims(
  seed: number,
  rooms: readonly number[],
): Generator<ClaimProgress, Claims> {
  const streams = new Streams(seed);
  const rumour = yield* measureRumours(streams);
  const detection: DetectionRow[] = [];
  for (const members of detectionSizes) {
    detection.push(measureDetection(members, streams));
    yield { share: modelShare, what: 'random probing' };
  }
  const rows: RoomRow[] = [];
  const overlays = new Map<number, Overlay>();
  // Members of all rooms, of which so many are done.
  const total = rooms.reduce((sum, members) => sum + members, 0);
  let done = 0;
  for (const members of rooms) {
    const start = modelShare + ((1 - modelShare) * done) / total;
    const share = ((1 - modelShare) * members) / total;
    const steps = measureRoom(members, streams, seed, rows);
    overlays.set(members, yield* within(steps, start, share));
    done += members;
  }
  const averages = [...new Set([...sizes, ...rooms])]
    .sort((a, b) => a - b)
    .map((members) => measureAverage(members, streams, overlays.get(members)));
  return { rumour, rooms: rows, averages, detection };
}

interface Overlay {
  overlay: number;
  nodes: number;
}

function* measureRumours(streams: Streams): Generator<ClaimProgress, RumourRow[]> {
  const rows: RumourRow[] = [];
  for (const members of sizes) {
    for (const fanout of fanouts) {
      const random = streams.of('rumour', members * 10 + fanout);
      const trials = Math.max(10, Math.min(200, Math.round(workOfSize / members)));
      rows.push({
        members,
        fanout,
        push: repeated(trials, () => pushRounds(members, fanout, random)),
        pushLaw: pushLaw(members, fanout),
        pushPull: repeated(trials, () => pushPullRounds(members, fanout, random)),
        pushPullLaw: pushPullLaw(members, fanout),
      });
      const share = (modelShare * rows.length) / (sizes.length * fanouts.length);
      yield { share, what: 'rumours on the complete graph' };
    }
  }
  return rows;
}

function* measureRoom(
  members: number,
  streams: Streams,
  seed: number,
  rows: RoomRow[],
): Generator<ClaimProgress, Overlay> {
  const room = new ClaimRoom(seed, defaultSettings.intervalMs);
  const what = `${members} real nodes`;
  for (const share of room.open(members)) yield { share: 0.5 * share, what };
  const graph = room.neighbourhoods();
  const random = streams.of('overlay', members);
  const overlay = repeated(averagingTrials, () => {
    return averagingRounds(members, neighbourOf(graph, random), random);
  });
  for (const [index, fanout] of fanouts.entries()) {
    const share = 0.5 + (0.4 * index) / fanouts.length;
    const step = { share, what: `${what}, fanout ${fanout}` };
    rows.push(yield* named(room.measure(fanout), step));
  }
  // Everybody's new card is no room at rest: it comes last.
  const nodes = yield* named(room.average(), { share: 0.9, what: `${what}, averages` });
  return { overlay, nodes };
}

function measureAverage(members: number, streams: Streams, overlay?: Overlay): AverageRow {
  const random = streams.of('averages', members);
  const trials = Math.max(3, Math.min(averagingTrials, Math.round(workOfSize / members)));
  const rounds = repeated(trials, () => {
    return averagingRounds(members, anybody(members, random), random);
  });
  const { nodes, overlay: neighbours } = overlay ?? {};
  return { members, log2: Math.log2(members), anybody: rounds, overlay: neighbours, nodes };
}

function measureDetection(members: number, streams: Streams): DetectionRow {
  const random = streams.of('prober', members);
  const periods = repeated(detectionTrials, () => firstDetection(members, random));
  return { members, periods, law: detectionLaw(members) };
}

/** The mean of so many trials. */
function repeated(trials: number, trial: () => number): number {
  return mean(Array.from({ length: trials }, trial)) ?? Number.NaN;
}

function* within<T>(
  run: Generator<ClaimProgress, T>,
  start: number,
  share: number,
): Generator<ClaimProgress, T> {
  for (;;) {
    const step = run.next();
    if (step.done === true) return step.value;
    yield { ...step.value, share: start + step.value.share * share };
  }
}

function* named<T>(run: Generator<void, T>, progress: ClaimProgress): Generator<ClaimProgress, T> {
  for (;;) {
    const step = run.next();
    if (step.done === true) return step.value;
    yield progress;
  }
}
