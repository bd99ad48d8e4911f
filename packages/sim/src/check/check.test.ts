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

  test('membership does not forgive where a neighbour knows that the sleeper woke since (M3)', () => {
    const { world } = testRoom(3);
    const [a, sleeper] = [at(world.members, 0), at(world.members, 2)];
    world.freeze(sleeper, true);
    world.runUntil(world.now + 500);
    world.crash(sleeper);
    const newer = a.node.members().map((each) => {
      return each.id === sleeper.id ? { ...each, state: 'dead' as const, incarnation: 99 } : each;
    });
    a.node.members = () => newer;
    expect([...membership(world)].map(({ text }) => text)).toEqual([
      'member 2 is gone, but asleep to 1',
    ]);
    for (const id of at(world.members, 1).links.keys()) at(world.members, 1).links.delete(id);
    expect([...membership(world)]).toEqual([]);
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

  test('an asymmetry is the same one while its figures change', () => {
    const { world } = testRoom(4);
    const member = at(world.members, 0);
    const [first, second] = member.links.keys();
    const found = () => [...views(world)].find(({ text }) => text.includes('member 0 counts'));
    member.links.delete(first ?? 0);
    const before = found();
    member.links.delete(second ?? 0);
    const after = found();
    expect([before?.text, after?.text]).toEqual([
      'member 0 counts 3 neighbours of 2',
      'member 0 counts 3 neighbours of 1',
    ]);
    expect(after?.where).toBe(before?.where);
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
  /** In a room of three a suspicion becomes a death within this, if it ever does. */
  const grace = 17_000;

  /** Members that all know each other; how often a death of the second was wrong, and excused. */
  function watched(count: number) {
    const { world } = testRoom(count);
    const deaths = new Deaths();
    const judge = (observer = 0, subject = 1) => {
      const before = [deaths.wrong.length, deaths.excused];
      deaths.judged(world, at(world.members, observer), at(world.members, subject), 'dead');
      return deaths.wrong.length > (before[0] ?? 0) ? 'wrong' : 'excused';
    };
    const look = () => deaths.separation.look(world);
    return { world, deaths, judge, look };
  }

  test('a living member held dead is a false death', () => {
    const { judge, look } = watched(3);
    expect(judge()).toBe('wrong');
    look();
    expect(judge()).toBe('wrong');
  });

  test.each([false, true])('a partition excuses only whom it separates; one way: %s', (oneWay) => {
    const { world, judge, look } = watched(4);
    world.network.split((member) => (member < 2 ? 0 : 1), oneWay);
    look();
    expect([judge(0, 1), judge(2, 3)]).toEqual(['wrong', 'wrong']);
    expect([judge(0, 2), judge(2, 0), judge(3, 1)]).toEqual(['excused', 'excused', 'excused']);
    world.network.heal();
    world.queue.now += grace;
    look();
    expect(judge(0, 2)).toBe('excused');
    world.queue.now += 500;
    expect(judge(0, 2)).toBe('wrong');
  });

  test('who is reached over others is not separated, who is reached over nobody is', () => {
    const { world, judge, look } = watched(3);
    for (const link of world.network.openLinks) {
      const ends = link.lanes.map(({ from }) => from);
      if (!ends.includes(2)) world.network.cut(link);
    }
    look();
    expect(judge()).toBe('wrong');
    world.freeze(at(world.members, 2), false);
    look();
    expect(judge()).toBe('excused');
  });

  test('a freeze excuses deaths of the frozen, not deaths it declares itself', () => {
    const { world, judge, look } = watched(3);
    world.freeze(at(world.members, 1), false);
    look();
    expect([judge(0, 1), judge(1, 0)]).toEqual(['excused', 'wrong']);
  });

  test('a newcomer that never had a link is not separated from anybody', () => {
    const { world, judge, look } = watched(3);
    world.rendezvous.outages.begin();
    world.spawn();
    look();
    expect([judge(0, 3), judge(3, 0)]).toEqual(['wrong', 'wrong']);
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
