import { Recorder } from '../metrics/recorder.ts';
import type { Lane } from '../world/link.ts';
import type { SimMember } from '../world/member.ts';
import { defaultWorld } from '../world/options.ts';
import type { WorldOptions } from '../world/options.ts';
import { World } from '../world/world.ts';

export interface TestRoom {
  world: World;
  recorder: Recorder;
  members: SimMember[];
  /** Frames as they were sent and as they arrived, by lane. */
  sent: Map<Lane, Uint8Array[]>;
  arrived: Map<Lane, Uint8Array[]>;
}

/** Members that have found each other, with everything on their links noted. */
export function testRoom(count: number, options: Partial<WorldOptions> = {}): TestRoom {
  const recorder = new Recorder(true);
  const world = new World(
    { ...defaultWorld, introductionsPerSecond: 10_000, ...options },
    recorder,
  );
  recorder.watch(world);
  const sent = new Map<Lane, Uint8Array[]>();
  const arrived = new Map<Lane, Uint8Array[]>();
  const { network } = world;
  const send = network.send.bind(network);
  network.send = (from, id, bytes) => {
    const link = network.links[id];
    const lane = link?.lanes.find((each) => each.from === from);
    if (lane !== undefined) note(sent, lane, bytes);
    send(from, id, bytes);
  };
  const delivered = recorder.delivered.bind(recorder);
  recorder.delivered = (link, lane, bytes) => {
    note(arrived, lane, bytes);
    delivered(link, lane, bytes);
  };
  for (let i = 0; i < count; i++) world.spawn();
  world.runUntil(10_000);
  return { world, recorder, members: [...world.members], sent, arrived };
}

function note(frames: Map<Lane, Uint8Array[]>, lane: Lane, bytes: Uint8Array): void {
  const list = frames.get(lane) ?? [];
  list.push(bytes);
  frames.set(lane, list);
}

/** The member at that place; throws where there is none. */
export function at(members: readonly SimMember[], index: number): SimMember {
  const member = members[index];
  if (member === undefined) throw new Error(`no member ${index}`);
  return member;
}

/** A link of the world that is open; throws where there is none. */
export function someLink(world: World) {
  const [link] = world.network.openLinks;
  if (link === undefined) throw new Error('no link');
  return link;
}
