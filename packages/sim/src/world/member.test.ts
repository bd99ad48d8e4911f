import { describe, expect, test } from 'vitest';
import { at, testRoom } from '../testing/room.ts';
import type { WorldOptions } from './options.ts';

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
    world.hide(hidden);
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

  /** How late the timers of one member go off, in milliseconds. */
  function lateness(options: Partial<WorldOptions>): number[] {
    const { world } = testRoom(2, options);
    const { node } = at(world.members, 0);
    const due = new Map<string, number>();
    const late: number[] = [];
    const handle = node.handle.bind(node);
    node.handle = (event, nowMs) => {
      const dueAt = event.type === 'timer' ? due.get(event.timer) : undefined;
      if (dueAt !== undefined) late.push(world.now - dueAt);
      const effects = handle(event, nowMs);
      for (const effect of effects) {
        if (effect.type === 'schedule') due.set(effect.timer, world.now + effect.delayMs);
      }
      return effects;
    };
    world.runUntil(world.now + 60_000);
    expect(late.length).toBeGreaterThan(10);
    return late;
  }

  test('timers are punctual, where they may be late the share of them is, and none is early', () => {
    expect(Math.max(...lateness({}).map(Math.abs))).toBeLessThan(0.001);
    const late = lateness({ lateTimers: { share: 0.5, meanMs: 400 } });
    expect(Math.min(...late)).toBeGreaterThan(-0.001);
    const share = late.filter((ms) => ms > 0.001).length / late.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.8);
  });

  test('whose clocks differ and drift agree on who is here and on what was written', () => {
    const { world } = testRoom(4, { clockSkewMs: 1e9, clockDriftPpm: 1000 });
    const clocks = world.members.map(({ clock }) => Math.round(clock));
    expect(new Set(clocks).size).toBe(4);
    world.write(at(world.members, 0), 10);
    world.runUntil(world.now + 1000);
    expect(world.members.every(({ heads }) => heads.total === 1)).toBe(true);
    const states = world.members.flatMap(({ node }) => node.members().map(({ state }) => state));
    expect(states).toEqual(Array.from({ length: 12 }, () => 'alive'));
  });

  test('a new session starts with what of the storage it is handed: all, less, or nothing', () => {
    const { world } = testRoom(2);
    for (let i = 0; i < 4; i++) world.write(at(world.members, 0), 10);
    world.runUntil(world.now + 1000);
    const crashed = at(world.members, 1);
    world.crash(crashed);
    world.rendezvous.outages.begin();
    expect(world.spawn(crashed.heads.copy()).heads.total).toBe(4);
    expect(world.spawn(crashed.heads.copy(() => 1)).heads.total).toBe(3);
    expect(world.spawn().heads.total).toBe(0);
  });

  test('a delta is taken when its verdict has come, and no sooner', () => {
    const { world } = testRoom(3, { validationMs: { kind: 'constant', ms: 700 } });
    world.write(at(world.members, 0), 10);
    world.runUntil(world.now + 650);
    expect(world.members.map(({ heads }) => heads.total)).toEqual([1, 0, 0]);
    world.runUntil(world.now + 2500);
    expect(world.members.map(({ heads }) => heads.total)).toEqual([1, 1, 1]);
  });
});
