import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Message } from './frames/message.ts';
import { Peer, Subject, hello } from './testing/peer.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const id = (digit: string) => digit.repeat(32);

function room(neighbours: number, settings = {}) {
  const [proof, info] = [new Uint8Array(48), new Uint8Array(0)];
  const config = { self: id('5'), incarnation: 1, proof, info, random: () => 0.5, hash };
  const subject = new Subject({ ...config, ...settings });
  subject.handle({ type: 'start' });
  const peers = Array.from(
    { length: neighbours },
    (_, n) => new Peer(subject, n + 1, id(String(n + 6))),
  );
  for (const peer of peers) peer.open();
  return { subject, peers: peers as [Peer, Peer] };
}

const types = (messages: readonly Message[]) => messages.map(({ type }) => type);
const run = (seq: number, size: number) => {
  const bytes = new Uint8Array(size);
  bytes.set([seq, 1]);
  return { session: id('5'), from: seq, to: seq, bytes };
};
const own = (seq: number) => {
  return { session: id('5'), seq, leaf: new Uint8Array(16).fill(seq), ended: false };
};

describe('what a node is told', () => {
  it('section 14: info of 512 bytes is taken, more is refused', () => {
    const { subject } = room(1);
    const tell = (bytes: number) => () =>
      subject.handle({ type: 'info', bytes: new Uint8Array(bytes) });
    expect(tell(512)).not.toThrow();
    expect(tell(513)).toThrow(
      expect.objectContaining({
        code: 'info-too-large',
        message: 'info of 513 bytes was to be sent; 512 are allowed.',
        action: 'Send less at once; what is large belongs into the memory.',
      }),
    );
  });

  it('O7: a signal of more than the limit is refused, and how much is allowed is said', () => {
    const { subject } = room(1);
    const bytes = new Uint8Array(24_111);
    expect(() => subject.handle({ type: 'signal', to: id('7'), bytes })).toThrow(
      expect.objectContaining({
        code: 'signal-too-large',
        message: 'A signal of 24111 bytes was to be sent; 24110 are allowed.',
        action: 'Send fewer candidates at once.',
      }),
    );
  });

  it('M9: who leaves says goodbye on every link, closes it and asks for no more time', () => {
    const { subject, peers } = room(2);
    subject.handle({ type: 'leave' });
    for (const peer of peers) expect(types(peer.heard(subject.effects))).toContain('bye');
    expect(subject.last('close')).toEqual([
      { type: 'close', link: 1, reason: 'leave' },
      { type: 'close', link: 2, reason: 'leave' },
    ]);
    expect(subject.node.stats().links).toBe(0);
    expect(subject.last('member')).toEqual([]);
    for (const timer of ['round', 'liveness', 'overlay', 'tree', 'membership'] as const) {
      subject.now += 100_000;
      expect(subject.handle({ type: 'timer', timer })).toEqual([]);
    }
    const runs = subject.node.stats().roundsRun;
    subject.handle({ type: 'start' });
    expect(subject.last('schedule').map(({ timer }) => timer)).toContain('round');
    expect(subject.node.stats().roundsRun).toBe(runs);
  });

  it('frames of a link that is not up are nothing', () => {
    const { subject, peers } = room(1);
    const before = subject.node.stats();
    const bytes = peers[0].frame({ type: 'echo', nonce: 1 });
    expect(subject.handle({ type: 'frame', link: 99, bytes })).toEqual([]);
    expect(subject.node.stats()).toEqual(before);
  });

  it('F1: hello opens a link, whatever else its frame carries', () => {
    const { subject } = room(0);
    const peer = new Peer(subject, 1, id('7'));
    subject.handle({ type: 'linkUp', link: 1, member: id('7') });
    peer.heard(subject.effects);
    expect(types(peer.say(hello, { type: 'echo', nonce: 4 }))).toContain('echoReply');
    expect(subject.last('close')).toEqual([]);
  });

  it('F2: an empty frame before hello closes the link, one after it does no harm', () => {
    const { subject } = room(0);
    const peer = new Peer(subject, 1, id('7'));
    subject.handle({ type: 'linkUp', link: 1, member: id('7') });
    peer.heard(subject.effects);
    subject.handle({ type: 'frame', link: 1, bytes: new Uint8Array(0) });
    expect(subject.last('close')).toHaveLength(1);
    const open = room(1);
    open.subject.handle({ type: 'frame', link: 1, bytes: new Uint8Array(0) });
    expect(open.subject.last('close')).toEqual([]);
  });

  it('what follows a goodbye in its frame is not read', () => {
    const { subject, peers } = room(1);
    const said = peers[0].say({ type: 'bye' }, { type: 'echo', nonce: 4 });
    expect(types(said)).not.toContain('echoReply');
    expect(subject.last('close')).toEqual([{ type: 'close', link: 1, reason: 'leave' }]);
  });

  it('time does not run backwards', () => {
    const { subject, peers } = room(1);
    subject.now = 5000;
    subject.handle({ type: 'timer', timer: 'tree' });
    subject.now = 100;
    peers[0].say({ type: 'have', heads: [{ session: id('a'), seq: 1 }] });
    const wanted = (now: number) => {
      subject.now = now;
      return types(peers[0].heard(subject.handle({ type: 'timer', timer: 'retry' })));
    };
    expect(wanted(700)).not.toContain('want');
    expect(wanted(5500)).toContain('want');
  });
});

describe('what a node says of itself', () => {
  it('frames and bytes are counted, both ways', () => {
    const { subject, peers } = room(1);
    const before = subject.node.stats();
    const bytes = peers[0].frame({ type: 'echo', nonce: 1 });
    subject.handle({ type: 'frame', link: 1, bytes });
    const [sent] = subject.last('send');
    const after = subject.node.stats();
    expect(after.framesReceived - before.framesReceived).toBe(1);
    expect(after.bytesReceived - before.bytesReceived).toBe(bytes.length);
    expect(after.framesSent - before.framesSent).toBe(1);
    expect(after.bytesSent - before.bytesSent).toBe(sent?.bytes.length);
    expect(after.links).toBe(1);
  });

  it('F3: the load is that of the fullest link', () => {
    const { subject, peers } = room(2, { linkUnackedBytes: 1000 });
    expect(subject.node.load()).toMatchObject({ queuedBytes: 0, parkedBytes: 0, requests: 0 });
    subject.handle({ type: 'append', feed: own(1), runs: [run(1, 800)] });
    expect(subject.node.load().queuedBytes).toBe(0);
    subject.handle({ type: 'append', feed: own(2), runs: [run(2, 800)] });
    const { queuedBytes, unackedBytes } = subject.node.load();
    expect(queuedBytes).toBe(800 + 64);
    subject.handle({ type: 'linkDown', link: 2, reason: 'lost' });
    expect(subject.node.load().queuedBytes).toBe(queuedBytes);
    // All it was sent.
    peers[0].say({ type: 'ack', bytes: unackedBytes });
    expect(subject.last('close')).toEqual([]);
    expect(subject.node.load().queuedBytes).toBe(0);
    expect(subject.node.load().unackedBytes).toBeGreaterThan(800);
    subject.handle({ type: 'linkDown', link: 1, reason: 'lost' });
    const nothing = { queuedBytes: 0, unackedBytes: 0, parkedBytes: 0, requests: 0 };
    expect(subject.node.load()).toEqual(nothing);
  });

  it('G12: whether it is in sync is told when it changes, and only then', () => {
    const { subject, peers } = room(1);
    const round = (digest: Uint8Array): Message => {
      const rest = { hidden: false, intervalMs: 1000, members: new Uint8Array(8) };
      return { type: 'round', ...rest, digest };
    };
    const told = () => subject.last('sync');
    peers[0].say(round(new Uint8Array(8).fill(3)));
    expect(told()).toMatchObject([{ inSyncWith: 0, neighbours: 1, pending: 0 }]);
    peers[0].say(round(new Uint8Array(8).fill(4)));
    expect(told()).toEqual([]);
    peers[0].say({ type: 'have', heads: [{ session: id('a'), seq: 3 }] });
    expect(told()).toMatchObject([{ inSyncWith: 0, neighbours: 1, pending: 3 }]);
    peers[0].say(round(subject.node.digest()));
    expect(told()).toMatchObject([{ inSyncWith: 1, neighbours: 1, pending: 3 }]);
  });
});
