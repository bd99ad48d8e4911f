import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Message, MessageOf } from '../frames/message.ts';
import { tellOf } from '../testing/overlay.ts';
import { Peer, Subject } from '../testing/peer.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const id = (n: number) => n.toString(16).padStart(32, '0');
const self = id(0x500);
const origin = id(0xa00);

/** A node of a large room, as its first neighbour tells of 12 others: not dialled, as it has 6 links. */
function room(
  count = 6,
  random = 0.5,
  known = 12,
): { subject: Subject; peers: [Peer, Peer, Peer] } {
  const proof = new Uint8Array(48);
  const info = new Uint8Array(0);
  const subject = new Subject({ self, incarnation: 1, proof, info, random: () => random, hash });
  subject.handle({ type: 'start' });
  const peers = Array.from({ length: count }, (_, n) => new Peer(subject, n + 1, id(n + 1)));
  for (const peer of peers) peer.open();
  const others = Array.from({ length: known }, (_, n) => id(0x100 + n));
  tellOf(subject, peers[0], others);
  return { subject, peers: peers as [Peer, Peer, Peer] };
}

const walks = (peers: readonly Peer[], subject: Subject) =>
  peers.flatMap((peer) =>
    peer
      .heard(subject.effects)
      .filter((message): message is MessageOf<'shuffle' | 'shuffleReply'> =>
        ['shuffle', 'shuffleReply'].includes(message.type),
      )
      .map((message) => ({ to: peer.id, ...message })),
  );

const passive = (subject: Subject) => subject.node.passive();

describe('shuffle', () => {
  it('O6: after 30 s ± 50 % own id, 3 neighbours and 4 of the passive view go to a neighbour', () => {
    for (const [random, ms] of [
      [0, 15_000],
      [0.5, 30_000],
    ] as const) {
      const { subject, peers } = room(6, random);
      subject.now = ms - 100;
      subject.handle({ type: 'timer', timer: 'overlay' });
      expect(walks(peers, subject)).toEqual([]);
      subject.now = ms;
      subject.handle({ type: 'timer', timer: 'overlay' });
      const [walk, ...more] = walks(peers, subject);
      expect(more).toEqual([]);
      expect(walk).toMatchObject({ type: 'shuffle', hops: 2, path: [self] });
      const told = walk?.members ?? [];
      const linked = peers.map((peer) => peer.id);
      expect(told.filter((member) => linked.includes(member))).toHaveLength(3);
      expect(told.filter((member) => passive(subject).includes(member))).toHaveLength(4);
      expect(told).toHaveLength(7);
      expect(told).not.toContain(walk?.to);
    }
  });

  it('O6: passes a walk on to a neighbour it has not come over, its way recorded', () => {
    const { subject, peers } = room();
    const path = [origin, id(3), id(1)];
    const walk: Message = { type: 'shuffle', hops: 1, path, members: [id(0x700)] };
    peers[0].say(walk);
    const [next, ...more] = walks(peers, subject);
    expect(more).toEqual([]);
    expect(path).not.toContain(next?.to);
    expect(next).toMatchObject({
      type: 'shuffle',
      hops: 0,
      path: [...path, self],
      members: [id(0x700)],
    });
    expect(passive(subject)).not.toContain(id(0x700));
  });

  it('O6: where it ends each side takes the addresses of the other, along the same way back', () => {
    const { subject, peers } = room();
    const before = passive(subject);
    const path = [origin, id(3), id(1)];
    peers[0].say({ type: 'shuffle', hops: 0, path, members: [id(0x700), id(0x701)] });
    const [reply, ...more] = walks(peers, subject);
    expect(more).toEqual([]);
    expect(reply).toMatchObject({ to: id(1), type: 'shuffleReply', path: [origin, id(3)] });
    expect(reply?.members[0]).toBe(self);
    expect(reply?.members).toHaveLength(8);
    for (const member of reply?.members.slice(1) ?? []) expect(before).toContain(member);
    for (const member of [origin, id(0x700), id(0x701)]) expect(passive(subject)).toContain(member);
  });

  it('O6: a walk that finds nobody to go on to ends', () => {
    const { subject, peers } = room(1);
    peers[0].say({ type: 'shuffle', hops: 2, path: [id(1)], members: [] });
    expect(walks(peers, subject)).toMatchObject([{ type: 'shuffleReply', path: [] }]);
  });

  it('O6: an answer goes back where its walk came from, once, and from nobody the walk did not go to', () => {
    const { subject, peers } = room();
    const path = [origin, id(2)];
    peers[1].say({ type: 'shuffle', hops: 1, path, members: [] });
    const [walk] = walks(peers, subject);
    const answer: Message = { type: 'shuffleReply', path, members: [id(0x800)] };
    const carried = () => walks(peers, subject).map(({ to, path: back }) => [to, back]);
    for (const peer of peers) {
      if (peer.id === walk?.to) continue;
      peer.say(answer);
      expect(carried()).toEqual([]);
    }
    const next = peers.find((peer) => peer.id === walk?.to);
    next?.say({ ...answer, path: [id(2)] }, { ...answer, path: [origin] });
    expect(carried()).toEqual([]);
    next?.say(answer);
    expect(carried()).toEqual([[id(2), [origin]]]);
    next?.say(answer);
    expect(carried()).toEqual([]);
    expect(passive(subject)).not.toContain(id(0x800));
  });

  it('O6: an answer is taken from whom was asked, once', () => {
    const { subject, peers } = room();
    const answer: Message = { type: 'shuffleReply', path: [], members: [id(0x800)] };
    for (const peer of peers) peer.say(answer);
    expect(passive(subject)).not.toContain(id(0x800));
    subject.now = 30_000;
    subject.handle({ type: 'timer', timer: 'overlay' });
    const [walk] = walks(peers, subject);
    for (const peer of peers) if (peer.id !== walk?.to) peer.say(answer);
    expect(passive(subject)).not.toContain(id(0x800));
    const asked = peers.find((peer) => peer.id === walk?.to);
    asked?.say(answer);
    expect(passive(subject)).toContain(id(0x800));
    asked?.say({ ...answer, members: [id(0x801)] });
    expect(passive(subject)).not.toContain(id(0x801));
  });

  it('O6: no more is taken from an answer than an honest member sends, and none after 30 s', () => {
    const { subject, peers } = room();
    subject.now = 30_000;
    subject.handle({ type: 'timer', timer: 'overlay' });
    const members = Array.from({ length: 64 }, (_, n) => id(0x800 + n));
    const answer: Message = { type: 'shuffleReply', path: [], members };
    const asked = walks(peers, subject).map(({ to }) => to);
    const speak = (who: readonly string[]) =>
      peers.forEach((peer) => who.includes(peer.id) && peer.say(answer));
    subject.now = 60_001;
    speak(asked);
    expect(passive(subject).filter((member) => members.includes(member))).toHaveLength(0);
    subject.now = 60_100;
    subject.handle({ type: 'timer', timer: 'overlay' });
    speak(walks(peers, subject).map(({ to }) => to));
    expect(passive(subject).filter((member) => members.includes(member))).toHaveLength(8);
  });

  it('O6: a walk that does not come from the last of its way, or came by here, closes the link', () => {
    for (const path of [[origin], [self, id(1)]]) {
      const { subject, peers } = room();
      peers[0].say({ type: 'shuffle', hops: 1, path, members: [] });
      expect(subject.last('close')).toMatchObject([{ link: 1, reason: 'protocol' }]);
      expect(walks(peers, subject)).toEqual([]);
    }
  });

  it('O6: at most 16 walks in 30 s are taken from one neighbour', () => {
    const { subject, peers } = room();
    const walk = (): number => {
      peers[0].say({ type: 'shuffle', hops: 0, path: [id(1)], members: [] });
      return walks(peers, subject).length;
    };
    const answered = Array.from({ length: 20 }, walk);
    expect(answered.filter((count) => count === 1)).toHaveLength(16);
    peers[1].say({ type: 'shuffle', hops: 0, path: [id(2)], members: [] });
    expect(walks(peers, subject)).toHaveLength(1);
    subject.now = 29_999;
    expect(walk()).toBe(0);
    subject.now = 30_000;
    expect(walk()).toBe(1);
  });

  it('O6: a small room needs none', () => {
    const { subject, peers } = room(1, 0.5, 0);
    // Names are no members.
    const names = Array.from({ length: 12 }, (_, n) => id(0x100 + n));
    peers[0].say({ type: 'peers', members: [self, ...names] });
    subject.now = 60_000;
    subject.handle({ type: 'timer', timer: 'overlay' });
    expect(walks(peers, subject)).toEqual([]);
  });
});
