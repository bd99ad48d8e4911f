import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FakeMember } from './member.ts';
import { inSync, overLimits, pushedTwice, total } from './measure.ts';
import { FakeNetwork } from './network.ts';
import type { NetworkOptions } from './network.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const network = (options: Partial<NetworkOptions> = {}) =>
  new FakeNetwork({ seed: 1, hash, ...options });

describe('forks', { timeout: 60_000 }, () => {
  it('L11, L10: contradicting copies are asked for once, and the end mark reaches all', () => {
    const net = network();
    const members = [net.add(), net.add(), net.add(), net.add()];
    const [a, b] = members as [FakeMember, FakeMember];
    const author = net.add();
    author.crash();
    const deltas = Array.from({ length: 20 }, (_, i) => new Uint8Array(50).fill(i));
    for (const [index, member] of members.entries()) {
      member.log.append(author.id, deltas);
      if (index < 2) member.log.append(author.id, [Uint8Array.of(index), Uint8Array.of(7)]);
      member.reload();
    }
    for (const [i, x] of members.entries()) for (const y of members.slice(i + 1)) net.link(x, y);
    expect(net.runUntil(() => inSync(members), 30_000)).toBeDefined();
    expect(a.log.feed(author.id)).toMatchObject({ seq: 20, ended: true });
    const wants = total(net, 'want');
    net.run(20_000);
    expect(total(net, 'want')).toBe(wants);
    expect(b.falseSyncs).toBe(0);
  });
});

describe('two links to one member', { timeout: 60_000 }, () => {
  it('G11: exactly one is left, whichever order the ends see, and nothing is lost', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), (seed) => {
        const net = network({ seed });
        const [a, b] = [net.add(), net.add()];
        for (let i = 0; i < 3; i++) {
          net.link(a, b, 30);
          a.append(100);
          net.run(net.random() * 20);
          b.append(100);
        }
        expect(net.runUntil(() => inSync([a, b]), 5000)).toBeDefined();
        // What one end closed is on its way to the other.
        const open = () => net.links.filter((link) => link.open).length;
        expect(net.runUntil(() => open() === 1, 500)).toBeDefined();
        expect([a.up.size, b.up.size]).toEqual([1, 1]);
        expect([a.states.get(b.id), b.states.get(a.id)]).toEqual(['alive', 'alive']);
        expect(pushedTwice(net)).toEqual([]);
      }),
      { numRuns: 40, seed: 11 },
    );
  });
});

describe('any schedule', { timeout: 60_000 }, () => {
  for (const [count, runs] of [
    [3, 100],
    [5, 60],
    [9, 25],
  ] as const) {
    it(`G1-G7: ${count} members with every kind of fault end with equal vectors`, () => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seed) => {
          const net = network({ seed, staleTimers: seed % 2 === 0, validationMs: [0, 15] });
          const members = disturb(net, count);
          expect(settle(net, members)).toBe(true);
          expect(pushedTwice(net)).toEqual([]);
          expect(overLimits(members)).toEqual([]);
          for (const { falseSyncs } of members) expect(falseSyncs).toBe(0);
        }),
        { numRuns: runs, seed: 5 },
      );
    });
  }
});

/** A few seconds of writes and faults. @returns those still running */
function disturb(net: FakeNetwork, count: number): FakeMember[] {
  const members = net.mesh(count);
  const pick = <T>(items: readonly T[]) => items[Math.floor(net.random() * items.length)];
  for (let i = 0; i < 40; i++) {
    const member = pick(members);
    const link = pick(net.links);
    const fault = net.random();
    if (fault < 0.65)
      member?.append(...Array.from({ length: 1 + Math.floor(net.random() * 4) }, () => 50));
    else if (fault < 0.75 && link !== undefined) net.cut(link);
    else if (fault < 0.8) relink(net, members);
    else if (fault < 0.88 && link !== undefined) {
      const direction = pick(link.directions);
      if (direction !== undefined) net.stall(direction, direction.held === undefined);
    } else if (fault < 0.94) member?.freeze(net.random() * 6000);
    else if (fault < 0.96 && members.length > 2) member?.crash();
    net.run(net.random() * 400);
  }
  for (const { directions } of net.links) {
    for (const direction of directions) net.stall(direction, false);
  }
  return members.filter(({ alive }) => alive);
}

function relink(net: FakeNetwork, members: readonly FakeMember[]): void {
  for (const [index, a] of members.entries()) {
    for (const b of members.slice(index + 1)) {
      if (a.alive && b.alive && net.linkBetween(a, b) === undefined) net.link(a, b, 20);
    }
  }
}

/**
 * Links are made again where they are missing, as a driver would. @returns whether all came into
 * sync
 */
function settle(net: FakeNetwork, members: readonly FakeMember[]): boolean {
  if (members.length < 2) return true;
  for (let i = 0; i < 20; i++) {
    relink(net, members);
    if (net.runUntil(() => inSync(members), 2000, 50) !== undefined) return true;
  }
  return false;
}
