import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Feed, OutEvent } from './event.ts';
import type { Message, MessageOf } from './frames/message.ts';
import { sampledDigest } from './membership/table.ts';
import { FakeNetwork } from './testing/network.ts';
import { Peer, Subject, hello } from './testing/peer.ts';
import { proofOf } from './testing/signatures.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const id = (digit: string) => digit.repeat(32);
const self = id('5');
/** A timer counts as due this much early. */
const slackMs = 20;
const other = new Uint8Array(8).fill(1);

/** A node that has said hello to peers of the ids given; its first round has not come yet. */
function room(digits: string, settings = {}) {
  const chance = { at: 0.5 };
  const subject = new Subject({
    self,
    incarnation: 1,
    proof: proofOf(self),
    info: new Uint8Array(0),
    random: () => chance.at,
    hash,
    ...settings,
  });
  subject.handle({ type: 'start' });
  const peers = Array.from(digits, (digit, i) => new Peer(subject, i + 1, id(digit)));
  for (const peer of peers) peer.open();
  return { subject, peers, chance };
}

const only = <T extends Message['type']>(messages: readonly Message[], type: T) =>
  messages.filter((message): message is MessageOf<T> => message.type === type);

type Room = ReturnType<typeof room>;

const timers = ['round', 'retry', 'liveness', 'membership', 'lazy', 'overlay', 'tree'] as const;

/**
 * Lets `ms` pass: timers go off, and every peer gives a sign of life a second. @returns what each
 * peer was sent, with the time
 */
function pass({ subject, peers }: Room, ms: number, stepMs = 10) {
  const said = peers.map((): { at: number; message: Message }[] => []);
  const note = (effects: readonly OutEvent[]) => {
    for (const [i, peer] of peers.entries()) {
      for (const message of peer.heard(effects)) said[i]?.push({ at: subject.now, message });
    }
  };
  for (const end = subject.now + ms; subject.now < end;) {
    subject.now += stepMs;
    for (const timer of timers) note(subject.handle({ type: 'timer', timer }));
    if (subject.now % 1000 >= stepMs) continue;
    for (const peer of peers) {
      const bytes = peer.frame({ type: 'ack', bytes: 0 });
      note(subject.handle({ type: 'frame', link: peer.link, bytes }));
    }
  }
  return said;
}

const rounds = (said: readonly { at: number; message: Message }[]) =>
  said.flatMap(({ at, message }) => (message.type === 'round' ? [{ at, ...message }] : []));
const round = (digest: Uint8Array, members: Uint8Array = new Uint8Array(8)): Message => {
  return { type: 'round', hidden: false, intervalMs: 1000, digest, members };
};
const feed = (seq: number): Feed => {
  return { session: id('a'), seq, leaf: new Uint8Array(16).fill(seq), ended: false };
};

describe('rounds', () => {
  it('G4: in sync nobody waits longer than two idle intervals, and no more is sent for it', () => {
    const all = room('12346789f');
    pass(all, 10_000);
    const said = pass(all, 60_000).map(rounds);
    for (const [peer, told] of said.entries()) {
      expect(told.every(({ intervalMs }) => intervalMs === 2000)).toBe(true);
      // The lowest id is our primary observer: told every round.
      const most = peer === 0 ? 2000 : 4000;
      for (const [i, { at }] of told.entries()) {
        expect(at - (told[i - 1]?.at ?? at)).toBeLessThanOrEqual(most);
      }
    }
    const frames = said.reduce((sum, told) => sum + told.length, 0);
    expect(frames).toBeGreaterThanOrEqual((60 / 4) * 8 + 60 / 2 - 9);
    expect(frames).toBeLessThanOrEqual((60 / 4) * 8 + 60 / 2 + 9);
  });

  it('G4: whom the longer interval would keep waiting is told before it begins', () => {
    const all = room('67');
    const { subject, peers } = all;
    for (const peer of peers) peer.say(round(other));
    pass(all, 5000);
    for (const peer of peers) peer.say(round(subject.node.digest()));
    const said = pass(all, 8000).map(rounds);
    for (const told of said) {
      for (const [i, { at }] of told.entries()) {
        const before = told[i - 1];
        if (before !== undefined)
          expect(at - before.at).toBeLessThanOrEqual(2.1 * before.intervalMs);
      }
    }
  });

  for (const [fanout, least] of [
    [1, 1],
    [3, 3],
    [16, 8],
  ] as const) {
    it(`G4, C2: while digests differ ${fanout} more are told at every interval of 1 s`, () => {
      const all = room('1234678f');
      const { subject, peers, chance } = all;
      subject.handle({ type: 'settings', settings: { fanout } });
      pass(all, 3000);
      let seed = 1;
      for (const peer of peers) peer.say(round(other));
      // The interval under way is an idle one.
      pass(all, 1000);
      for (let i = 0; i < 20; i++) {
        chance.at = (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
        const told = pass(all, 1000).filter((said) => rounds(said).length > 0);
        expect(told.length).toBeGreaterThanOrEqual(least);
      }
    });
  }

  it('G4: a place goes to those whose digest differed with probability 0.8', () => {
    for (const [at, expected] of [
      [0.79, 1],
      [0.81, 0],
    ] as const) {
      const all = room('6789abcd', { fanout: 1 });
      const { peers, chance, subject } = all;
      pass(all, 10_000);
      peers[7]?.say(round(other));
      // The last of those that differ, the last but one of all.
      chance.at = at;
      const before = subject.now;
      const said = pass(all, 2000);
      const due = subject.node.stats().roundsRun;
      expect(due).toBeGreaterThan(0);
      expect(
        rounds(said[7] ?? []).filter((told) => told.at <= before + 2000).length,
      ).toBeGreaterThanOrEqual(expected);
    }
  });

  it('G4: hidden rounds come every 5 s, and everybody is told at once', () => {
    const all = room('67');
    pass(all, 5000);
    const effects = all.subject.handle({ type: 'hidden', hidden: true });
    for (const peer of all.peers) {
      expect(only(peer.heard(effects), 'round')).toMatchObject([
        { hidden: true, intervalMs: 5000 },
      ]);
    }
    for (const told of pass(all, 30_000).map(rounds)) {
      for (const [i, { at, intervalMs }] of told.entries()) {
        expect(intervalMs).toBe(5000);
        if (i > 0) expect(at - (told[i - 1]?.at ?? 0)).toBeGreaterThanOrEqual(5000 - slackMs);
      }
    }
  });

  it('figure 7: an idle member with nine neighbours sends at most three frames a second', () => {
    const net = new FakeNetwork({ seed: 3, hash });
    const members = net.mesh(10);
    members[0]?.append(100);
    net.run(60_000);
    const frames = () => net.taps().reduce((sum, tap) => sum + tap.frames, 0);
    const before = frames();
    net.run(60_000);
    expect((frames() - before) / members.length / 60).toBeLessThanOrEqual(3);
    expect(members.flatMap(({ accused }) => accused)).toEqual([]);
  });
});

describe('live settings', () => {
  const delays = ({ subject }: Room) =>
    subject
      .last('schedule')
      .filter(({ timer }) => timer === 'round')
      .map(({ delayMs }) => delayMs);

  it('C1: a longer interval is told at once and counts from the last round', () => {
    const all = room('67');
    const { subject, peers } = all;
    const last = Math.max(
      ...pass(all, 2500)
        .flatMap(rounds)
        .map(({ at }) => at),
    );
    const effects = subject.handle({ type: 'settings', settings: { intervalMs: 10_000 } });
    for (const peer of peers) {
      expect(only(peer.heard(effects), 'round')).toMatchObject([{ intervalMs: 20_000 }]);
    }
    const left = last + 20_000 - subject.now;
    expect(delays(all)).toEqual([left]);
    expect(pass(all, left - slackMs - 10).flatMap(rounds)).toEqual([]);
    expect(subject.node.stats().roundsRun).toBe(2);
    pass(all, slackMs + 10);
    expect(subject.node.stats().roundsRun).toBe(3);
  });

  it('C1: a shorter interval is told at once, and the next round comes within it', () => {
    const all = room('67', { intervalMs: 60_000, idleIntervalMs: 120_000 });
    const { subject, peers } = all;
    pass(all, 40_000, 100);
    const effects = subject.handle({ type: 'settings', settings: { intervalMs: 200 } });
    for (const peer of peers) {
      expect(only(peer.heard(effects), 'round')).toMatchObject([{ intervalMs: 400 }]);
    }
    expect(delays(all)).toEqual([200]);
    const said = pass(all, 4000).map(rounds);
    for (const told of said) expect(told.length).toBeGreaterThanOrEqual(5);
  });

  it('C1, C2: another fanout alone moves no round; what is not a setting changes nothing', () => {
    const all = room('67');
    pass(all, 2500);
    all.subject.handle({ type: 'settings', settings: { fanout: 5 } });
    expect(all.subject.effects).toEqual([]);
    const settings = { intervalMs: 199 };
    expect(() => all.subject.handle({ type: 'settings', settings })).toThrow(
      expect.objectContaining({ code: 'setting-invalid' }),
    );
    expect(all.subject.handle({ type: 'timer', timer: 'retry' })).toEqual([]);
  });

  it('C1: before the start a setting is only kept', () => {
    const subject = new Subject({
      self,
      incarnation: 1,
      proof: proofOf(self),
      info: new Uint8Array(0),
      random: () => 0.5,
      hash,
    });
    subject.handle({ type: 'settings', settings: { intervalMs: 5000 } });
    expect(subject.effects).toEqual([]);
    subject.handle({ type: 'start' });
    expect(subject.last('schedule')).toContainEqual({
      type: 'schedule',
      timer: 'round',
      delayMs: 2500,
    });
  });
});

describe('digests told early', () => {
  it('G12: after 150 ms without a change, and 500 ms after the last telling', () => {
    const all = room('67');
    const { subject } = all;
    pass(all, 3210);
    const start = subject.now;
    subject.handle({ type: 'feeds', feeds: [feed(1)] });
    subject.now += 100;
    subject.handle({ type: 'feeds', feeds: [feed(2)] });
    const said = pass(all, 300).map(rounds);
    const early = said.map((told) => told.map(({ at }) => at - start)[0]);
    for (const at of early) expect([250, 260]).toContain(at);
    subject.handle({ type: 'feeds', feeds: [feed(3)] });
    const again = pass(all, 600).map(rounds);
    for (const [i, told] of again.entries()) {
      const first = told.find(({ digest }) => String(digest) === String(subject.node.digest()));
      expect((first?.at ?? 0) - (said[i]?.at(-1)?.at ?? 0)).toBeGreaterThanOrEqual(480);
    }
  });

  it('M10: on a new link digests are told again after 500 ms, for now both know each other', () => {
    const all = room('6', { idleIntervalMs: 60_000, intervalMs: 60_000 });
    expect(pass(all, 470).flatMap(rounds)).toEqual([]);
    expect(pass(all, 60).flatMap(rounds)).toHaveLength(1);
    expect(pass(all, 2000).flatMap(rounds)).toEqual([]);
  });
});

describe('what a mismatch leads to', () => {
  /** In which of its rounds, a second apart, a peer with another digest is asked. */
  function askedAt(all: Room, said: (i: number) => Message, type: 'tree' | 'memberTree'): number {
    const [peer] = all.peers;
    for (let i = 1; i <= 20; i++) {
      pass(all, 1000);
      const answer = peer?.say(said(i)) ?? [];
      if (only(answer, type).length > 0) return i;
    }
    return Infinity;
  }

  const old = (digits: string, settings = {}) => {
    const all = room(digits, settings);
    pass(all, 12_000);
    return all;
  };

  it('G6: the lower id asks in the second round, the higher in the fourth', () => {
    expect(askedAt(old('6'), () => round(other), 'tree')).toBe(2);
    expect(askedAt(old('4'), () => round(other), 'tree')).toBe(4);
  });

  it('G6: two rounds sooner than an interval apart are one', () => {
    const all = old('6');
    const [peer] = all.peers;
    peer?.say(round(other));
    pass(all, 990);
    expect(only(peer?.say(round(other)) ?? [], 'tree')).toEqual([]);
    pass(all, 10);
    expect(only(peer?.say(round(other)) ?? [], 'tree')).toHaveLength(1);
  });

  it('G6: while either digest changes nobody asks', () => {
    const all = old('6');
    expect(askedAt(all, (i) => round(new Uint8Array(8).fill(i)), 'tree')).toBe(Infinity);
    const changing = (i: number) => {
      all.subject.handle({ type: 'feeds', feeds: [feed(i)] });
      return round(other);
    };
    expect(askedAt(all, changing, 'tree')).toBe(Infinity);
  });

  it('G6: while something is in flight nobody asks; what was lost counts whatever changes', () => {
    const all = old('6', { wantMinMs: 2500 });
    const [peer] = all.peers;
    // An end mark is wanted at once.
    const leaf = { session: id('a'), seq: 0, ended: true, hash: 1 };
    const told = peer?.say({ type: 'leaves', salt: 1, leaves: [leaf] }) ?? [];
    expect(only(told, 'want')).toHaveLength(1);
    const again = () => only(peer?.say(round(other)) ?? [], 'tree');
    expect(again()).toEqual([]);
    pass(all, 1000);
    expect(again()).toEqual([]);
    // Unanswered for so long it is given up.
    pass(all, 1500);
    expect(only(peer?.say(round(new Uint8Array(8).fill(2))) ?? [], 'tree')).toHaveLength(1);
  });

  it('G6: equal digests end it', () => {
    const all = old('6');
    const equal = (i: number) => round(i % 2 === 0 ? all.subject.node.digest() : other);
    expect(askedAt(all, equal, 'tree')).toBe(Infinity);
  });

  it('G6: on a new link the lower id asks at once', () => {
    for (const [digit, asks] of [
      ['6', 1],
      ['4', 0],
    ] as const) {
      const { subject } = room('');
      const peer = new Peer(subject, 1, id(digit));
      expect(only(peer.open(other), 'tree')).toHaveLength(asks);
    }
  });

  it('M10: members are compared in the second round, and by the higher id in the fourth', () => {
    const said = () => round(new Uint8Array(8), other);
    expect(askedAt(old('6'), said, 'tree')).toBe(Infinity);
    // Sooner by the lower on a link younger than 10 s.
    expect(askedAt(old('4'), said, 'memberTree')).toBe(4);
    expect(askedAt(room('4'), said, 'memberTree')).toBe(4);
    expect(askedAt(old('6'), said, 'memberTree')).toBe(2);
    expect(askedAt(room('6'), said, 'memberTree')).toBe(1);
  });

  it('M10: tables that keep changing are compared all the same, in the eighth round', () => {
    const said = (i: number) => round(new Uint8Array(8), new Uint8Array(8).fill(i));
    expect(askedAt(old('6'), said, 'memberTree')).toBe(8);
  });

  it('M10: equal tables, and those of a sampled room, are not compared', () => {
    const all = old('6');
    const [told] = pass(all, 4000).flatMap(rounds);
    const ours = told?.members ?? other;
    expect(askedAt(all, () => round(new Uint8Array(8), ours), 'memberTree')).toBe(Infinity);
    const sampled = () => round(new Uint8Array(8), sampledDigest);
    expect(askedAt(old('6'), sampled, 'memberTree')).toBe(Infinity);
  });

  it('M10: hello alone compares no members', () => {
    const { subject } = room('');
    const peer = new Peer(subject, 1, id('6'));
    subject.handle({ type: 'linkUp', link: 1, member: id('6') });
    expect(only(peer.say({ ...hello, members: other }), 'memberTree')).toEqual([]);
  });
});
