import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Message, MessageOf } from '../frames/message.ts';
import { tellOf } from '../testing/overlay.ts';
import { Peer, Subject, hello } from '../testing/peer.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const id = (n: number) => n.toString(16).padStart(32, '0');
const many = (from: number, count: number) => Array.from({ length: count }, (_, n) => id(from + n));
const self = id(0x500);
const origin = id(0xa00);

/** A node of a large room, whose first neighbour tells of 12 others. */
function room(count: number, random: () => number = () => 0.5) {
  const [proof, info] = [new Uint8Array(48), new Uint8Array(0)];
  const subject = new Subject({ self, incarnation: 1, proof, info, random, hash });
  subject.handle({ type: 'start' });
  const peers = many(1, count).map((member, n) => new Peer(subject, n + 1, member));
  for (const peer of peers) peer.open();
  tellOf(subject, peers[0], many(0x100, 12));
  for (const peer of peers) peer.heard([]);
  return { subject, peers: peers as [Peer, Peer, Peer] };
}

function heard<T extends Message['type']>(
  { subject, peers }: { subject: Subject; peers: readonly Peer[] },
  type: T,
): { to: string; message: MessageOf<T> }[] {
  return peers.flatMap((peer) =>
    peer
      .heard(subject.effects)
      .filter((message): message is MessageOf<T> => message.type === type)
      .map((message) => ({ to: peer.id, message })),
  );
}

const passive = (subject: Subject) => subject.node.passive();
const shuffleAt = (subject: Subject, ms: number) => {
  subject.now = ms;
  return subject.handle({ type: 'timer', timer: 'overlay' });
};

describe('walks', () => {
  it('O6: where one ends who began it is taken, and 7 addresses; not those it came over', () => {
    const all = room(6);
    const [first] = all.peers;
    const path = [origin, id(0xb00), id(0xc00), id(1)];
    first.say({ type: 'shuffle', hops: 0, path, members: many(0x700, 10) });
    const known = passive(all.subject);
    expect(known).toEqual(expect.arrayContaining([origin, ...many(0x700, 7)]));
    for (const member of [id(0xb00), id(0xc00), id(0x707)]) expect(known).not.toContain(member);
    expect(heard(all, 'shuffleReply')).toMatchObject([
      { to: id(1), message: { path: path.slice(0, 3) } },
    ]);
  });

  it('O6: an answer goes back to the last of a long way', () => {
    const all = room(6);
    const path = [origin, id(3), id(4), id(2)];
    all.peers[1].say({ type: 'shuffle', hops: 1, path, members: [] });
    const [walk] = heard(all, 'shuffle');
    const answer: Message = { type: 'shuffleReply', path, members: [id(0x800)] };
    all.peers.find((peer) => peer.id === walk?.to)?.say(answer);
    expect(heard(all, 'shuffleReply')).toEqual([
      { to: id(2), message: { ...answer, path: path.slice(0, 3) } },
    ]);
  });

  it('O6: walks of one neighbour make the answers of no other get lost, of its own the 16 latest come', () => {
    const all = room(6);
    const walk = (peer: Peer, n: number) => {
      peer.say({ type: 'shuffle', hops: 1, path: [id(0x900 + n), peer.id], members: [] });
      return heard(all, 'shuffle').map(({ to }) => ({ to, path: [id(0x900 + n), peer.id] }));
    };
    const [honest] = walk(all.peers[1], 0);
    const begun = Array.from({ length: 16 }, (_, n) => walk(all.peers[0], n)).flat();
    all.subject.now = 30_000;
    begun.push(...walk(all.peers[0], 16));
    expect(begun).toHaveLength(17);
    const answered = [honest, ...begun].map((each) => {
      const { to, path } = each ?? { to: '', path: [] };
      all.peers.find((peer) => peer.id === to)?.say({ type: 'shuffleReply', path, members: [] });
      return heard(all, 'shuffleReply').length;
    });
    expect(answered).toEqual([1, 0, ...Array.from({ length: 16 }, () => 1)]);
  });

  it('O6: an answer 30 s later is still taken, one of a walk not begun is not', () => {
    const answer: Message = { type: 'shuffleReply', path: [], members: [id(0x800)] };
    const late = room(6);
    shuffleAt(late.subject, 30_000);
    const [walk] = heard(late, 'shuffle');
    late.subject.now = 60_000;
    late.peers.find((peer) => peer.id === walk?.to)?.say(answer);
    expect(passive(late.subject)).toContain(id(0x800));
    const none = room(6);
    none.peers[0].say(answer);
    expect(passive(none.subject)).not.toContain(id(0x800));
    // With the clock at zero nothing was asked either.
    const again = room(6);
    shuffleAt(again.subject, 30_000);
    for (const peer of again.peers) peer.say(answer, { ...answer, members: [id(0x801)] });
    expect(passive(again.subject)).toContain(id(0x800));
    expect(passive(again.subject)).not.toContain(id(0x801));
  });

  it('O6: none goes over a link that has not said hello, and none begins without a neighbour', () => {
    const all = room(1);
    const silent = new Peer(all.subject, 9, id(9));
    all.subject.handle({ type: 'linkUp', link: 9, member: id(9) });
    silent.heard(all.subject.effects);
    const peers = [...all.peers, silent];
    all.peers[0].say({ type: 'shuffle', hops: 2, path: [id(1)], members: [] });
    expect(heard({ ...all, peers }, 'shuffle')).toEqual([]);
    expect(heard({ ...all, peers: [silent] }, 'shuffleReply')).toEqual([]);
    silent.say(hello);
    all.peers[0].say({ type: 'shuffle', hops: 2, path: [id(1)], members: [] });
    expect(heard({ ...all, peers }, 'shuffle')).toMatchObject([
      { to: id(9), message: { hops: 1 } },
    ]);
  });
});

describe('links let go', () => {
  it('O5: are told 8 addresses, 4 of the passive view, and never their own', () => {
    const all = room(9);
    const tenth = new Peer(all.subject, 10, id(10));
    tenth.open();
    const [released, ...more] = heard({ ...all, peers: [...all.peers, tenth] }, 'disconnect');
    expect(more).toEqual([]);
    const members = released?.message.members ?? [];
    expect(members).toHaveLength(8);
    expect(members.filter((member) => passive(all.subject).includes(member))).toHaveLength(4);
    expect(members.filter((member) => many(1, 10).includes(member))).toHaveLength(4);
    expect(members).not.toContain(released?.to);
    expect(new Set(members).size).toBe(8);
    // Its member is remembered, and the link counts as let go.
    expect(all.subject.last('close')).toMatchObject([{ reason: 'pruned' }]);
    expect(passive(all.subject)).toContain(released?.to);
  });

  it('O5: with few addresses known as many neighbours as make up for them are told', () => {
    const all = room(0);
    const peers = many(1, 10).map((member, n) => new Peer(all.subject, n + 1, member));
    for (const peer of peers.slice(0, 9)) peer.open();
    peers[9]?.open();
    const [told] = heard({ ...all, peers }, 'disconnect');
    expect(told?.message.members).toHaveLength(8);
    expect(told?.message.members).not.toContain(told?.to);
  });
});
