import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Message } from './message.ts';
import { Peer, Subject, hello } from './testing/peer.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const info = new Uint8Array(0);
const self = '5'.repeat(32);
const round: Message = {
  type: 'round',
  hidden: false,
  intervalMs: 1000,
  digest: new Uint8Array(8),
  feeds: 0,
};

function pair(settings = {}) {
  const config = { self, incarnation: 1, info, random: () => 0.5, hash, ...settings };
  const subject = new Subject(config);
  subject.handle({ type: 'start' });
  const peer = new Peer(subject, 1, '6'.repeat(32));
  peer.open();
  return { subject, peer };
}

/** Fires every timer each 50 ms: stale ones do no harm. @returns states entered, with times */
function live(subject: Subject, untilMs: number): [number, string][] {
  const entered: [number, string][] = [];
  for (; subject.now <= untilMs; subject.now += 50) {
    for (const timer of ['round', 'liveness', 'retry'] as const) {
      subject.handle({ type: 'timer', timer });
      for (const { state } of subject.last('member')) entered.push([subject.now, state]);
    }
  }
  return entered;
}

describe('liveness', () => {
  it('G8: 3 silent intervals and an unanswered echo make suspect, 4 s more dead', () => {
    const { subject } = pair();
    const entered = live(subject, 10_000);
    expect(entered.map(([, state]) => state)).toEqual(['suspect', 'dead']);
    const [suspect, dead] = entered.map(([at]) => at) as [number, number];
    expect(suspect).toBeGreaterThanOrEqual(3000);
    expect(suspect).toBeLessThanOrEqual(3400);
    expect(dead - suspect).toBeGreaterThanOrEqual(4000);
    expect(dead - suspect).toBeLessThanOrEqual(4100);
  });

  it('G8: the silent link of a dead member is closed', () => {
    const { subject } = pair();
    const closed: string[] = [];
    for (; subject.now < 8000; subject.now += 50) {
      for (const timer of ['round', 'liveness'] as const) {
        subject.handle({ type: 'timer', timer });
        closed.push(...subject.last('close').map(({ reason }) => reason));
      }
    }
    expect(closed).toEqual(['silent']);
  });

  it('G8: any frame refutes a suspicion', () => {
    const { subject, peer } = pair();
    live(subject, 4000);
    peer.say({ type: 'ack', bytes: 0 });
    expect(subject.last('member').map(({ state }) => state)).toEqual(['alive']);
  });

  it('G8: a hidden member is given its longer interval', () => {
    const { subject, peer } = pair();
    peer.say({ ...round, hidden: true, intervalMs: 5000 });
    expect(live(subject, 14_900)).toEqual([]);
    expect(subject.node.members()).toMatchObject([{ hidden: true, state: 'alive' }]);
    expect(live(subject, 16_000)).toMatchObject([[expect.any(Number), 'suspect']]);
  });

  it('G4: hidden and shown again are told at once, with the interval that follows', () => {
    const { subject, peer } = pair();
    const hidden = peer.heard(subject.handle({ type: 'hidden', hidden: true }));
    expect(hidden).toMatchObject([{ type: 'round', hidden: true, intervalMs: 5000 }]);
    const shown = peer.heard(subject.handle({ type: 'hidden', hidden: false }));
    expect(shown).toMatchObject([{ type: 'round', hidden: false, intervalMs: 2000 }]);
  });

  it('G8: who sleeps for longer than a page can is dead', () => {
    const { subject, peer } = pair({ asleepMs: 20_000 });
    peer.say({ type: 'asleep' });
    subject.handle({ type: 'linkDown', link: 1, reason: 'lost' });
    expect(live(subject, 19_900)).toEqual([]);
    expect(live(subject, 20_100)).toMatchObject([[expect.any(Number), 'dead']]);
  });

  it('G8: a lost member is not declared dead while a live neighbour names it', () => {
    const { subject, peer } = pair();
    const witness = new Peer(subject, 2, '7'.repeat(32));
    witness.open();
    witness.say({ type: 'peers', members: [peer.id] });
    subject.handle({ type: 'linkDown', link: 1, reason: 'lost' });
    expect(subject.last('member')).toMatchObject([{ member: peer.id, state: 'suspect' }]);
    expect(subject.last('heardOf')).toEqual([{ type: 'heardOf', members: [peer.id] }]);
    for (let i = 0; i < 12; i++) {
      witness.say(round);
      expect(live(subject, subject.now + 500)).toEqual([]);
    }
    witness.say({ type: 'peers', members: [] });
    witness.say(round);
    expect(live(subject, subject.now + 1200)).toMatchObject([[expect.any(Number), 'dead']]);
  });

  it('G8: our own timer running late accuses nobody for an interval', () => {
    const { subject } = pair();
    subject.now = 60_000;
    expect(live(subject, 60_900)).toEqual([]);
  });

  it('news of a member is told as it comes', () => {
    const { subject, peer } = pair();
    peer.say({ type: 'info', bytes: Uint8Array.of(7) });
    expect(subject.last('member')).toMatchObject([{ state: 'alive', info: Uint8Array.of(7) }]);
    peer.say({ type: 'bye' });
    expect(subject.last('member')).toMatchObject([{ state: 'left' }]);
    expect(subject.last('close')).toMatchObject([{ reason: 'leave' }]);
    new Peer(subject, 3, peer.id).say({ ...hello });
    expect(subject.effects).toEqual([]);
  });

  it('a link that never says hello is closed and nobody is accused', () => {
    const { subject } = pair();
    subject.handle({ type: 'linkUp', link: 2, member: '8'.repeat(32) });
    subject.now = 3000;
    subject.handle({ type: 'timer', timer: 'liveness' });
    expect(subject.last('close')).toEqual([{ type: 'close', link: 2, reason: 'silent' }]);
    expect(subject.node.members()).toHaveLength(1);
  });
});
