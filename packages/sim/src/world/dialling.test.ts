import { describe, expect, test } from 'vitest';
import { at, testRoom } from '../testing/room.ts';
import { defaultWorld } from './options.ts';
import { World } from './world.ts';

/** Dials from the first to the second of two members that are not linked. */
function dialled(world: World, from: number, to: number) {
  const heard: string[] = [];
  const member = at(world.members, from);
  const handle = member.handle.bind(member);
  member.handle = (event) => {
    if (event.type === 'dialFailed') heard.push(event.reason);
    if (event.type === 'linkUp') heard.push('linked');
    handle(event);
  };
  world.dialling.dial(member, at(world.members, to).id, true);
  return heard;
}

const nobody = { handshakeFailure: 1 };

/** Members that have not heard of each other. */
function strangers(count: number): World {
  const world = new World({ ...defaultWorld, ...nobody });
  world.rendezvous.down = true;
  for (let i = 0; i < count; i++) world.spawn();
  world.rendezvous.down = false;
  return world;
}

describe('dialling', () => {
  test('the dead are absent as the rendezvous knows, else the dial runs out', () => {
    const world = strangers(3);
    world.crash(at(world.members, 1));
    const known = dialled(world, 0, 1);
    world.runUntil(world.now + 1000);
    expect(known).toContain('absent');
    world.rendezvous.down = true;
    const unknown = dialled(world, 0, 1);
    world.runUntil(world.now + 13_000);
    expect(unknown).toContain('failed');
  });

  test('a failed handshake, a pair that cannot connect and a partition fail in time', () => {
    for (const options of [{ handshakeFailure: 1 }, { unconnectable: 1 }, { signalLoss: 1 }]) {
      const { world } = testRoom(2, options);
      world.runUntil(60_000);
      expect(world.network.openLinks).toHaveLength(0);
      expect(world.dialling.outcomes.failed).toBeGreaterThan(0);
    }
  });

  test('what a busy member refuses is refused', () => {
    const world = strangers(2);
    at(world.members, 1).node.accepts = () => false;
    const heard = dialled(world, 0, 1);
    world.runUntil(world.now + 1000);
    expect(heard).toContain('refused');
  });

  test('without a rendezvous members find each other over common neighbours', () => {
    const { world } = testRoom(3);
    world.rendezvous.down = true;
    const link = world.network.openLinks.find(({ lanes }) => lanes[0].from + lanes[0].to === 1);
    if (link === undefined) throw new Error('no link');
    world.network.cut(link);
    world.runUntil(world.now + 20_000);
    expect(world.network.openLinks).toHaveLength(3);
  });

  test('without both there is no way', () => {
    const { world } = testRoom(2);
    world.rendezvous.down = true;
    for (const link of world.network.openLinks) world.network.cut(link);
    world.runUntil(world.now + 60_000);
    expect(world.network.openLinks).toHaveLength(0);
  });

  test('two who dial each other get one link, two where an offer comes twice', () => {
    const once = testRoom(2);
    expect(once.world.dialling.outcomes.linked).toBe(1);
    const twice = testRoom(2, { signalDuplicate: 1 });
    expect(twice.world.network.links.length).toBeGreaterThan(once.world.network.links.length);
  });

  test('a rendezvous that is over its budget serves later or not at all', () => {
    const { world } = testRoom(2, nobody);
    const before = world.rendezvous.served;
    world.options.introductionsPerSecond = 1;
    const waits = Array.from({ length: 15 }, () => world.rendezvous.turn());
    expect(waits.filter((wait) => wait !== undefined)).toHaveLength(11);
    expect(world.rendezvous.served).toBe(before + 11);
  });

  test('a sample names at most 8 of those who are here, never who asks', () => {
    const { world } = testRoom(12, nobody);
    world.crash(at(world.members, 3));
    const samples: string[][] = [];
    const asker = at(world.members, 0);
    asker.handle = (event) => {
      if (event.type === 'introduced') samples.push([...event.members]);
    };
    for (let i = 0; i < 20; i++) world.rendezvous.ask(0);
    world.runUntil(world.now + 3000);
    expect(samples.length).toBeGreaterThanOrEqual(20);
    for (const sample of samples) expect(new Set(sample).size).toBe(8);
    const named = new Set(samples.flat());
    expect(named.has(asker.id) || named.has(at(world.members, 3).id)).toBe(false);
    expect(named.size).toBe(10);
  });
});
