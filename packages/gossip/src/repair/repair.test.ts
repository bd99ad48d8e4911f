import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SessionId } from '@grapevine/wire';
import { equal, inSync, repaired } from '../testing/measure.ts';
import type { FakeMember } from '../testing/member.ts';
import { FakeNetwork } from '../testing/network.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
/** By the numbers of PROTOCOL.md section 7: all that repair says beside the runs. */
const descent = { have: 8, want: 9, tree: 10, leaves: 11 };
const names = 6;
const feeds = 10_000;
const sessions = Array.from({ length: feeds }, (_, i) =>
  Buffer.from(hash(Uint8Array.of(i & 255, i >> 8)).subarray(0, 16)).toString('hex'),
);

function bytesOf(net: FakeNetwork, types: readonly number[]): number {
  let bytes = 0;
  for (const tap of net.taps()) for (const type of types) bytes += tap.bytesOf.get(type) ?? 0;
  return bytes;
}

const said = (net: FakeNetwork) => bytesOf(net, [names, ...Object.values(descent)]);

/** Two replicas of 10,000 feeds, not linked yet. */
function replicas(seed: number): { net: FakeNetwork; a: FakeMember; b: FakeMember } {
  const net = new FakeNetwork({ seed, hash });
  const [a, b] = [net.add(), net.add()];
  const rows = sessions.map((session): [SessionId, number, number] => [session, 2, 20]);
  for (const member of [a, b]) member.load(rows, () => 0.5);
  return { net, a, b };
}

/** Ten feeds that go on at one replica, one after the other as they come in. */
function goOn(member: FakeMember, pick: (i: number) => number): void {
  for (let i = 0; i < 10; i++) member.load([[sessions[pick(i)] ?? '', 1, 20]], () => 0.7);
}

describe('figure 14: 10 of 10,000 feeds differ', { timeout: 60_000 }, () => {
  for (const linkedFirst of [false, true]) {
    const link = linkedFirst ? 'over an old link' : 'over a new link';
    for (const holder of [0, 1]) {
      it(`G6: recently changed ones cost at most 1 kB ${link}, whoever holds them (${holder})`, () => {
        const { net, a, b } = replicas(4);
        if (linkedFirst) net.link(a, b);
        net.run(15_000);
        const before = said(net);
        goOn([a, b][holder] as FakeMember, (i) => i * 777);
        if (!linkedFirst) net.link(a, b);
        expect(net.runUntil(() => inSync([a, b]), 10_000)).toBeDefined();
        expect(said(net) - before).toBeLessThanOrEqual(1000);
      });
    }
  }

  for (const holder of [0, 1]) {
    it(`G6: scattered ones cost at most 3 kB, whoever holds them (${holder})`, () => {
      const { net, a, b } = replicas(4);
      const members = [a, b];
      goOn(members[holder] as FakeMember, (i) => i * 777);
      // Since then the same feeds have changed on both.
      const rows = sessions
        .slice(1, 301)
        .map((session): [string, number, number] => [session, 1, 20]);
      for (const member of members) member.load(rows, () => 0.3);
      net.link(a, b);
      expect(net.runUntil(() => inSync([a, b]), 10_000)).toBeDefined();
      expect(said(net)).toBeLessThanOrEqual(3000);
    });
  }

  it('G6: equal replicas cost the 8 bytes of a digest', () => {
    const { net, a, b } = replicas(4);
    net.link(a, b);
    net.run(30_000);
    expect(equal([a, b])).toBe(true);
    expect(bytesOf(net, Object.values(descent))).toBe(0);
  });
});

describe('halves that were apart', { timeout: 60_000 }, () => {
  for (const links of [1, 3]) {
    it(`G6: of nine members each cost at most 1.3 x what is missing, over ${links} links`, () => {
      const net = new FakeNetwork({ seed: 5, hash });
      const [left, right] = [net.mesh(9), net.mesh(9)];
      const all = [...left, ...right];
      net.run(2000);
      for (let i = 0; i < 500; i++) {
        left[i % 9]?.append(200);
        right[i % 9]?.append(200);
        net.run(20);
      }
      net.run(5000);
      const bytes = () => net.taps().reduce((sum, tap) => sum + tap.bytes, 0);
      const before = bytes();
      for (let i = 0; i < links; i++) net.link(left[i] as FakeMember, right[i] as FakeMember);
      expect(net.runUntil(() => inSync(all), 30_000)).toBeDefined();
      const missing = all.length * 500 * 200;
      expect(bytes() - before).toBeLessThanOrEqual(1.3 * missing);
    });
  }

  it('M10: learn of each other over one link, and equal tables are not compared again', () => {
    const net = new FakeNetwork({ seed: 6, hash });
    const [left, right] = [net.mesh(9), net.mesh(9)];
    net.run(5000);
    net.link(left[0] as FakeMember, right[0] as FakeMember);
    const met = () =>
      left.every(({ states }) => right.every(({ id }) => states.get(id) === 'alive'));
    expect(net.runUntil(met, 5000)).toBeDefined();
    net.run(20_000);
    const memberTree = 32;
    const before = bytesOf(net, [memberTree]);
    net.run(30_000);
    expect(bytesOf(net, [memberTree])).toBe(before);
  });
});

describe('a lossless room', { timeout: 60_000 }, () => {
  it('G6: is not repaired, whoever writes and however fast', () => {
    const net = new FakeNetwork({ seed: 7, hash, latencyMs: [10, 100], validationMs: [0, 20] });
    const members = net.mesh(9);
    net.run(3000);
    for (let i = 0; i < 300; i++) {
      members[Math.floor(net.random() * 9)]?.append(200);
      net.run(net.random() * 60);
    }
    expect(net.runUntil(() => inSync(members), 3000)).toBeDefined();
    net.run(10_000);
    expect(repaired(net)).toBe(0);
    expect(members.map(({ node }) => node.stats().repairBytes)).toEqual(members.map(() => 0));
  });
});
