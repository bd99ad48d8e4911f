import { describe, expect, test } from 'vitest';
import { at, testRoom } from '../testing/room.ts';
import { healAll, strikes } from './faults.ts';
import { readScenario } from './scenario.ts';
import type { FaultSpec } from './scenario.ts';

/** A fault as a scenario says it. */
function fault(said: object): FaultSpec {
  const phases = [{ name: 'a', ms: 1, faults: said }];
  const [spec] = readScenario('x', { about: 'x', phases }).phases[0]?.faults ?? [];
  if (spec === undefined) throw new Error('no fault');
  return spec;
}

/** One member, to whom the fault happens for 5 s and, 500 ms later, for 1 s. */
function overlapping(kind: 'hide' | 'rendezvousDown' | 'slowValidation') {
  const { world } = testRoom(1);
  const random = world.streams.of('test');
  strikes[kind](world, random, fault({ kind, ms: 5000, factor: 100 }), 0);
  world.runUntil(world.now + 500);
  strikes[kind](world, random, fault({ kind, ms: 1000, factor: 10 }), 0);
  return { world, member: at(world.members, 0) };
}

describe('faults that overlap', () => {
  test('who is hidden twice is hidden until both are over', () => {
    const { member, world } = overlapping('hide');
    world.runUntil(world.now + 1500);
    expect(member.hidden).toBe(true);
    world.runUntil(world.now + 3500);
    expect(member.hidden).toBe(false);
  });

  test('who is hidden for good stays so when a fault that hid it is over', () => {
    const { member, world } = overlapping('hide');
    world.hide(member);
    world.runUntil(world.now + 10_000);
    expect(member.hidden).toBe(true);
    healAll(world);
    expect(member.hidden).toBe(false);
  });

  test('a rendezvous that is down twice is down until both are over', () => {
    const { world } = overlapping('rendezvousDown');
    world.runUntil(world.now + 1500);
    expect(world.rendezvous.reaches(0)).toBe(false);
    world.runUntil(world.now + 3500);
    expect(world.rendezvous.reaches(0)).toBe(true);
  });

  test('of two slow stretches the slower one counts, and neither ends the other', () => {
    const { world } = overlapping('slowValidation');
    const half = () => 0.5;
    expect(world.validationMs(half)).toBe(50);
    world.runUntil(world.now + 1500);
    expect(world.validationMs(half)).toBe(50);
    world.runUntil(world.now + 3500);
    expect(world.validationMs(half)).toBe(0);
  });

  test('a slow link is as fast as before when it is over, and slow only once at a time', () => {
    const { world } = testRoom(2);
    const random = world.streams.of('test');
    const [link] = world.network.openLinks;
    const speeds = () =>
      link?.lanes.map(({ bytesPerSecond, latencyMs }) => [bytesPerSecond, latencyMs]);
    const before = speeds();
    const slow = fault({ kind: 'slow', ms: 5000, factor: 3 });
    strikes.slow(world, random, slow, 0);
    const meanwhile = speeds();
    for (const [index, [bytesPerSecond, latencyMs]] of (meanwhile ?? []).entries()) {
      expect(bytesPerSecond).toBeLessThanOrEqual(100_000);
      expect(latencyMs).toBeCloseTo(3 * (before?.[index]?.[1] ?? 0), 6);
    }
    strikes.slow(world, random, slow, 0);
    expect(speeds()).toEqual(meanwhile);
    world.runUntil(world.now + 5000);
    expect(speeds()).toEqual(before);
  });
});

describe('healing', () => {
  test('ends what goes on, and is not undone by what would have ended later', () => {
    const { member, world } = overlapping('hide');
    const random = world.streams.of('more');
    strikes.rendezvousDown(world, random, fault({ kind: 'rendezvousDown', ms: 5000 }), 0);
    strikes.partition(world, random, fault({ kind: 'partition', ms: 5000 }), 0);
    world.freeze(member, false);
    healAll(world);
    const state = () => [
      member.hidden,
      member.frozen,
      world.rendezvous.reaches(0),
      world.network.partition.active,
    ];
    expect(state()).toEqual([false, false, true, false]);
    world.runUntil(world.now + 6000);
    expect(state()).toEqual([false, false, true, false]);
  });

  test('who was hidden or shown while frozen knows it when it thaws', () => {
    const { world } = testRoom(1);
    const member = at(world.members, 0);
    const heard: boolean[] = [];
    const handle = member.handle.bind(member);
    member.handle = (event) => {
      if (event.type === 'hidden') heard.push(event.hidden);
      handle(event);
    };
    const show = world.hide(member);
    world.freeze(member, false);
    show();
    expect(heard).toEqual([true]);
    world.thaw(member);
    expect(heard).toEqual([true, false]);
  });
});
