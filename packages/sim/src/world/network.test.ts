import { describe, expect, test } from 'vitest';
import { at, someLink, testRoom } from '../testing/room.ts';
import type { TestRoom } from '../testing/room.ts';
import { laneTo } from './link.ts';

/** What arrived is what was sent, in order, perhaps without the end. */
function expectInOrder({ arrived, sent }: TestRoom): void {
  expect(arrived.size).toBeGreaterThan(0);
  for (const [lane, frames] of arrived) {
    const before = sent.get(lane) ?? [];
    expect(frames.every((frame, index) => frame === before[index])).toBe(true);
  }
}

describe('network', () => {
  test('frames stay in order through jitter, stalls and stalled sends', () => {
    const room = testRoom(5, {
      jitterMs: { kind: 'exponential', floor: 0, mean: 50 },
      stalledSends: { share: 0.05, ms: [10, 500] },
      latencyMs: { kind: 'constant', ms: 20 },
    });
    const { world } = room;
    for (let i = 0; i < 200; i++) {
      world.after(i * 10, () => world.write(at(world.members, i % 5), 100));
      const link = someLink(world);
      if (i % 20 === 0) world.after(i * 10, () => world.network.stall(link, 0, 100));
    }
    world.runUntil(world.now + 20_000);
    expectInOrder(room);
    expect(new Set(world.members.map(({ heads }) => heads.total))).toEqual(new Set([200]));
  });

  test('a stall holds frames back and lets all of them go when it ends', () => {
    const { world, arrived } = testRoom(2);
    const link = someLink(world);
    const before = arrived.get(link.lanes[0])?.length;
    world.network.stall(link, 0, 3000);
    world.runUntil(world.now + 2900);
    expect(arrived.get(link.lanes[0])?.length).toBe(before);
    world.runUntil(world.now + 200);
    expect(arrived.get(link.lanes[0])?.length).toBeGreaterThan(before ?? 0);
  });

  test('a frame takes its latency and the time its bytes take', () => {
    const { world, recorder } = testRoom(2, {
      latencyMs: { kind: 'constant', ms: 40 },
      bytesPerSecond: 10_000,
    });
    const times: number[] = [];
    recorder.accepted = () => void times.push(world.now);
    const start = world.now;
    world.write(at(world.members, 0), 1000);
    world.runUntil(start + 1000);
    expect(times).toHaveLength(1);
    expect((times[0] ?? 0) - start).toBeGreaterThan(40 + 100);
    expect((times[0] ?? 0) - start).toBeLessThan(40 + 115);
  });

  test('with a cut link what is under way is lost, and both ends learn of it', () => {
    const { world } = testRoom(2, { handshakeFailure: 1, latencyMs: { kind: 'constant', ms: 50 } });
    expect(world.network.openLinks).toHaveLength(0);
    const link = world.network.link(0, 1);
    world.runUntil(world.now + 1000);
    const [a, b] = [at(world.members, 0), at(world.members, 1)];
    world.write(a, 10);
    world.network.cut(link);
    world.runUntil(world.now + 200);
    expect([a.links.size, b.links.size, b.heads.total]).toEqual([0, 0, 0]);
  });

  test('a partition lets nothing through, and afterwards everything', () => {
    const { world } = testRoom(4);
    world.network.split((member) => (member < 2 ? 0 : 1), false);
    world.write(at(world.members, 0), 10);
    world.runUntil(world.now + 2000);
    expect(world.members.map(({ heads }) => heads.total)).toEqual([1, 1, 0, 0]);
    world.network.heal();
    world.runUntil(world.now + 200);
    expect(world.members.map(({ heads }) => heads.total)).toEqual([1, 1, 1, 1]);
  });

  test('a one-way partition lets through one way', () => {
    const { world } = testRoom(2);
    world.network.split((member) => (member === 0 ? 0 : 1), true);
    world.write(at(world.members, 0), 10);
    world.write(at(world.members, 1), 10);
    world.runUntil(world.now + 1000);
    expect(world.members.map(({ heads }) => heads.total)).toEqual([2, 1]);
  });

  test('links across a partition are lost when their transport notices', () => {
    const { world } = testRoom(2, { lossNoticeMs: [5000, 5000] });
    const link = someLink(world);
    world.network.split((member) => (member === 0 ? 0 : 1), false);
    world.runUntil(world.now + 4900);
    expect(link.broken).toBe(false);
    world.runUntil(world.now + 200);
    expect(link.broken).toBe(true);
  });

  test('a crash is silent: neighbours keep the link until their transport notices', () => {
    const { world } = testRoom(2, { lossNoticeMs: [2000, 2000] });
    const link = someLink(world);
    world.crash(at(world.members, 0));
    world.runUntil(world.now + 1900);
    expect(at(world.members, 1).links.has(link.id)).toBe(true);
    world.runUntil(world.now + 200);
    expect(at(world.members, 1).links.has(link.id)).toBe(false);
  });

  test('two links to one member end as one (G11)', () => {
    const { world } = testRoom(2);
    world.network.link(1, 0);
    world.runUntil(world.now + 3000);
    expect(world.network.openLinks).toHaveLength(1);
    expect(laneTo(someLink(world), 0).over).toBe(false);
  });
});
