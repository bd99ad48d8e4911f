import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Aggregate } from '../event.ts';
import { FakeNetwork } from '../testing/network.ts';
import { Subject } from '../testing/peer.ts';
import { proofOf } from '../testing/signatures.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const self = '5'.repeat(32);
const nothing = { sum: undefined, average: undefined, min: undefined, max: undefined };

function alone() {
  const subject = new Subject({
    self,
    incarnation: 1,
    proof: proofOf(self),
    info: new Uint8Array(0),
    random: () => 0.5,
    hash,
  });
  subject.handle({ type: 'start' });
  return subject;
}

describe('aggregates of one member', () => {
  it('A2: are told at once to who watches, then 100 ms apart and only where they change', () => {
    const subject = alone();
    subject.handle({ type: 'watchAggregate', name: 'load', watch: true });
    expect(subject.last('aggregate')).toEqual([
      { type: 'aggregate', name: 'load', count: 0, ...nothing, exact: true },
    ]);
    subject.now = 10;
    for (const value of [1, 2, 3]) {
      subject.handle({ type: 'metric', name: 'load', value });
      expect(subject.last('aggregate')).toEqual([]);
    }
    expect(subject.last('schedule').filter(({ timer }) => timer === 'aggregate')).toEqual([]);
    subject.now = 79;
    expect(subject.handle({ type: 'timer', timer: 'aggregate' })).toEqual([]);
    subject.now = 100;
    subject.handle({ type: 'timer', timer: 'aggregate' });
    const three = { count: 1, sum: 3, average: 3, min: 3, max: 3, exact: true };
    expect(subject.last('aggregate')).toEqual([{ type: 'aggregate', name: 'load', ...three }]);
    subject.handle({ type: 'metric', name: 'other', value: 7 });
    subject.now = 250;
    subject.handle({ type: 'timer', timer: 'aggregate' });
    expect(subject.last('aggregate')).toEqual([]);
    subject.handle({ type: 'metric', name: 'load', value: undefined });
    subject.now = 500;
    subject.handle({ type: 'timer', timer: 'aggregate' });
    expect(subject.last('aggregate')).toMatchObject([{ count: 0, sum: undefined }]);
  });

  it('A2: are not told to who watches no more; at most 64 are watched', () => {
    const subject = alone();
    subject.handle({ type: 'watchAggregate', name: 'load', watch: true });
    subject.handle({ type: 'watchAggregate', name: 'load', watch: false });
    subject.now = 10;
    subject.handle({ type: 'metric', name: 'load', value: 1 });
    expect(subject.last('schedule').filter(({ timer }) => timer === 'aggregate')).toEqual([]);
    const watch = (i: number) =>
      subject.handle({ type: 'watchAggregate', name: String(i), watch: true });
    for (let i = 0; i < 64; i++) watch(i);
    watch(3);
    expect(() => watch(64)).toThrow(expect.objectContaining({ code: 'too-many-aggregates' }));
  });
});

/** What every member was told last of `name`. */
function watchAll(net: FakeNetwork, name: string): () => (Aggregate | undefined)[] {
  for (const member of net.members) member.handle({ type: 'watchAggregate', name, watch: true });
  return () => net.members.map(({ aggregates }) => aggregates.get(name));
}

describe('aggregates of a room', { timeout: 60_000 }, () => {
  it('A2: of all members are exact everywhere, and follow changes', () => {
    const net = new FakeNetwork({ seed: 2, hash });
    const members = net.mesh(8);
    net.run(3000);
    const told = watchAll(net, 'load');
    const set = (values: readonly (number | undefined)[]) => {
      for (const [i, value] of values.entries()) {
        members[i]?.handle({ type: 'metric', name: 'load', value });
      }
      net.run(4000);
    };
    set([0.1, 0.2, 0.3, -4, 5, undefined, 1e9, 0.7]);
    const sum = 1_000_000_002.3;
    const first = { count: 7, sum, average: sum / 7, min: -4, max: 1e9, exact: true };
    expect(told()).toEqual(members.map(() => first));
    set([undefined, 0.2, 0.3, -4, 5, undefined, undefined, 0.7]);
    const second = { count: 5, sum: 2.2, average: 2.2 / 5, min: -4, max: 5, exact: true };
    expect(told()).toEqual(members.map(() => second));
    members[3]?.handle({ type: 'leave' });
    net.run(1000);
    const others = told().filter((_, i) => i !== 3);
    expect(others).toEqual(
      others.map(() => ({ ...second, count: 4, sum: 6.2, average: 1.55, min: 0.2 })),
    );
  });
});

/** A ring with chords of members that know at most 12 others. */
function sampledRoom(count: number, seed = 4): FakeNetwork {
  const net = new FakeNetwork({ seed, hash, settings: { knownMembers: 12 } });
  const members = Array.from({ length: count }, () => net.add());
  for (const [i, member] of members.entries()) {
    for (const step of [1, 7]) {
      const other = members[(i + step) % count];
      if (other !== undefined) net.link(member, other);
    }
  }
  return net;
}

describe('aggregates of a sampled room', { timeout: 60_000 }, () => {
  it('A3, A4: every member comes to the same estimates, within their error', () => {
    const net = sampledRoom(40);
    net.run(5000);
    const told = watchAll(net, 'load');
    for (const [i, member] of net.members.entries()) {
      member.handle({ type: 'metric', name: 'load', value: i - 10 });
    }
    net.run(115_000);
    const all = told();
    const [one] = all;
    expect(all).toEqual(all.map(() => one));
    expect(one).toMatchObject({ min: -10, max: 29, exact: false });
    // Three standard errors of 1 / √126 each.
    expect(Math.abs((one?.count ?? 0) / 40 - 1)).toBeLessThan(3 / Math.sqrt(126));
    const [up, down] = [435, 55];
    const error = (3 * Math.hypot(up, down)) / Math.sqrt(126);
    expect(Math.abs((one?.sum ?? 0) - (up - down))).toBeLessThan(error);
  });

  it('A3: extrema ride in sampled rooms only', () => {
    const net = new FakeNetwork({ seed: 2, hash });
    const members = net.mesh(6);
    members[0]?.handle({ type: 'metric', name: 'load', value: 1 });
    net.run(100_000);
    expect(net.taps().every(({ counts }) => !counts.has('extrema'))).toBe(true);
  });

  it('A3: what spreads no news is not sent again in an epoch', () => {
    const net = sampledRoom(30);
    const sent = () =>
      net.taps().reduce((sum, { counts }) => sum + (counts.get('extrema') ?? 0), 0);
    net.run(95_000);
    const perSecond: number[] = [];
    for (let i = 0; i < 30; i++) {
      const before = sent();
      net.run(1000);
      perSecond.push(sent() - before);
    }
    // Two seconds in which everybody is silent.
    expect(perSecond.filter((count) => count === 0).length).toBeGreaterThanOrEqual(2);
    expect(perSecond.some((count) => count > 0)).toBe(true);
  });
});
