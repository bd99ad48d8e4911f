import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at, testRoom } from '../testing/room.ts';
import { Streams, below } from '../world/random.ts';
import { components } from './components.ts';
import { eccentricity } from './dijkstra.ts';
import { mean, percentile, rounded } from './numbers.ts';
import { FrameScanner } from './scan.ts';

/** A room without links of its own, and links at random between its members. */
function graph(members: number, links: number, seed: number) {
  const { world } = testRoom(members, { handshakeFailure: 1, seed });
  const random = new Streams(seed).of('graph');
  for (let i = 0; i < links; i++) {
    const a = below(random, members);
    const b = below(random, members);
    if (a === b) continue;
    for (const lane of world.network.link(a, b).lanes) lane.up = true;
  }
  return world;
}

/** Floyd and Warshall's way: all pairs, no queue. */
function bruteForce(world: ReturnType<typeof graph>, source: number): number {
  const count = world.members.length;
  const far = Array.from({ length: count }, (_, a) =>
    Array.from({ length: count }, (__, b) => (a === b ? 0 : Infinity)),
  );
  const get = (a: number, b: number) => far[a]?.[b] ?? Infinity;
  const set = (a: number, b: number, ms: number) => {
    const row = far[a];
    if (row !== undefined) row[b] = Math.min(get(a, b), ms);
  };
  for (const { lanes } of world.network.openLinks) {
    for (const { from, latencyMs, to } of lanes) set(from, to, latencyMs);
  }
  for (let via = 0; via < count; via++) {
    for (let a = 0; a < count; a++) {
      for (let b = 0; b < count; b++) set(a, b, get(a, via) + get(via, b));
    }
  }
  return Math.max(...(far[source] ?? []).filter((ms) => ms < Infinity));
}

describe('metrics', () => {
  test('the eccentricity is that of the fastest paths', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const world = graph(15, 25, seed);
      expect(eccentricity(world, 3)).toBeCloseTo(bruteForce(world, 3), 6);
    }
  });

  test('components are of living members and open links', () => {
    const world = graph(6, 0, 1);
    expect(components(world)).toEqual([1, 1, 1, 1, 1, 1]);
    for (const [a, b] of [
      [0, 1],
      [1, 2],
      [4, 5],
    ] as const) {
      for (const lane of world.network.link(a, b).lanes) lane.up = true;
    }
    expect(components(world)).toEqual([3, 2, 1]);
    world.crash(at(world.members, 1));
    expect(components(world)).toEqual([2, 1, 1, 1]);
  });

  test('percentiles are nearest ranks', () => {
    const values = fc.array(fc.integer(), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(values, fc.double({ min: 0.01, max: 1, noNaN: true }), (list, share) => {
        const value = percentile(list, share) ?? Number.NaN;
        expect(list).toContain(value);
        const atMost = list.filter((each) => each <= value).length;
        const less = list.filter((each) => each < value).length;
        expect(atMost).toBeGreaterThanOrEqual(share * list.length);
        expect(less).toBeLessThan(share * list.length);
      }),
    );
    expect(percentile([], 0.5)).toBeUndefined();
    expect(mean([1, 2, 6])).toBe(3);
    expect([rounded(1.23456, 2), rounded(undefined, 2), rounded(Infinity, 2)]).toEqual([
      1.23,
      null,
      null,
    ]);
  });

  test('the scanner reads runs and names and skips the rest', () => {
    // names of one session; an echo; a run: session 0, flags 1, from 300, 2 deltas, 3 bytes.
    const names = [6, 16, ...Array.from({ length: 16 }, (_, i) => i)];
    const bytes = [...names, 4, 1, 9, 7, 8, 0, 1, 0xac, 0x02, 2, 7, 7, 7];
    const seen: unknown[] = [];
    new FrameScanner().scan(
      Uint8Array.from(bytes),
      (run) => seen.push(run),
      (start, count) => seen.push([start, count]),
    );
    expect(seen).toEqual([[2, 1], { name: 0, from: 300, count: 2, repair: true }]);
  });

  test('copies, hops and delays are those of the deltas measured', () => {
    const { world, recorder } = testRoom(4, { latencyMs: { kind: 'constant', ms: 25 } });
    recorder.broadcast.stretch = 'warm';
    world.write(at(world.members, 0), 10);
    world.runUntil(world.now + 1000);
    const [delta] = recorder.broadcast.tracked;
    expect(delta).toMatchObject({ targets: 3, received: 3, lastHops: 1, idealMs: 25 });
    expect((delta?.lastAt ?? 0) - (delta?.at ?? 0)).toBeCloseTo(25, 0);
    expect(recorder.broadcast.redundancy('warm')).toBe(0);
    expect(recorder.broadcast.redundancy('cold')).toBeUndefined();
    recorder.broadcast.copied(3);
    expect(recorder.broadcast.redundancy('warm')).toBe(1);
  });
});
