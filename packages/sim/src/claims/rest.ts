import { Recorder } from '../metrics/recorder.ts';
import { Streams } from '../world/random.ts';
import { defaultWorld } from '../world/options.ts';
import { World } from '../world/world.ts';

/** What one member sends in a room at rest, each second. */
export interface Load {
  members: number;
  frames: number;
  bytes: number;
  /** Neighbours, on average. */
  degree: number;
}

const joinMs = 10_000;
const settleMs = 60_000;
const measureMs = 30_000;

/** A room of real nodes, some time after all have come. */
export function* settledRoom(members: number, seed: number): Generator<number, [World, Recorder]> {
  const recorder = new Recorder(false);
  const world = new World({ ...defaultWorld, seed, introductionsPerSecond: 1000 }, recorder);
  recorder.watch(world);
  const random = new Streams(seed).of('join');
  for (let i = 0; i < members; i++) world.after(random() * joinMs, () => void world.spawn());
  for (let at = 0; at < joinMs + settleMs; at += 500) {
    world.runUntil(at);
    yield at / (joinMs + settleMs + measureMs);
  }
  return [world, recorder];
}

export function* restLoad(world: World, recorder: Recorder): Generator<number, Load> {
  const { bytes, frames } = recorder;
  const start = world.now;
  for (let at = 0; at < measureMs; at += 500) {
    world.runUntil(start + at);
    yield (start + at) / (start + measureMs);
  }
  const living = world.living();
  const perMemberSecond = living.length * ((world.now - start) / 1000);
  const links = living.reduce((sum, member) => sum + member.links.size, 0);
  return {
    members: living.length,
    frames: (recorder.frames - frames) / perMemberSecond,
    bytes: (recorder.bytes - bytes) / perMemberSecond,
    degree: links / living.length,
  };
}
