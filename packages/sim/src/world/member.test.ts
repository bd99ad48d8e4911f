import { describe, expect, test } from 'vitest';
import { at, testRoom } from '../testing/room.ts';

describe('member', () => {
  test('frozen, nothing happens to it; thawed, all that came meanwhile does, in order', () => {
    const { world } = testRoom(3);
    const frozen = at(world.members, 1);
    world.freeze(frozen, false);
    for (let i = 0; i < 5; i++) world.write(at(world.members, 0), 10);
    world.runUntil(world.now + 2000);
    expect(frozen.heads.total).toBe(0);
    world.thaw(frozen);
    world.runUntil(world.now + 10);
    expect(frozen.heads.total).toBe(5);
  });

  test('hidden, its timers go off at whole seconds only', () => {
    const { world } = testRoom(2);
    const hidden = at(world.members, 0);
    world.hide(hidden, true);
    world.runUntil(world.now + 3000);
    const times: number[] = [];
    const handle = hidden.handle.bind(hidden);
    hidden.handle = (event) => {
      if (event.type === 'timer') times.push(world.now % 1000);
      handle(event);
    };
    world.runUntil(world.now + 30_000);
    expect(times.length).toBeGreaterThan(3);
    expect(new Set(times)).toEqual(new Set([0]));
  });

  test('late timers are late, none is early', () => {
    const punctual = testRoom(2).recorder.frames;
    const { world, recorder } = testRoom(2, { lateTimers: { share: 1, meanMs: 2000 } });
    expect(recorder.frames).toBeLessThan(punctual);
    expect(world.network.openLinks).toHaveLength(1);
  });

  test('clocks that differ and drift change nothing of what is agreed on', () => {
    const { world } = testRoom(4, { clockSkewMs: 1e9, clockDriftPpm: 1000 });
    const clocks = world.members.map(({ clock }) => Math.round(clock));
    expect(new Set(clocks).size).toBe(4);
    world.write(at(world.members, 0), 10);
    world.runUntil(world.now + 1000);
    expect(world.members.every(({ heads }) => heads.total === 1)).toBe(true);
  });

  test('after a crash its storage is as it was left, or as torn as it was handed over', () => {
    const { world } = testRoom(2);
    for (let i = 0; i < 4; i++) world.write(at(world.members, 0), 10);
    world.runUntil(world.now + 1000);
    const crashed = at(world.members, 1);
    world.crash(crashed);
    world.rendezvous.down = true;
    expect(world.spawn(crashed.heads.copy()).heads.total).toBe(4);
    expect(world.spawn(crashed.heads.copy(() => 1)).heads.total).toBe(3);
    expect(world.spawn().heads.total).toBe(0);
  });

  test('slow verdicts come late and change nothing else', () => {
    const { world } = testRoom(3, { validationMs: { kind: 'constant', ms: 700 } });
    world.write(at(world.members, 0), 10);
    world.runUntil(world.now + 650);
    expect(world.members.map(({ heads }) => heads.total)).toEqual([1, 0, 0]);
    world.runUntil(world.now + 2500);
    expect(world.members.map(({ heads }) => heads.total)).toEqual([1, 1, 1]);
  });
});
