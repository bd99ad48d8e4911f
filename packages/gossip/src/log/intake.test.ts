import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Feed, Run, Verdict } from '../event.ts';
import type { Message, Way } from '../frames/message.ts';
import { FakeLog } from '../testing/log.ts';
import { Peer, Subject } from '../testing/peer.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const id = (digit: string) => digit.repeat(32);
const author = id('a');

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

const runMessage = (run: Run, { repair = false, way = 'even' as Way } = {}): Message => {
  return { type: 'run', repair, way, ...run };
};
const feed = (seq: number, ended = false): Feed => {
  return { session: author, seq, leaf: new Uint8Array(16).fill(seq), ended };
};
const asked = (subject: Subject) => subject.last('validate').map(({ id: question }) => question);
const answer = (subject: Subject, question: number | undefined, verdict: Verdict) =>
  subject.handle({ type: 'validated', id: question ?? 0, ...verdict });
const wants = (messages: readonly Message[]) =>
  messages.flatMap((message) => (message.type === 'want' ? message.ranges : []));

function written(count: number, size = 9): Run[] {
  const log = new FakeLog(hash);
  return Array.from({ length: count }, (_, i) =>
    log.append(author, [new Uint8Array(size).fill(i)]),
  );
}

describe('what has arrived', () => {
  it('G1: is validated once, as it came, and known as arrived until the verdict', () => {
    const { subject, peers } = room(2);
    const [first] = written(1) as [Run];
    peers[0].say(runMessage(first));
    expect(subject.last('validate')).toEqual([
      {
        type: 'validate',
        id: expect.any(Number),
        link: 1,
        what: 'run',
        session: author,
        bytes: first.bytes,
        repair: false,
      },
    ]);
    const [question] = asked(subject);
    peers[1].say(runMessage(first));
    expect(asked(subject)).toEqual([]);
    expect(subject.node.stats().duplicateDeltas).toBe(1);
    answer(subject, question, { verdict: 'known', feed: feed(0) });
    expect(subject.node.stats()).toMatchObject({ duplicateDeltas: 2, deltasReceived: 0 });
    // It is not held, so it is taken again.
    peers[1].say(runMessage(first));
    expect(asked(subject)).toHaveLength(1);
    // A second verdict on one question changes nothing.
    expect(answer(subject, question, { verdict: 'known', feed: feed(1) })).toEqual([]);
    expect(subject.node.stats().duplicateDeltas).toBe(2);
  });

  it('L11: who contradicts our copy hides nothing of what another sends', () => {
    const { subject, peers } = room(2);
    subject.handle({ type: 'feeds', feeds: [feed(1)] });
    const runs = written(40);
    const ids: number[] = [];
    for (const run of runs.slice(1, 4)) {
      peers[0].say(runMessage(run));
      ids.push(...asked(subject));
    }
    expect(ids).toHaveLength(3);
    // One is always being checked, and the first of them contradicts.
    answer(subject, ids[0], { verdict: 'diverged', feed: feed(1) });
    // It was asked for all of it; that came to its end.
    peers[0].say(runMessage({ ...(runs[1] as Run), from: 1, to: 9 }, { repair: true }));
    answer(subject, asked(subject)[0], { verdict: 'diverged', feed: feed(1) });
    for (const run of runs.slice(4)) {
      peers[0].say(runMessage(run));
      expect(asked(subject)).toEqual([]);
    }
    peers[1].say(runMessage(runs[1] as Run));
    expect(asked(subject)).toHaveLength(1);
  });

  it('G1: counts what was accepted beyond what was held', () => {
    const { subject, peers } = room(1);
    subject.handle({ type: 'feeds', feeds: [feed(2)] });
    const [, , third] = written(3) as [Run, Run, Run];
    peers[0].say(runMessage(third));
    const [question] = asked(subject);
    answer(subject, question, { verdict: 'accept', feed: feed(3), runs: [third] });
    expect(subject.node.stats()).toMatchObject({ deltasReceived: 1, duplicateDeltas: 0 });
    // An end mark may shorten a feed.
    peers[0].say({ type: 'end', session: author, bytes: Uint8Array.of(1) });
    answer(subject, asked(subject)[0], { verdict: 'accept', feed: feed(1, true), runs: [] });
    expect(subject.node.stats().deltasReceived).toBe(1);
  });

  it('G7: what follows on something being validated is validated too, and both settle together', () => {
    const { subject, peers } = room(1);
    const [first, second, third] = written(3) as [Run, Run, Run];
    peers[0].say(runMessage(first), runMessage(second));
    const questions = asked(subject);
    expect(questions).toHaveLength(2);
    answer(subject, questions[1], { verdict: 'known', feed: feed(0) });
    // The first is still on its way to be held: the third is parked behind no gap but follows.
    peers[0].say(runMessage(third));
    expect(asked(subject)).toHaveLength(1);
    expect(subject.node.load().parkedBytes).toBe(0);
    answer(subject, questions[0], { verdict: 'accept', feed: feed(1), runs: [first] });
    peers[0].say(runMessage(third));
    expect(asked(subject)).toEqual([]);
  });

  it('L10: a verdict on an end mark counts no delta, parks nothing and asks for nothing', () => {
    for (const verdict of ['known', 'park', 'diverged'] as const) {
      const { subject, peers } = room(1);
      peers[0].say({ type: 'end', session: author, bytes: Uint8Array.of(9) });
      const effects = answer(subject, asked(subject)[0], { verdict, feed: feed(0) });
      expect(wants(peers[0].heard(effects))).toEqual([]);
      expect(subject.node.stats().duplicateDeltas).toBe(0);
      expect(subject.node.load().parkedBytes).toBe(0);
    }
  });

  it('G7: a parked run is what it was, whatever becomes of the frame it came in', () => {
    const { subject, peers } = room(1);
    const [first, second] = written(2) as [Run, Run];
    const frame = peers[0].frame(runMessage(second));
    subject.handle({ type: 'frame', link: 1, bytes: frame });
    frame.fill(0);
    peers[0].say(runMessage(first));
    answer(subject, asked(subject)[0], { verdict: 'accept', feed: feed(1), runs: [first] });
    expect(subject.last('validate')).toMatchObject([{ bytes: second.bytes }]);
  });

  it('G7: runs parked one behind the other are all taken up', () => {
    const { subject, peers } = room(1);
    const runs = written(5);
    peers[0].say(...runs.slice(1).map((run) => runMessage(run)));
    const [first] = runs as [Run];
    peers[0].say(runMessage(first));
    answer(subject, asked(subject)[0], { verdict: 'accept', feed: feed(1), runs: [first] });
    expect(subject.last('validate').map(({ bytes }) => bytes)).toEqual(
      runs.slice(1).map(({ bytes }) => bytes),
    );
  });

  it('G5: who gave what proved false is not the only one to be asked', () => {
    const { subject, peers } = room(2);
    const [first] = written(1) as [Run];
    peers[0].say(runMessage(first));
    const [question] = asked(subject);
    peers[1].say(runMessage(first, { repair: true }));
    const effects = answer(subject, question, { verdict: 'reject', reason: 'forged' });
    expect(subject.last('close')).toMatchObject([{ link: 1, reason: 'protocol' }]);
    expect(wants(peers[1].heard(effects))).toEqual([{ session: author, from: 1, to: 1 }]);
  });
});

describe('the window of the sender', () => {
  const acks = (messages: readonly Message[]) =>
    messages.flatMap((message) => (message.type === 'ack' ? [message.bytes] : []));

  it('F3: what is being validated is acknowledged after the verdict', () => {
    const { subject, peers } = room(1, { ackBytes: 1, piggybackBytes: 1 });
    const [first] = written(1, 5000) as [Run];
    const before = acks(peers[0].say({ type: 'echo', nonce: 1 })).at(-1) ?? 0;
    const frame = peers[0].frame(runMessage(first));
    const told = acks(peers[0].heard(subject.handle({ type: 'frame', link: 1, bytes: frame }))).at(
      -1,
    );
    expect(told).toBe(before + frame.length - first.bytes.length);
    const accept = { verdict: 'accept', feed: feed(1), runs: [first] } as const;
    const after = acks(peers[0].heard(answer(subject, asked(subject)[0], accept))).at(-1);
    expect(after).toBe(before + frame.length);
  });

  it('F3: who sends twice the window while we validate is let go', () => {
    const runs = written(3, 400);
    const [first, second, third] = runs as [Run, Run, Run];
    const both = first.bytes.length + second.bytes.length;
    for (const [linkUnackedBytes, closed] of [
      [both / 2, 0],
      [both / 2 - 1, 1],
    ] as const) {
      const { subject, peers } = room(1, { linkUnackedBytes });
      peers[0].say(runMessage(first));
      peers[0].say(runMessage(second));
      expect(subject.last('close')).toHaveLength(closed);
      if (closed === 0) {
        peers[0].say(runMessage(third));
        expect(subject.last('close')).toEqual([{ type: 'close', link: 1, reason: 'protocol' }]);
      }
    }
  });
});
