import { createHash } from 'node:crypto';
import { limits } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import type { FakeMember } from './member.ts';
import {
  claimsSync,
  equal,
  inSync,
  overLimits,
  pushed,
  pushedTwice,
  repaired,
  total,
} from './measure.ts';
import { FakeNetwork } from './network.ts';
import type { NetworkOptions } from './network.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const network = (options: Partial<NetworkOptions> = {}) =>
  new FakeNetwork({ seed: 1, hash, ...options });

describe('a lossless full mesh', { timeout: 60_000 }, () => {
  it('G2, G3: every delta reaches every member exactly once and nothing is repaired', () => {
    const net = network({ seed: 7, latencyMs: [10, 100], validationMs: [0, 20] });
    const members = net.mesh(9);
    net.run(500);
    for (let i = 0; i < 200; i++) {
      members[Math.floor(net.random() * 9)]?.append(200);
      net.run(net.random() * 60);
    }
    expect(net.runUntil(() => inSync(members), 3000)).toBeDefined();
    for (const member of members) {
      expect(member.falseSyncs).toBe(0);
      expect(member.accused).toEqual([]);
      expect(member.node.stats()).toMatchObject({ duplicateDeltas: 0, repairBytes: 0 });
    }
    expect(pushed(net)).toBe(200 * 8);
    expect(pushedTwice(net)).toEqual([]);
  });

  it('G12: a single write is known to be everywhere without waiting for rounds', () => {
    const net = network();
    const members = net.mesh(5);
    net.run(20_000);
    members[0]?.append(200);
    expect(members.some(claimsSync) && equal(members)).toBe(false);
    const took = net.runUntil(() => inSync(members), 5000);
    expect(took).toBeLessThanOrEqual(300);
  });

  it('G4, B4: an idle room exchanges rounds, one per neighbour and 2 intervals, the primary observer each, and trees only', () => {
    const net = network({ latencyMs: [1, 5] });
    const members = net.mesh(9);
    members[0]?.append(200);
    net.run(10_000);
    const before = net.taps().reduce((sum, tap) => sum + tap.frames, 0);
    const kinds = ['round', 'beacon', 'graft', 'prune'] as const;
    const said = () => kinds.reduce((sum, kind) => sum + total(net, kind), 0);
    const saidBefore = said();
    net.run(60_000);
    const frames = net.taps().reduce((sum, tap) => sum + tap.frames, 0) - before;
    // None of anything else; several may share a frame.
    expect(frames).toBeLessThanOrEqual(said() - saidBefore);
    // Seven neighbours every 4 s, the primary observer every 2 s, and an epoch a minute.
    expect(frames / 9 / 60).toBeLessThanOrEqual(2.4);
    expect(members.flatMap(({ accused }) => accused)).toEqual([]);
  });

  it('F3: several runs appended in one call share frames', () => {
    const net = network();
    const [a] = net.mesh(2);
    net.run(100);
    const tap = net.links[0]?.directions[0].tap;
    const before = tap?.frames ?? 0;
    const runs = Array.from({ length: 300 }, () => a?.log.append(a.id, [new Uint8Array(100)]));
    a?.appended(runs.filter((run) => run !== undefined));
    expect((tap?.frames ?? 0) - before).toBe(1);
  });
});

describe('links missing, going and coming', { timeout: 60_000 }, () => {
  it('G2: members without a common link are reached at once through common neighbours', () => {
    const net = network({ latencyMs: [10, 20] });
    const members = net.mesh(5);
    const [a, b] = members as [FakeMember, FakeMember];
    const link = net.linkBetween(a, b);
    if (link !== undefined) net.cut(link);
    net.run(3000);
    a.append(100);
    expect(net.runUntil(() => equal(members), 1000, 1)).toBeLessThanOrEqual(60);
    expect(repaired(net)).toBe(0);
    expect(a.dialled).toContain(b.id);
  });

  it('G6: two parts that were apart bring each other up to date as soon as they are linked', () => {
    const net = network();
    const left = net.mesh(3);
    const right = net.mesh(3);
    for (const member of [...left, ...right]) member.append(100, 200, 300);
    net.run(5000);
    for (const a of left) for (const b of right) net.link(a, b);
    expect(net.runUntil(() => equal([...left, ...right]), 1000)).toBeLessThanOrEqual(200);
    expect(net.runUntil(() => inSync([...left, ...right]), 2000)).toBeDefined();
  });

  it('G6: one link joins two rooms and everything crosses it once', () => {
    const net = network();
    const left = net.mesh(3);
    const right = net.mesh(3);
    for (const member of [...left, ...right]) member.append(100, 200, 300);
    net.run(5000);
    const bridge = net.link(left[0] as FakeMember, right[0] as FakeMember);
    expect(net.runUntil(() => equal([...left, ...right]), 5000)).toBeDefined();
    for (const { tap } of bridge.directions) {
      expect(tap.pushedDeltas + tap.repairDeltas).toBe(9);
    }
  });

  it('G5: a newcomer with three holders fetches each delta once, from whom it asked', () => {
    const net = network({ latencyMs: [5, 30], validationMs: [1, 4] });
    const holders = net.mesh(3);
    for (const holder of holders) {
      for (let i = 0; i < 40; i++) holder.append(200, 200, 200, 200, 200);
    }
    net.run(3000);
    const before = pushed(net);
    const repairedBefore = repaired(net);
    const newcomer = net.add();
    for (const holder of holders) net.link(holder, newcomer, 20);
    expect(net.runUntil(() => inSync([...holders, newcomer]), 5000)).toBeDefined();
    expect(repaired(net) - repairedBefore).toBe(600);
    expect(pushed(net) - before).toBe(0);
    expect(newcomer.node.stats().duplicateDeltas).toBe(0);
    expect(newcomer.falseSyncs).toBe(0);
  });

  it('G5: when the neighbour asked goes, the others are asked at once', () => {
    const net = network({ latencyMs: [20, 20] });
    const holders = net.mesh(3);
    holders[0]?.append(...Array.from({ length: 300 }, () => 2000));
    net.run(3000);
    const newcomer = net.add();
    const links = holders.map((holder) => net.link(holder, newcomer));
    net.runUntil(() => newcomer.log.count() > 0, 2000, 1);
    const serving = links.findLast(({ directions }) =>
      directions.some(({ tap }) => tap.repairDeltas > 0),
    );
    expect(newcomer.log.count()).toBeLessThan(300);
    if (serving !== undefined) net.cut(serving);
    expect(net.runUntil(() => newcomer.log.count() === 300, 5000)).toBeLessThanOrEqual(400);
  });

  it('G6: many feeds are compared by descent, in bytes that follow the difference', () => {
    const net = network();
    const [a, b] = [net.add(), net.add()];
    const sessions = Array.from({ length: 1000 }, (_, i) =>
      hash(Uint8Array.of(i & 255, i >> 8)).subarray(0, 16),
    ).map((bytes) => Buffer.from(bytes).toString('hex'));
    const chance = (seed: number) => () => seed / 256;
    const rows = sessions.map((session): [string, number, number] => [session, 2, 20]);
    a.load(rows, chance(5));
    b.load(rows, chance(5));
    a.load(
      [
        [sessions[17] ?? '', 3, 20],
        [sessions[700] ?? '', 1, 20],
      ],
      chance(9),
    );
    b.load([[sessions[321] ?? '', 2, 20]], chance(9));
    net.link(a, b);
    expect(net.runUntil(() => equal([a, b]), 2000)).toBeLessThanOrEqual(200);
    const repairBytes = a.node.stats().repairBytes + b.node.stats().repairBytes;
    expect(repairBytes).toBeLessThan(4000);
  });
});

describe('slow and stuck members', { timeout: 60_000 }, () => {
  it('F3: one that does not read is held to the window and catches up by want', () => {
    const net = network();
    const members = net.mesh(3);
    const [a, b] = members as [FakeMember, FakeMember];
    net.run(1000);
    const link = net.linkBetween(a, b);
    const direction = link?.directions[link.ends[0] === a ? 0 : 1];
    if (direction === undefined) throw new Error('no link');
    net.stall(direction, true);
    for (let i = 0; i < 60; i++) {
      a.append(...Array.from({ length: 30 }, () => 2000));
      net.run(20);
    }
    expect(direction.tap.bytes).toBeLessThanOrEqual(limits.linkUnackedBytes + 65_536);
    net.stall(direction, false);
    expect(net.runUntil(() => inSync(members), 10_000)).toBeDefined();
    expect(pushedTwice(net)).toEqual([]);
    expect(overLimits(members)).toEqual([]);
  });

  it('F3: what is being validated is not acknowledged, so a slow receiver is not flooded', () => {
    const net = network({ validationMs: [2000, 2000] });
    const [a, b] = net.mesh(2) as [FakeMember, FakeMember];
    net.run(100);
    for (let i = 0; i < 60; i++) a.append(...Array.from({ length: 30 }, () => 2000));
    net.run(1500);
    expect(net.links[0]?.directions[0].tap.bytes).toBeLessThanOrEqual(
      limits.linkUnackedBytes + 4096,
    );
    expect(net.runUntil(() => inSync([a, b]), 60_000)).toBeDefined();
    expect(overLimits([a, b])).toEqual([]);
  });

  it('F3: rumours overtake bulk', () => {
    const net = network({ latencyMs: [5, 5] });
    const [a, b] = [net.add(), net.add()];
    for (let i = 0; i < 300; i++) a.log.append(a.id, [new Uint8Array(40_000)]);
    a.reload();
    net.link(a, b);
    net.runUntil(() => b.log.count() > 20, 2000, 1);
    const third = net.add();
    const session = third.id;
    const run = third.log.append(session, [new Uint8Array(100)]);
    a.log.validateRun(session, run.bytes);
    a.handle({ type: 'append', feed: a.log.feed(session), runs: [run] });
    const took = net.runUntil(() => b.log.feed(session).seq === 1, 2000, 1);
    expect(b.log.count()).toBeLessThan(300);
    expect(took).toBeLessThanOrEqual(50);
  });
});

describe('values', { timeout: 60_000 }, () => {
  const hashOf = (byte: number) => byte.toString(16).padStart(2, '0').repeat(32);

  it('G10: a value of 5 MiB comes from one holder, in order, beside quick small writes', () => {
    const net = network({ latencyMs: [5, 5] });
    const members = net.mesh(3);
    const [a, b, c] = members as [FakeMember, FakeMember, FakeMember];
    const bytes = 5 * 1024 * 1024;
    for (const holder of [a, b]) holder.log.values.set(hashOf(1), new Uint8Array(bytes));
    net.run(1000);
    c.handle({ type: 'wantValue', hash: hashOf(1), bytes });
    net.run(60);
    a.append(100);
    expect(net.runUntil(() => c.log.count() === 1, 1000, 1)).toBeLessThanOrEqual(50);
    const took = net.runUntil(() => c.received.get(hashOf(1))?.bytes === bytes, 5000);
    expect(took).toBeLessThanOrEqual(1000);
    const sent = total(net, 'valueChunk');
    expect(sent).toBe(bytes / limits.valueChunkBytes);
  });

  it('G10: a holder that lacks it or goes is passed over, and asked again after a round', () => {
    const net = network({ latencyMs: [5, 5] });
    const [a, b, c] = net.mesh(3) as [FakeMember, FakeMember, FakeMember];
    net.run(1000);
    const bytes = 2_000_000;
    c.handle({ type: 'wantValue', hash: hashOf(2), bytes });
    net.run(200);
    expect(total(net, 'valueMissing')).toBe(2);
    b.log.values.set(hashOf(2), new Uint8Array(bytes));
    net.runUntil(() => (c.received.get(hashOf(2))?.bytes ?? 0) > 500_000, 5000, 1);
    a.log.values.set(hashOf(2), new Uint8Array(bytes));
    const link = net.linkBetween(b, c);
    if (link !== undefined) net.cut(link);
    expect(net.runUntil(() => c.received.get(hashOf(2))?.bytes === bytes, 3000)).toBeDefined();
    expect(c.sync.pending).toBe(1);
    c.handle({ type: 'dropValue', hash: hashOf(2) });
    expect(c.sync.pending).toBe(0);
  });
});
