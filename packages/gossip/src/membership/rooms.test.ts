import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { MemberState } from '../event.ts';
import { total } from '../testing/measure.ts';
import type { FakeMember } from '../testing/member.ts';
import { FakeNetwork } from '../testing/network.ts';
import type { NetworkOptions } from '../testing/network.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const maxMeshMembers = 10;

interface Room {
  net: FakeNetwork;
  members: FakeMember[];
  /** One of them, its neighbours, and all but it. */
  one: FakeMember;
  linked: FakeMember[];
  others: FakeMember[];
}

/** A room that has come to rest. */
function room(count: number, options: Partial<NetworkOptions> = {}): Room {
  const net = new FakeNetwork({ seed: 1, hash, ...options });
  const members = count <= maxMeshMembers ? net.mesh(count) : net.sparse(count, 6);
  net.run(20_000 + net.random() * 4000);
  const one = members[Math.floor(net.random() * count)] as FakeMember;
  const others = members.filter((member) => member !== one);
  const linked = others.filter((other) => net.linkBetween(one, other) !== undefined);
  return { net, members, one, linked, others };
}

/** Whether all of `members` hold all of `about` to be in that state. */
function hold(
  members: readonly FakeMember[],
  about: readonly FakeMember[],
  state: MemberState,
): boolean {
  return members.every((member) =>
    about.every((other) => other === member || member.states.get(other.id) === state),
  );
}

function accusedBy(members: readonly FakeMember[]): Set<string> {
  return new Set(members.flatMap(({ accused }) => accused));
}

function relink({ net, one, linked }: Room): void {
  for (const other of linked) if (net.linkBetween(one, other) === undefined) net.link(one, other);
}

/** The p-th part of the values is at most this. */
function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(p * sorted.length) - 1] as number;
}

describe('crashes', { timeout: 120_000 }, () => {
  for (const [count, runs] of [
    [2, 100],
    [9, 40],
    [24, 25],
  ] as const) {
    it(`M4-M6: of ${count} members all know of a crash within 5 s, rarely 7 s, and accuse nobody else`, () => {
      const times = Array.from({ length: runs }, (_, seed) => {
        const { net, one, others } = room(count, { seed });
        expect(hold(others, others, 'alive')).toBe(true);
        one.crash();
        const took = net.runUntil(() => hold(others, [one], 'dead'), 20_000, 20);
        expect(accusedBy(others)).toEqual(new Set([one.id]));
        expect(others.every(({ up }) => ![...up.values()].includes(one.id))).toBe(true);
        return took ?? Infinity;
      });
      expect(percentile(times, 0.5)).toBeLessThanOrEqual(5000);
      expect(percentile(times, 0.99)).toBeLessThanOrEqual(7000);
    });
  }

  it('M12: when most die at once, those whose neighbours all went with them are found out too', () => {
    const { net, members } = room(40);
    const dead = members.slice(0, 32);
    const rest = members.slice(32);
    for (const member of dead) member.crash();
    expect(net.runUntil(() => hold(rest, dead, 'dead'), 60_000, 100)).toBeDefined();
    expect(hold(rest, rest, 'alive')).toBe(true);
  });

  it('M4: a lost link accuses, and who is linked again within 1.8 s was never dead', () => {
    const found = room(2);
    const { net, one, others } = found;
    const cut = () => net.links.filter(({ open }) => open).forEach((link) => net.cut(link));
    cut();
    net.run(1700);
    expect(hold(others, [one], 'suspect')).toBe(true);
    relink(found);
    net.run(100);
    expect(hold(others, [one], 'alive')).toBe(true);
    cut();
    net.run(1750);
    expect(hold(others, [one], 'suspect')).toBe(true);
    net.run(100);
    expect(hold(others, [one], 'dead')).toBe(true);
  });
});

describe('members that are slow', { timeout: 120_000 }, () => {
  for (const count of [2, 9, 24]) {
    it(`M6, M7: of ${count} members none is dead for having stood still for 2.5 s`, () => {
      const { net, members } = room(count);
      const dead: FakeMember[] = [];
      for (let i = 0; i < 30; i++) {
        const slow = members[i % count] as FakeMember;
        slow.freeze(2500);
        for (let step = 0; step < 50; step++) {
          net.run(100 + net.random() * 20);
          dead.push(...members.filter(({ states }) => [...states.values()].includes('dead')));
        }
      }
      expect(dead).toEqual([]);
      expect(hold(members, members, 'alive')).toBe(true);
    });

    it(`M4: of ${count} members nobody is accused for sends that stall for half a second`, () => {
      const { net, members } = room(count);
      for (let at = 0; at < 120_000; at += 100) {
        for (const link of net.links) {
          for (const direction of link.directions) {
            if (net.random() > 0.01) continue;
            const until = net.now + direction.latencyMs + 500;
            direction.busyUntil = Math.max(direction.busyUntil, until);
          }
        }
        net.run(100);
      }
      expect(accusedBy(members)).toEqual(new Set());
    });

    it(`M8: of ${count} members a frozen one is dead, accuses nobody, and comes back by itself`, () => {
      const found = room(count);
      const { net, members, one, others } = found;
      one.freeze(10_000);
      net.run(9900);
      expect(hold(others, [one], 'dead')).toBe(true);
      net.run(300);
      relink(found);
      expect(net.runUntil(() => hold(others, [one], 'alive'), 1000)).toBeDefined();
      const told = others[0]?.node.members().find(({ id }) => id === one.id);
      expect(told?.incarnation).toBeGreaterThan(1);
      net.run(20_000);
      expect(one.accused).toEqual([]);
      expect(hold(members, members, 'alive')).toBe(true);
    });
  }
});

describe('coming and going', { timeout: 120_000 }, () => {
  it('M9: a goodbye is seen by all of a sparse room within its propagation time', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { net, one, others } = room(24, { seed });
      one.handle({ type: 'leave' });
      expect(net.runUntil(() => hold(others, [one], 'left'), 1000, 1)).toBeLessThanOrEqual(100);
      net.run(20_000);
      expect(accusedBy(others)).toEqual(new Set());
      expect(hold(others, [one], 'left')).toBe(true);
    }
  });

  it('M9, M3: a page that left and is shown again is back with a higher incarnation', () => {
    const found = room(24);
    const { net, one, others } = found;
    one.handle({ type: 'leave' });
    net.run(5000);
    one.handle({ type: 'start' });
    relink(found);
    expect(net.runUntil(() => hold(others, [one], 'alive'), 1000)).toBeDefined();
    const known = () => one.node.members().filter(({ state }) => state === 'alive').length;
    expect(net.runUntil(() => known() === 23, 2000)).toBeDefined();
  });

  it('M9: who announced sleep is asleep to all, accused by nobody, and awake with its next round', () => {
    const { net, one, others } = room(24);
    one.handle({ type: 'asleep' });
    one.freeze(60_000);
    expect(net.runUntil(() => hold(others, [one], 'asleep'), 100, 1)).toBeDefined();
    net.run(59_800);
    expect(hold(others, [one], 'asleep')).toBe(true);
    net.run(2500);
    expect(hold(others, [one], 'alive')).toBe(true);
    expect(accusedBy([one, ...others])).toEqual(new Set());
  });

  it('M1, M2, M10: a newcomer is listed by all and lists all, linked or not', () => {
    const { net, members } = room(24);
    const cards = total(net, 'alive');
    const late = net.add();
    for (const other of members.slice(0, 4)) net.link(late, other);
    expect(net.runUntil(() => hold(members, [late], 'alive'), 500, 5)).toBeDefined();
    expect(net.runUntil(() => hold([late], members, 'alive'), 2000, 5)).toBeDefined();
    net.run(10_000);
    // Its own card about once to each, and the 23 it asked for from whom it met.
    expect(total(net, 'alive') - cards).toBeLessThanOrEqual(6 * 24);
  });

  it('M3, M10: two halves apart for a minute hold each other dead, and all alive once linked', () => {
    for (const count of [9, 24]) {
      const { net, members } = room(count);
      const left = members.slice(0, count >> 1);
      const right = members.slice(count >> 1);
      const between = net.links.filter(
        ({ ends: [a, b], open }) => open && left.includes(a) !== left.includes(b),
      );
      for (const link of between) net.cut(link);
      net.run(60_000);
      expect([hold(left, right, 'dead'), hold(right, left, 'dead')]).toEqual([true, true]);
      expect([hold(left, left, 'alive'), hold(right, right, 'alive')]).toEqual([true, true]);
      for (const { ends } of between.slice(0, 3)) net.link(...ends);
      expect(net.runUntil(() => hold(members, members, 'alive'), 10_000, 20)).toBeDefined();
    }
  });

  it('M1: in a sampled room an idle member says nothing of members, and notices its neighbours', () => {
    const { net, members, one, linked } = room(60, { settings: { knownMembers: 16 } });
    const before = (['alive', 'suspect', 'memberTree'] as const).map((type) => total(net, type));
    net.run(20_000);
    const after = (['alive', 'suspect', 'memberTree'] as const).map((type) => total(net, type));
    expect(after).toEqual(before);
    expect(Math.max(...members.map(({ node }) => node.members().length))).toBeLessThan(30);
    one.crash();
    expect(net.runUntil(() => hold(linked, [one], 'dead'), 15_000, 20)).toBeDefined();
    expect(accusedBy(members)).toEqual(new Set([one.id]));
  });
});
