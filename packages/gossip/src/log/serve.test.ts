import { createHash } from 'node:crypto';
import { limits } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import type { Message, MessageOf } from '../frames/message.ts';
import { FakeLog } from '../testing/log.ts';
import { Peer, Subject } from '../testing/peer.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const id = (digit: string) => digit.repeat(32);
const [author, value] = [id('a'), '7'.repeat(64)];

function room(settings = {}, neighbours = 1) {
  const [proof, info] = [new Uint8Array(48), new Uint8Array(0)];
  const config = { self: id('5'), incarnation: 1, proof, info, random: () => 0.5, hash };
  const subject = new Subject({ ...config, ...settings });
  subject.handle({ type: 'start' });
  const peers = Array.from({ length: neighbours }, (_, n) => {
    const peer = new Peer(subject, n + 1, id(String(n + 6)));
    peer.open();
    return peer;
  });
  return { subject, peers: peers as [Peer, Peer] };
}

const want = (...ranges: (readonly [from: number, to: number, session?: string])[]): Message => ({
  type: 'want',
  ranges: ranges.map(([from, to, session = author]) => ({ session, from, to })),
});
const valueWant = (offset: number, length: number, of = value): Message => {
  return { type: 'valueWant', hash: of, offset, length };
};
/** What is to be read, as far as the last call asks for it. */
const reads = ({ subject }: { subject: Subject }) =>
  subject.last('readRuns').map(({ from, to }) => `${from}..${to}`);
const only = <T extends Message['type']>(messages: readonly Message[], type: T) =>
  messages.filter((message): message is MessageOf<T> => message.type === type);

describe('serving runs', () => {
  it('F3: four requests of a neighbour are read at a time, the next as one is answered', () => {
    const all = room();
    const ranges = ['a', 'b', 'c', 'd', 'e'].map((digit) => [1, 1, id(digit)] as const);
    all.peers[0].say(want(...ranges));
    const asked = all.subject.last('readRuns');
    expect(asked.map(({ session }) => session[0])).toEqual(['a', 'b', 'c', 'd']);
    expect(all.subject.node.load().requests).toBe(5);
    const [first] = asked;
    all.subject.handle({ type: 'runsRead', id: first?.id ?? 0, runs: [], end: undefined });
    expect(all.subject.last('readRuns').map(({ session }) => session[0])).toEqual(['e']);
    expect(all.subject.node.load().requests).toBe(4);
    // An answer nobody waits for any more.
    all.subject.handle({ type: 'runsRead', id: first?.id ?? 0, runs: [], end: undefined });
    expect(all.subject.node.load().requests).toBe(4);
  });

  it('F3: no more are read at a time where there is room for more', () => {
    const all = room({ readsPerLink: 2, bulkInFlightBytes: 20 * limits.frameBytes });
    all.peers[0].say(want([1, 1], [3, 3], [5, 5]));
    expect(reads(all)).toEqual(['1..1', '3..3']);
  });

  it('G3: what is sent unasked goes its way, and is another answer than what is wanted', () => {
    const all = room({ readsPerLink: 1 });
    const { subject, peers } = all;
    const log = new FakeLog(hash);
    const self = id('5');
    const run = log.append(self, [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)]);
    peers[0].say({ type: 'have', heads: [{ session: self, seq: 1 }] });
    const feed = { session: self, seq: 3, leaf: new Uint8Array(16).fill(3), ended: false };
    subject.handle({ type: 'append', feed, runs: [run] });
    const [read] = subject.last('readRuns');
    expect(read).toMatchObject({ session: self, from: 2, to: 3 });
    peers[0].say(want([2, 3, self]));
    expect(subject.node.load().requests).toBe(2);
    const rest = log.readRuns(self, 2, 3, 65_536);
    const answer = { type: 'runsRead', runs: rest, end: undefined } as const;
    const said = peers[0].heard(subject.handle({ ...answer, id: read?.id ?? 0 }));
    const [wanted] = subject.last('readRuns');
    said.push(...peers[0].heard(subject.handle({ ...answer, id: wanted?.id ?? 0 })));
    expect(only(said, 'run').map(({ repair, way }) => [repair, way])).toEqual([
      [false, 'direct'],
      [true, 'even'],
    ]);
  });

  it('an answer of the wrong kind ends what was read, and nothing is sent', () => {
    const { subject, peers } = room();
    peers[0].say(want([1, 1]));
    const [runs] = subject.last('readRuns');
    const bytes = new Uint8Array(5);
    const effects = subject.handle({ type: 'valueRead', id: runs?.id ?? 0, bytes, size: 5 });
    expect(peers[0].heard(effects)).toEqual([]);
    peers[0].say(valueWant(0, 5));
    const [read] = subject.last('readValue');
    const empty = { runs: [], end: Uint8Array.of(1) };
    expect(subject.handle({ type: 'runsRead', id: read?.id ?? 0, ...empty })).toEqual([]);
    expect(subject.handle({ type: 'valueRead', id: 99, bytes, size: 5 })).toEqual([]);
    expect(subject.node.load().requests).toBe(0);
  });

  it('F3: a lone request may use all the room, of several each takes a frame of it', () => {
    const all = room();
    all.peers[0].say(want([1, 9]));
    expect(all.subject.last('readRuns')).toMatchObject([{ maxBytes: 262_144 }]);
    const several = room();
    several.peers[0].say(want([1, 9], [1, 9, id('b')]));
    const sizes = several.subject.last('readRuns').map(({ maxBytes }) => maxBytes);
    expect(sizes).toEqual([limits.frameBytes, 262_144 - limits.frameBytes]);
  });

  it('F3: less room than a frame is waited for', () => {
    const all = room({ bulkInFlightBytes: 2 * limits.frameBytes - 1 });
    all.peers[0].say(want([1, 9], [1, 9, id('b')]));
    expect(all.subject.last('readRuns')).toHaveLength(1);
    const exact = room({ bulkInFlightBytes: 2 * limits.frameBytes });
    exact.peers[0].say(want([1, 9], [1, 9, id('b')]));
    expect(exact.subject.last('readRuns')).toHaveLength(2);
  });

  it('F3: ranges that overlap a waiting one or follow on it are one answer', () => {
    const all = room({ readsPerLink: 1 });
    all.peers[0].say(want([1, 1, id('b')]));
    const [first] = all.subject.last('readRuns');
    all.peers[0].say(want([5, 6], [7, 9], [6, 8], [5, 8], [11, 12], [4, 4]), want([0, 0], [0, 0]));
    const answer = (question: number) =>
      all.subject.handle({ type: 'runsRead', id: question, runs: [], end: undefined });
    answer(first?.id ?? 0);
    const seen: string[] = [];
    for (let n = 0; n < 9; n++) {
      const [read] = all.subject.last('readRuns');
      if (read === undefined) break;
      seen.push(...reads(all));
      answer(read.id);
    }
    expect(seen).toEqual(['5..9', '11..12', '4..4', '0..0', '0..0']);
  });

  it('F3: of two neighbours neither waits for the other, and each is answered for itself', () => {
    const { subject, peers } = room({ readsPerLink: 1 }, 2);
    peers[0].say(want([1, 4]));
    expect(subject.last('readRuns')).toHaveLength(1);
    peers[1].say(want([1, 4]));
    expect(subject.last('readRuns')).toHaveLength(1);
    const [read] = subject.last('readRuns');
    expect(subject.node.load().requests).toBe(2);
    subject.handle({ type: 'linkDown', link: 1, reason: 'lost' });
    expect(subject.node.load().requests).toBe(1);
    const run = new FakeLog(hash).append(author, [Uint8Array.of(1)]);
    const answer = { type: 'runsRead', id: read?.id ?? 0, runs: [run], end: undefined } as const;
    peers[1].heard(subject.handle(answer));
    // The rest is read on, for whoever still waits.
    expect(subject.last('readRuns')).toMatchObject([{ from: 2, to: 4 }]);
  });

  it('section 14: requests beyond the table are passed over', () => {
    const { subject, peers } = room({ servesPerLink: 2, readsPerLink: 1 });
    peers[0].say(want([1, 1], [3, 3], [5, 5], [7, 7]));
    expect(subject.node.load().requests).toBe(2);
  });

  it('G3: runs go as repair, and what did not fit is read on', () => {
    const { subject, peers } = room();
    const log = new FakeLog(hash);
    const runs = [1, 2, 3].map((n) => log.append(author, [new Uint8Array(30_000).fill(n)]));
    peers[0].say(want([1, 3]));
    const [read] = subject.last('readRuns');
    const said = peers[0].heard(
      subject.handle({
        type: 'runsRead',
        id: read?.id ?? 0,
        runs: runs.slice(0, 2),
        end: undefined,
      }),
    );
    const [next] = subject.last('readRuns');
    expect(next).toMatchObject({ session: author, from: 3, to: 3 });
    const rest = peers[0].heard(
      subject.handle({ type: 'runsRead', id: next?.id ?? 0, runs: runs.slice(2), end: undefined }),
    );
    expect(subject.last('readRuns')).toEqual([]);
    const all = only([...said, ...rest], 'run');
    expect(all.map(({ repair, way, from }) => [repair, way, from])).toEqual([
      [true, 'even', 1],
      [true, 'even', 2],
      [true, 'even', 3],
    ]);
  });

  it('L10: an end mark that is asked for is sent where one is held', () => {
    for (const end of [undefined, Uint8Array.of(3)]) {
      const { subject, peers } = room();
      peers[0].say(want([0, 0]));
      const [read] = subject.last('readRuns');
      expect(read).toMatchObject({ session: author, from: 0, to: 0 });
      const said = peers[0].heard(
        subject.handle({ type: 'runsRead', id: read?.id ?? 0, runs: [], end }),
      );
      expect(only(said, 'end')).toEqual(
        end === undefined ? [] : [{ type: 'end', session: author, bytes: end }],
      );
      expect(subject.last('readRuns')).toEqual([]);
    }
  });
});

describe('serving values', () => {
  it('G10: a value not held is said to be missing', () => {
    for (const bytes of [undefined, new Uint8Array(0)]) {
      const { subject, peers } = room();
      peers[0].say(valueWant(0, 100));
      const [read] = subject.last('readValue');
      expect(read).toMatchObject({ hash: value, offset: 0, length: 100 });
      const said = peers[0].heard(
        subject.handle({ type: 'valueRead', id: read?.id ?? 0, bytes, size: 0 }),
      );
      expect(said).toEqual([{ type: 'valueMissing', hash: value }]);
    }
  });

  it('G10: is cut into chunks of 16,384 bytes and read in whole ones', () => {
    const { subject, peers } = room({ bulkInFlightBytes: 100_000 });
    peers[0].say(valueWant(10, 200_000));
    const [read] = subject.last('readValue');
    expect(read).toMatchObject({ offset: 10, length: 6 * limits.valueChunkBytes });
    const bytes = new Uint8Array(4 * limits.valueChunkBytes + 5).fill(8);
    const effects = subject.handle({ type: 'valueRead', id: read?.id ?? 0, bytes, size: 300_000 });
    const chunks = only(peers[0].heard(effects), 'valueChunk');
    expect(chunks.map(({ offset, bytes: part }) => [offset, part.length])).toEqual([
      [10, 16_384],
      [16_394, 16_384],
      [32_778, 16_384],
      [49_162, 16_384],
      [65_546, 5],
    ]);
    expect(subject.last('readValue')).toEqual([]);
    expect(chunks.every(({ size, hash: of }) => size === 300_000 && of === value)).toBe(true);
    peers[0].say({ type: 'ack', bytes: subject.node.stats().bytesSent });
    expect(subject.last('readValue')).toMatchObject([{ offset: 65_551 }]);
  });

  it('G10: ends where it was asked for to end, or where the value does', () => {
    for (const [length, size] of [
      [5, 300],
      [300, 5],
    ] as const) {
      const { subject, peers } = room();
      peers[0].say(valueWant(0, length));
      const [read] = subject.last('readValue');
      const bytes = new Uint8Array(5);
      subject.handle({ type: 'valueRead', id: read?.id ?? 0, bytes, size });
      expect(subject.last('readValue')).toEqual([]);
      expect(subject.node.load().requests).toBe(0);
    }
  });

  it('G10: only the stretch that follows on a waiting one of the same value joins it', () => {
    const { subject, peers } = room({ readsPerLink: 1 });
    peers[0].say(
      valueWant(0, 10),
      valueWant(10, 10),
      valueWant(30, 10),
      valueWant(20, 10, '8'.repeat(64)),
      want([10, 12]),
    );
    expect(subject.node.load().requests).toBe(4);
  });
});
