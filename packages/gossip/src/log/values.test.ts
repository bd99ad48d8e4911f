import { createHash } from 'node:crypto';
import { limits } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import type { Message, MessageOf } from '../frames/message.ts';
import { Peer, Subject, hello } from '../testing/peer.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const id = (digit: string) => digit.repeat(32);
const value = (digit: string) => digit.repeat(64);
const chunkBytes = limits.valueChunkBytes;
const patienceMs = 1000;

function room(neighbours: number, settings = {}) {
  const [proof, info] = [new Uint8Array(48), new Uint8Array(0)];
  const config = { self: id('5'), incarnation: 1, proof, info, random: () => 0.5, hash };
  const subject = new Subject({ ...config, ...settings });
  subject.handle({ type: 'start' });
  const peers = Array.from(
    { length: neighbours },
    (_, n) => new Peer(subject, n + 1, id(`${n + 6}`)),
  );
  for (const peer of peers) peer.open();
  /** What the neighbours were asked for by the last call: `neighbour:value offset+length`. */
  const asked = () =>
    peers.flatMap((peer, n) =>
      peer
        .heard(subject.effects)
        .filter((message): message is MessageOf<'valueWant'> => message.type === 'valueWant')
        .map(({ hash: of, offset, length }) => `${n}:${String(of[0])} ${offset}+${length}`),
    );
  const want = (digit: string, bytes = 100) => {
    subject.handle({ type: 'wantValue', hash: value(digit), bytes });
    return asked();
  };
  /** @returns what is asked for then */
  const say = (n: number, ...messages: Message[]) => {
    const bytes = peers[n]?.frame(...messages) ?? new Uint8Array(0);
    subject.handle({ type: 'frame', link: n + 1, bytes });
    return asked();
  };
  const retry = () => {
    subject.handle({ type: 'timer', timer: 'retry' });
    return asked();
  };
  return { subject, peers, want, say, asked, retry };
}

const chunk = (digit: string, offset: number, length: number, size: number): Message => {
  const bytes = new Uint8Array(length);
  return { type: 'valueChunk', hash: value(digit), size, offset, bytes };
};
const missing = (digit: string): Message => ({ type: 'valueMissing', hash: value(digit) });

describe('fetching values', () => {
  it('G10: a window of 32 chunks is asked for, and what is left when there is room for it', () => {
    const all = room(1);
    const size = 40 * chunkBytes + 7;
    expect(all.want('7', size)).toEqual([`0:7 0+${32 * chunkBytes}`]);
    const rest = `0:7 ${32 * chunkBytes}+${8 * chunkBytes + 7}`;
    for (let n = 0; n < 40; n++) {
      const asked = all.say(0, chunk('7', n * chunkBytes, chunkBytes, size));
      expect(asked).toEqual(n === 8 ? [rest] : []);
    }
    all.say(0, chunk('7', 40 * chunkBytes, 7, size));
    expect(all.subject.last('valueChunk')).toMatchObject([{ offset: 40 * chunkBytes, size }]);
    expect(all.subject.last('sync')).toEqual([]);
  });

  it('G10: half a window is asked for where more is left', () => {
    const all = room(1, { valueWindowChunks: 4 });
    const size = 10 * chunkBytes;
    expect(all.want('7', size)).toEqual([`0:7 0+${4 * chunkBytes}`]);
    expect(all.say(0, chunk('7', 0, chunkBytes, size))).toEqual([]);
    expect(all.say(0, chunk('7', chunkBytes, chunkBytes, size))).toEqual([
      `0:7 ${4 * chunkBytes}+${2 * chunkBytes}`,
    ]);
  });

  it('G10: a holder that lacks it is passed over for the next, until a round has gone by', () => {
    const all = room(2);
    expect(all.want('7')).toEqual(['0:7 0+100']);
    expect(all.say(1, missing('7'))).toEqual([]);
    expect(all.say(0, missing('8'))).toEqual([]);
    expect(all.say(0, missing('7'))).toEqual(['1:7 0+100']);
    expect(all.say(1, missing('7'))).toEqual([]);
    all.subject.now = 500;
    all.subject.handle({ type: 'timer', timer: 'round' });
    expect(all.asked()).toEqual(['0:7 0+100']);
  });

  it('G10: a holder that falls silent is passed over, one that sends on is not', () => {
    const all = room(2);
    all.want('7', 300);
    all.subject.now = 400;
    expect(all.say(0, chunk('7', 0, 100, 300))).toEqual([]);
    all.subject.now = 400 + patienceMs - 1;
    expect(all.retry()).toEqual([]);
    all.subject.now = 400 + patienceMs;
    expect(all.retry()).toEqual(['1:7 100+200']);
    // Its late answers are not used.
    expect(all.say(0, chunk('7', 100, 100, 300))).toEqual([]);
    expect(all.subject.last('valueChunk')).toEqual([]);
  });

  it('G10: of a holder whose link is lost the rest is asked of the next', () => {
    const all = room(2);
    all.want('7', 300);
    all.say(0, chunk('7', 0, 100, 300));
    all.subject.handle({ type: 'linkDown', link: 1, reason: 'lost' });
    expect(all.asked()).toEqual(['1:7 100+200']);
  });

  it('G10: an empty chunk, or one of a value of another size, passes its holder over', () => {
    for (const bad of [chunk('7', 0, 0, 300), chunk('7', 0, 100, 299)]) {
      const all = room(2);
      all.want('7', 300);
      expect(all.say(0, bad)).toEqual(['1:7 0+300']);
      expect(all.subject.last('valueChunk')).toEqual([]);
    }
  });

  it('G10: four values are fetched at a time, another when one is whole, missing or dropped', () => {
    const all = room(1);
    for (const digit of '1234') expect(all.want(digit)).toHaveLength(1);
    expect(all.want('5')).toEqual([]);
    expect(all.want('6')).toEqual([]);
    expect(all.say(0, chunk('2', 0, 100, 100))).toEqual(['0:5 0+100']);
    all.subject.handle({ type: 'dropValue', hash: value('3') });
    expect(all.asked()).toEqual(['0:6 0+100']);
    expect(all.want('a')).toEqual([]);
    expect(all.say(0, missing('1'))).toEqual(['0:a 0+100']);
  });

  it('G10: who gave a value that is wanted again, its hash not being right, is asked last', () => {
    const all = room(2);
    all.want('7');
    all.say(0, chunk('7', 0, 100, 100));
    const pending = () => all.subject.last('sync').map((sync) => sync.pending);
    expect(all.want('7')).toEqual(['1:7 0+100']);
    all.say(1, chunk('7', 0, 100, 100));
    expect(pending()).toEqual([]);
    all.subject.handle({ type: 'dropValue', hash: value('7') });
    expect(pending()).toEqual([0]);
    // Nothing is remembered of one that was dropped.
    expect(all.want('7')).toEqual(['0:7 0+100']);
  });

  it('G10: one that is being fetched is not asked for twice', () => {
    const all = room(2, { wantedValues: 1 });
    expect(all.want('7')).toHaveLength(1);
    expect(all.want('7')).toEqual([]);
    expect(() => all.want('8')).toThrow(
      expect.objectContaining({
        code: 'too-many-values',
        message: 'More than 1 values are being fetched.',
        action: 'Ask for this one again when some have arrived.',
      }),
    );
  });

  it('G10: nobody is asked before its hello, and the first neighbour to come is', () => {
    const all = room(0);
    expect(all.want('7')).toEqual([]);
    const peer = new Peer(all.subject, 9, id('9'));
    const up = peer.heard(all.subject.handle({ type: 'linkUp', link: 9, member: id('9') }));
    expect(up.some(({ type }) => type === 'valueWant')).toBe(false);
    expect(peer.say(hello).some(({ type }) => type === 'valueWant')).toBe(true);
  });

  it('G10: the neighbour whose delta was accepted last is asked first', () => {
    const all = room(3);
    const bytes = Uint8Array.of(1, 1, 0);
    const run = { session: id('a'), from: 1, to: 1, bytes };
    all.say(2, { type: 'run', repair: false, way: 'even', ...run });
    const [question] = all.subject.last('validate');
    const feed = { session: id('a'), seq: 1, leaf: new Uint8Array(16), ended: false };
    const accept = { verdict: 'accept', feed, runs: [run] } as const;
    all.subject.handle({ type: 'validated', id: question?.id ?? 0, ...accept });
    expect(all.want('7')).toEqual(['2:7 0+100']);
    expect(all.say(2, missing('7'))).toEqual(['0:7 0+100']);
  });
});
