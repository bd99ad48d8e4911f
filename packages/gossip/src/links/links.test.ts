import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Message, MessageOf } from '../frames/message.ts';
import { Peer, Subject, hello } from '../testing/peer.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const id = (digit: string) => digit.repeat(32);
const [lower, higher] = [id('1'), id('9')];

function node(): Subject {
  const [proof, info] = [new Uint8Array(48), Uint8Array.of(7)];
  const identity = { self: id('5'), incarnation: 3, proof, info };
  const subject = new Subject({ ...identity, random: () => 0.5, hash });
  subject.handle({ type: 'start' });
  return subject;
}

const only = <T extends Message['type']>(messages: readonly Message[], type: T) =>
  messages.filter((message): message is MessageOf<T> => message.type === type);
const up = (subject: Subject, peer: Peer) =>
  peer.heard(subject.handle({ type: 'linkUp', link: peer.link, member: peer.id }));
const named = (messages: readonly Message[]) =>
  only(messages, 'peers').map(({ members }) => members);
const sync = (subject: Subject) => subject.last('sync').at(-1);

describe('links', () => {
  it('F1: hello tells who we are and what we hold', () => {
    const subject = node();
    const peer = new Peer(subject, 1, higher);
    const [first] = up(subject, peer);
    expect(first).toMatchObject({
      type: 'hello',
      hidden: false,
      incarnation: 3,
      digest: subject.node.digest(),
      info: Uint8Array.of(7),
    });
  });

  it('O7: every neighbour is told whom we are linked to, when one comes and when one goes', () => {
    const subject = node();
    const [a, b] = [new Peer(subject, 1, id('7')), new Peer(subject, 2, higher)];
    a.open();
    const effects = subject.handle({ type: 'linkUp', link: 2, member: higher });
    expect(named(a.heard(effects))).toEqual([[id('7'), higher]]);
    expect(named(b.heard(effects))).toEqual([[id('7'), higher]]);
    b.say(hello);
    const gone = a.heard(subject.handle({ type: 'linkDown', link: 2, reason: 'lost' }));
    expect(named(gone)).toEqual([[id('7')]]);
    expect(subject.handle({ type: 'linkDown', link: 2, reason: 'lost' })).toEqual([]);
  });

  it('G11: the second link to a member is told our neighbours, and nobody else is', () => {
    for (const member of [lower, higher]) {
      const subject = node();
      const other = new Peer(subject, 3, id('7'));
      other.open();
      const [first, second] = [new Peer(subject, 1, member), new Peer(subject, 2, member)];
      first.open();
      other.heard(subject.effects);
      const effects = subject.handle({ type: 'linkUp', link: 2, member });
      expect(named(second.heard(effects))).toEqual([[id('7'), member]]);
      expect(named(other.heard(effects))).toEqual([]);
      const closed = subject.last('close').map(({ link, reason }) => [link, reason]);
      expect(closed).toEqual(member === higher ? [[1, 'replaced']] : []);
    }
  });

  it('G11: the link in use lost, the other takes over and the two compare at once', () => {
    const subject = node();
    const [first, second] = [new Peer(subject, 1, lower), new Peer(subject, 2, lower)];
    const digest = new Uint8Array(8).fill(9);
    first.open(digest);
    second.open(digest);
    const effects = subject.handle({ type: 'linkDown', link: 2, reason: 'lost' });
    const said = first.heard(effects);
    expect(named(said)).toEqual([[lower]]);
    expect(only(said, 'round')).toHaveLength(1);
    expect(only(said, 'tree')).toHaveLength(1);
    expect(sync(subject)).toBeUndefined();
    expect(subject.last('member')).toEqual([]);
    subject.handle({ type: 'linkDown', link: 1, reason: 'lost' });
    expect(sync(subject)).toMatchObject({ neighbours: 0 });
  });

  it('G11: the link not in use lost changes nothing', () => {
    const subject = node();
    const [first, second] = [new Peer(subject, 1, lower), new Peer(subject, 2, lower)];
    first.open();
    second.open();
    const effects = subject.handle({ type: 'linkDown', link: 1, reason: 'lost' });
    expect(named(second.heard(effects))).toEqual([]);
    expect(subject.last('member')).toEqual([]);
    expect(subject.last('dial')).toEqual([]);
    expect(subject.node.stats().links).toBe(1);
  });

  it('G11: of one member four links are kept: the one in use and the newest', () => {
    for (const [member, left] of [
      [lower, [1, 7, 8, 9]],
      [higher, [9]],
    ] as const) {
      const subject = node();
      const links = new Set<number>();
      const follow = () => {
        for (const { link } of subject.last('close')) links.delete(link);
      };
      const peers = Array.from({ length: 9 }, (_, n) => new Peer(subject, n + 1, member));
      peers[0]?.open();
      for (const peer of peers) {
        links.add(peer.link);
        if (peer !== peers[0]) up(subject, peer);
        follow();
        expect(links.size).toBeLessThanOrEqual(4);
      }
      expect([...links]).toEqual(left);
      peers[8]?.say(hello);
      follow();
      expect(links.has(9)).toBe(true);
      expect(subject.node.stats().links).toBe(1);
    }
  });

  it('G12: in sync is claimed of a neighbour in use whose digest equals ours', () => {
    const subject = node();
    const [a, b] = [new Peer(subject, 1, id('7')), new Peer(subject, 2, higher)];
    a.open();
    expect(sync(subject)).toMatchObject({ inSyncWith: 1, neighbours: 1, pending: 0 });
    b.open(new Uint8Array(8).fill(9));
    expect(sync(subject)).toBeUndefined();
    expect(subject.node.stats().links).toBe(2);
    subject.handle({ type: 'linkDown', link: 1, reason: 'lost' });
    expect(sync(subject)).toMatchObject({ inSyncWith: 0, neighbours: 1 });
  });
});
