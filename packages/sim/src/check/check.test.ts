import { describe, expect, test } from 'vitest';
import { Deaths } from '../metrics/deaths.ts';
import { Recorder } from '../metrics/recorder.ts';
import { at, someLink, testRoom } from '../testing/room.ts';
import { TableWatch, caps, course } from './course.ts';
import { convergence, degrees, membership, views } from './state.ts';

// Every checker is shown what it is there to find: one that cannot fail checks nothing.
describe('checkers', () => {
  test('find nothing in a room that is whole', () => {
    const { world, recorder } = testRoom(5);
    world.write(at(world.members, 0), 10);
    world.runUntil(world.now + 5000);
    const all = [convergence, membership, views, degrees].flatMap((check) => [...check(world)]);
    expect([...all, ...course(recorder)]).toEqual([]);
    expect(world.members.flatMap((member) => [...caps(member)])).toEqual([]);
  });

  test('convergence finds a member that lacks a delta', () => {
    const { world } = testRoom(3);
    world.write(at(world.members, 0), 10);
    world.runUntil(world.now + 1000);
    at(world.members, 2).heads.set(0, 0);
    const [violation, ...more] = convergence(world);
    expect(violation?.text).toContain('member 2 holds 0 of 1');
    expect(more).toEqual([]);
  });

  test('membership finds who is missing, who is wrongly gone, and who is wrongly here', () => {
    const { world } = testRoom(3);
    const [a, b, c] = [at(world.members, 0), at(world.members, 1), at(world.members, 2)];
    const members = a.node.members();
    const answer = (table: typeof members) => {
      a.node.members = () => table;
    };
    answer(members.filter(({ id }) => id !== b.id));
    expect([...membership(world)].map(({ text }) => text)).toEqual([
      'member 1 lives, but is unknown to 0',
    ]);
    answer(members.map((each) => (each.id === b.id ? { ...each, state: 'dead' } : each)));
    expect([...membership(world)].map(({ text }) => text)).toEqual([
      'member 1 lives, but is dead to 0',
    ]);
    answer(members);
    world.crash(c);
    const texts = [...membership(world)].map(({ text }) => text);
    expect(texts).toContain('member 2 is gone, but alive to 0');
  });

  test('membership forgives who announced sleep and never came back (M9)', () => {
    const { world } = testRoom(3);
    const sleeper = at(world.members, 2);
    world.freeze(sleeper, true);
    world.runUntil(world.now + 500);
    world.crash(sleeper);
    expect([...membership(world)]).toEqual([]);
    sleeper.saidAsleep = false;
    expect([...membership(world)]).toHaveLength(2);
  });

  test('view symmetry finds a link with one end, and a node that counts wrongly', () => {
    const { world } = testRoom(3);
    const link = someLink(world);
    const [{ from, to }] = link.lanes;
    at(world.members, to).links.delete(link.id);
    const texts = new Set([...views(world)].map(({ text }) => text));
    expect(texts).toEqual(
      new Set([
        `link ${link.id} of member ${from} has no end at ${to}`,
        `member ${to} counts 2 neighbours of 1`,
      ]),
    );
  });

  test('caps find a member with ten links, and bytes over a limit', () => {
    const { world } = testRoom(3);
    const member = at(world.members, 0);
    const link = someLink(world);
    for (let id = 100; id < 108; id++) member.links.set(id, link);
    expect([...degrees(world)].map(({ text }) => text)).toEqual(['member 0 has 10 links']);
    const load = member.node.load();
    for (const over of [
      { unackedBytes: 1_114_113 },
      { queuedBytes: 786_433 },
      { parkedBytes: 4_194_305 },
    ]) {
      member.node.load = () => ({ ...load, ...over });
      expect([...caps(member)]).toHaveLength(1);
    }
    member.node.load = () => ({
      ...load,
      unackedBytes: 1_114_112,
      queuedBytes: 786_432,
      parkedBytes: 4_194_304,
    });
    expect([...caps(member)]).toEqual([]);
  });

  test('incarnations that go back and tables that grow beyond their limit are found', () => {
    const { world } = testRoom(3);
    const member = at(world.members, 0);
    const tables = new TableWatch();
    const members = member.node.members().map((each) => ({ ...each, incarnation: 5 }));
    member.node.members = () => members;
    expect([...tables.look(world, member)]).toEqual([]);
    const [first] = members;
    if (first === undefined) throw new Error('no members');
    first.incarnation = 4;
    expect([...tables.look(world, member)].map(({ check }) => check)).toEqual(['incarnations']);
    member.node.members = () => Array.from({ length: 2001 }, () => first);
    expect([...tables.look(world, member)].map(({ check }) => check)).toContain('caps');
  });

  test('a delta pushed twice over one link is found (G3)', () => {
    const recorder = new Recorder(true);
    const { world } = testRoom(2);
    const link = someLink(world);
    const names = [6, 16, ...Array.from({ length: 16 }, () => 1)];
    const run = (flags: number) => [7, 5, 0, flags, 1, 1, 9];
    const hear = (...bytes: number[]) =>
      recorder.delivered(link, link.lanes[0], Uint8Array.from(bytes));
    hear(...names, ...run(0));
    hear(...run(1));
    expect([...course(recorder)]).toEqual([]);
    hear(...run(0));
    expect([...course(recorder)].map(({ check }) => check)).toEqual(['G3']);
  });

  test('breaches of the protocol and forged runs among honest members are found', () => {
    const { recorder, world } = testRoom(2);
    recorder.rejected(at(world.members, 0), 'forged');
    recorder.closed(at(world.members, 0), 'silent');
    recorder.closed(at(world.members, 0), 'protocol');
    expect([...course(recorder)].map(({ check }) => check)).toEqual(['validity', 'protocol']);
  });
});

describe('deaths', () => {
  test('a living member held dead is a false death, but for partitions, freezes and isolation', () => {
    const { world } = testRoom(3);
    const [a, b] = [at(world.members, 0), at(world.members, 1)];
    const judge = () => {
      const deaths = new Deaths();
      deaths.judged(world, a, b, 'dead');
      return [deaths.wrong.length, deaths.excused];
    };
    expect(judge()).toEqual([1, 0]);
    world.network.split(() => 0, false);
    expect(judge()).toEqual([0, 1]);
    world.network.heal();
    world.runUntil(world.now + 59_000);
    expect(judge()).toEqual([0, 1]);
    world.runUntil(world.now + 2000);
    expect(judge()).toEqual([1, 0]);
    // P9: who was frozen itself may not accuse.
    a.frozenAt = world.now;
    expect(judge()).toEqual([1, 0]);
    b.frozenAt = world.now;
    expect(judge()).toEqual([0, 1]);
    b.frozenAt = -Infinity;
    b.isolatedAt = world.now;
    expect(judge()).toEqual([0, 1]);
  });

  test('a detection is timed once for each pair, and only of crashes', () => {
    const { world } = testRoom(3);
    const [a, b, c] = [at(world.members, 0), at(world.members, 1), at(world.members, 2)];
    world.crash(b);
    world.leave(c);
    world.queue.now += 500;
    const deaths = new Deaths();
    for (const state of ['suspect', 'dead', 'dead'] as const) deaths.judged(world, a, b, state);
    deaths.judged(world, a, c, 'dead');
    expect([deaths.detections, deaths.wrong]).toEqual([[500], []]);
  });
});
