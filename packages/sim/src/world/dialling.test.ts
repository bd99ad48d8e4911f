import { describe, expect, test } from 'vitest';
import { at, testRoom } from '../testing/room.ts';
import { defaultWorld } from './options.ts';
import type { WorldOptions } from './options.ts';
import { World } from './world.ts';

interface Heard {
  what: string;
  ms: number;
}

/** Dials from one to another of two members that are not linked. @returns how it ends, and when */
function dialled(world: World, from: number, to: number): Heard[] {
  const heard: Heard[] = [];
  const member = at(world.members, from);
  const handle = member.handle.bind(member);
  const start = world.now;
  member.handle = (event) => {
    const ms = world.now - start;
    if (event.type === 'dialFailed') heard.push({ what: event.reason, ms });
    if (event.type === 'linkUp') heard.push({ what: 'linked', ms });
    handle(event);
  };
  world.dialling.dial(member, at(world.members, to).id, true);
  return heard;
}

/** Members that have not heard of each other, and never do by themselves. */
function strangers(count: number, options: Partial<WorldOptions> = {}): World {
  const world = new World({ ...defaultWorld, ...options });
  world.rendezvous.ask = () => undefined;
  for (let i = 0; i < count; i++) world.spawn();
  return world;
}

const nobody = { handshakeFailure: 1 };

describe('dialling', () => {
  test('the dead are absent as the rendezvous knows, else the dial runs out', () => {
    const world = strangers(3);
    world.crash(at(world.members, 1));
    const known = dialled(world, 0, 1);
    world.runUntil(world.now + 1000);
    expect(known).toMatchObject([{ what: 'absent' }]);
    world.rendezvous.outages.begin();
    const unknown = dialled(world, 2, 1);
    world.runUntil(world.now + 13_000);
    expect(unknown).toMatchObject([{ what: 'failed' }]);
  });

  const apart = (member: number) => (member === 0 ? 0 : 1);
  test.each([
    ['nothing in the way', {}, 'linked', 2000],
    ['a handshake that comes to nothing', { handshakeFailure: 1 }, 'failed', 13_000],
    ['a pair that no path joins', { unconnectable: 1 }, 'failed', 13_000],
    ['an offer that is lost', { signalLoss: 1 }, 'failed', 13_000],
    ['a partition', 'parted', 'failed', 13_000],
  ] as const)('with %s a dial ends in time, and only then', (_, obstacle, end, limit) => {
    const world = strangers(2, obstacle === 'parted' ? {} : obstacle);
    if (obstacle === 'parted') world.network.split(apart, false);
    const heard = dialled(world, 0, 1);
    world.runUntil(limit);
    expect(heard.map(({ what }) => what)).toEqual([end]);
    // What nobody answers is waited for as long as a person would.
    if (end === 'failed') expect(heard[0]?.ms).toBeGreaterThanOrEqual(8000);
  });

  test('what a busy member refuses is refused', () => {
    const world = strangers(2);
    at(world.members, 1).node.accepts = () => false;
    const heard = dialled(world, 0, 1);
    world.runUntil(world.now + 1000);
    expect(heard).toMatchObject([{ what: 'refused' }]);
  });

  test('without a rendezvous members find each other over common neighbours', () => {
    const { world } = testRoom(3);
    world.rendezvous.outages.begin();
    const link = world.network.openLinks.find(({ lanes }) => lanes[0].from + lanes[0].to === 1);
    if (link === undefined) throw new Error('no link');
    world.network.cut(link);
    world.runUntil(world.now + 20_000);
    expect(world.network.openLinks).toHaveLength(3);
  });

  test('without both there is no way', () => {
    const { world } = testRoom(2);
    world.rendezvous.outages.begin();
    for (const link of world.network.openLinks) world.network.cut(link);
    world.runUntil(world.now + 60_000);
    expect(world.network.openLinks).toHaveLength(0);
  });

  test.each([
    [1, 0],
    [2, 1],
  ])('two who dial each other get %i link(s) where %i of all offers come twice', (links, twice) => {
    const world = strangers(2, { signalDuplicate: twice });
    const [here, there] = [dialled(world, 0, 1), dialled(world, 1, 0)];
    world.runUntil(world.now + 1000);
    for (const heard of [here, there]) {
      expect(heard.map(({ what }) => what)).toEqual(Array.from({ length: links }, () => 'linked'));
    }
  });

  test('who is linked already is not dialled again', () => {
    const { world } = testRoom(2);
    const heard = dialled(world, 0, 1);
    world.runUntil(world.now + 1000);
    expect(heard).toMatchObject([{ what: 'refused' }]);
    expect(world.network.openLinks).toHaveLength(1);
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
