import { createHash } from 'node:crypto';
import { limits } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import { Core } from '../core.ts';
import type { Message, MessageOf } from '../frames/message.ts';
import { Neighbour } from '../links/neighbour.ts';
import { Peer, Subject } from '../testing/peer.ts';
import { Bridge } from './bridge.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const id = (digit: string) => digit.repeat(32);
const self = id('5');
const far = id('f');
const sealed = Uint8Array.of(1, 2, 3);

/** A node with neighbours 6, 7, 8 … */
function room(count: number): { subject: Subject; peers: [Peer, Peer, Peer, Peer] } {
  const proof = new Uint8Array(48);
  const info = new Uint8Array(0);
  const subject = new Subject({ self, incarnation: 1, proof, info, random: () => 0.5, hash });
  subject.handle({ type: 'start' });
  const peers = Array.from(
    { length: count },
    (_, n) => new Peer(subject, n + 1, id(String(n + 6))),
  );
  for (const peer of peers) peer.open();
  return { subject, peers: peers as [Peer, Peer, Peer, Peer] };
}

const signals = (messages: readonly Message[]) =>
  messages.filter((message): message is MessageOf<'signal'> => message.type === 'signal');

/** What each peer was sent by the last event. */
const sent = ({ subject, peers }: ReturnType<typeof room>) =>
  peers.map((peer) => signals(peer.heard(subject.effects)));

describe('signals', () => {
  it('O7: go straight to a neighbour', () => {
    const all = room(2);
    all.subject.handle({ type: 'signal', to: all.peers[1].id, bytes: sealed });
    const message = { type: 'signal', from: self, to: all.peers[1].id, relays: 0, sealed };
    expect(sent(all)).toEqual([[], [message]]);
  });

  it('O7: go over a common neighbour, and nowhere without one', () => {
    const all = room(2);
    all.subject.handle({ type: 'signal', to: far, bytes: sealed });
    expect(sent(all)).toEqual([[], []]);
    expect(all.subject.last('unreachable')).toEqual([{ type: 'unreachable', to: far }]);
    all.peers[1].say({ type: 'peers', members: [far, self] });
    all.subject.handle({ type: 'signal', to: far, bytes: sealed });
    const message = { type: 'signal', from: self, to: far, relays: 0, sealed };
    expect(sent(all)).toEqual([[], [message]]);
    expect(all.subject.last('unreachable')).toEqual([]);
  });

  it('O7: are passed on to a neighbour, from their sender or from who names it', () => {
    const all = room(3);
    const [a, b, c] = all.peers;
    const message: Message = { type: 'signal', from: a.id, to: b.id, relays: 1, sealed };
    a.say(message);
    expect(sent(all)).toEqual([[], [{ ...message, relays: 0 }], []]);
    c.say({ ...message, from: far, relays: 0 });
    expect(sent(all)).toEqual([[], [], []]);
    c.say({ type: 'peers', members: [far] });
    c.say({ ...message, from: far, relays: 0 });
    expect(sent(all)).toEqual([[], [{ ...message, from: far, relays: 0 }], []]);
  });

  it('O7: are passed on to a second relay only by the first, and only while relays are left', () => {
    const all = room(3);
    const [a, b, c] = all.peers;
    b.say({ type: 'peers', members: [far, self] });
    c.say({ type: 'peers', members: [id('e'), self] });
    const message: Message = { type: 'signal', from: a.id, to: far, relays: 1, sealed };
    a.say({ ...message, relays: 0 });
    expect(sent(all)).toEqual([[], [], []]);
    a.say(message);
    expect(sent(all)).toEqual([[], [{ ...message, relays: 0 }], []]);
    c.say({ ...message, from: id('e') });
    expect(sent(all)).toEqual([[], [], []]);
    a.say({ ...message, to: id('d') });
    expect(sent(all)).toEqual([[], [], []]);
  });

  it('O7: are not sent back to where they came from', () => {
    const all = room(2);
    const [a] = all.peers;
    a.say({ type: 'peers', members: [far] });
    a.say({ type: 'signal', from: a.id, to: far, relays: 1, sealed });
    expect(sent(all)).toEqual([[], []]);
  });

  it('O7: an answer goes back the way the signal came', () => {
    const all = room(2);
    const [, b] = all.peers;
    b.say({ type: 'signal', from: far, to: self, relays: 0, sealed });
    expect(all.subject.last('signal')).toEqual([{ type: 'signal', from: far, bytes: sealed }]);
    all.subject.handle({ type: 'signal', to: far, bytes: sealed });
    const message = { type: 'signal', from: self, to: far, relays: 1, sealed };
    expect(sent(all)).toEqual([[], [message]]);
    all.subject.handle({ type: 'linkDown', link: b.link, reason: 'lost' });
    all.subject.handle({ type: 'signal', to: far, bytes: sealed });
    expect(all.subject.last('unreachable')).toEqual([{ type: 'unreachable', to: far }]);
  });

  it('O7: the ways back to 64 members are remembered, the latest', () => {
    const all = room(1);
    const [a] = all.peers;
    const member = (n: number) => n.toString(16).padStart(32, '0');
    for (let n = 0; n < 65; n++) {
      a.say({ type: 'signal', from: member(n), to: self, relays: 0, sealed });
    }
    for (const [n, reached] of [
      [0, false],
      [1, true],
      [64, true],
    ] as const) {
      all.subject.handle({ type: 'signal', to: member(n), bytes: sealed });
      expect(all.subject.last('unreachable')).toHaveLength(reached ? 0 : 1);
    }
  });

  it('O7: a frame that asks for more relays than there may be closes the link', () => {
    const all = room(1);
    const relays = limits.signalRelays + 1;
    all.peers[0].say({ type: 'signal', from: all.peers[0].id, to: far, relays, sealed });
    expect(all.subject.last('close')).toMatchObject([{ reason: 'protocol' }]);
  });

  it('O7: in a room of at most 64 a member here is sought over two relays, by three neighbours', () => {
    for (const [size, known, count] of [
      [64, true, 3],
      [65, true, 0],
      [64, false, 0],
    ] as const) {
      const core = new Core({
        self,
        incarnation: 1,
        proof: new Uint8Array(48),
        info: new Uint8Array(0),
        random: () => 0.5,
        hash,
      });
      const bridge = new Bridge(core, {
        size,
        sampled: false,
        isHere: () => known,
        get: () => undefined,
      });
      const asked: number[] = [];
      for (let n = 0; n < 5; n++) {
        const neighbour = new Neighbour(n, id(String(n)), core.settings, core.stats, 0);
        core.active.set(neighbour.member, neighbour);
        neighbour.link.signal = ({ relays }) => asked.push(relays) > 0;
      }
      bridge.signal(far, sealed);
      expect(asked).toEqual(Array.from({ length: count }, () => 1));
      expect(core.takeEffects()).toEqual(count > 0 ? [] : [{ type: 'unreachable', to: far }]);
    }
  });

  it('O7: a signal in the name of another does not make the way to it lead nowhere', () => {
    const core = new Core({
      self,
      incarnation: 1,
      proof: new Uint8Array(48),
      info: new Uint8Array(0),
      random: () => 0.5,
      hash,
    });
    const room = { size: 20, sampled: false, isHere: () => true, get: () => undefined };
    const bridge = new Bridge(core, room);
    const asked = new Set<string>();
    const [liar] = Array.from({ length: 5 }, (_, n) => {
      const neighbour = new Neighbour(n, id(String(n)), core.settings, core.stats, 0);
      core.active.set(neighbour.member, neighbour);
      neighbour.link.signal = () => asked.add(neighbour.member).size > 0;
      return neighbour;
    });
    if (liar === undefined) throw new Error('nobody is linked');
    bridge.signalled(liar, { type: 'signal', from: far, to: self, relays: 0, sealed });
    bridge.signal(far, sealed);
    expect(asked.size).toBe(3);
    expect(asked).toContain(liar.member);
  });

  it('O7: of one neighbour 256 KiB of signals are taken in 10 s, each counted with 256 bytes more', () => {
    const all = room(3);
    const [liar, to, honest] = all.peers;
    const from = (peer: Peer, bytes: number): number => {
      const signal = { type: 'signal', from: peer.id, to: to.id, relays: 0 } as const;
      peer.say({ ...signal, sealed: new Uint8Array(bytes) });
      return signals(to.heard(all.subject.effects)).length;
    };
    const passed = Array.from({ length: 20 }, () => from(liar, limits.sealedSignalBytes));
    const fit = Math.floor(262_144 / (limits.sealedSignalBytes + 256));
    expect(passed.filter((count) => count === 1)).toHaveLength(fit);
    expect(from(liar, 1)).toBe(0);
    liar.say({ type: 'signal', from: liar.id, to: self, relays: 0, sealed });
    expect(all.subject.last('signal')).toEqual([]);
    expect(from(honest, 1000)).toBe(1);
    all.subject.now = 9999;
    expect(from(liar, 1)).toBe(0);
    all.subject.now = 10_000;
    expect(from(liar, 1)).toBe(1);
  });

  it('one that is too large is refused where it is made', () => {
    const { subject } = room(1);
    const send = (bytes: number) => () =>
      subject.handle({ type: 'signal', to: far, bytes: new Uint8Array(bytes) });
    expect(send(limits.sealedSignalBytes)).not.toThrow();
    expect(send(limits.sealedSignalBytes + 1)).toThrow(
      expect.objectContaining({ code: 'signal-too-large' }),
    );
  });
});
