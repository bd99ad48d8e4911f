import { DecodeError, limits } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import { InNames, OutNames } from './dictionary.ts';
import { FrameWriter, decodeFrame } from './frame.ts';
import type { Card, Message } from './message.ts';

const id = (n: number) => n.toString(16).padStart(32, '0');
const many = (count: number) => Array.from({ length: count }, (_, n) => id(n));
const bytes = (length: number) => new Uint8Array(length);
const signature = bytes(64);
const value = 'cc'.repeat(32);

const card = (words: Partial<Card>): Message => ({
  type: 'alive',
  session: id(1),
  proof: bytes(48),
  incarnation: 1,
  state: 'alive',
  health: 0,
  info: bytes(0),
  metrics: [],
  signature,
  ...words,
});
const metrics = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ name: String(n), value: n }));
const run = (from: number[], count: number[], rest = 0): Message => ({
  type: 'run',
  session: id(1),
  repair: false,
  way: 'even',
  from: 0,
  to: 0,
  bytes: Uint8Array.from([...from, ...count, ...bytes(rest)]),
});
const ephemeral = (channel: number, size: number): Message => {
  const told = { from: id(1), channel: 'c'.repeat(channel), number: 1, signature };
  return { type: 'ephemeral', ...told, bytes: bytes(size) };
};
const signal = (relays: number, size: number): Message => {
  return { type: 'signal', from: id(1), to: id(2), relays, sealed: bytes(size) };
};
const shuffle = (hops: number, path: number, members: number): Message => {
  return { type: 'shuffle', hops, path: many(path), members: many(members) };
};
const chunk = (size: number, offset: number, length: number): Message => {
  return { type: 'valueChunk', hash: value, size, offset, bytes: bytes(length) };
};
const valueWant = (offset: number, length: number): Message => {
  return { type: 'valueWant', hash: value, offset, length };
};
const node = (path: string, listed: number): Message => {
  const hashes = Array.from({ length: listed }, (_, n) => n);
  return { type: 'tree', step: 'open', salt: 1, nodes: [{ kind: 'leaves', path, hashes }] };
};
const children = (path: string): Message => {
  const hashes = Array.from({ length: 16 }, () => undefined);
  return { type: 'tree', step: 'open', salt: 1, nodes: [{ kind: 'children', path, hashes }] };
};
const extrema = (name: string, epoch: number, min: number, max: number, register = 1): Message => {
  const minima = new Float32Array(384).fill(register);
  return { type: 'extrema', name, epoch, min, max, minima };
};
const salted = limits.valueBytes + 16;

/** The largest that is taken, and the smallest that is not. */
const pairs: readonly [what: string, within: Message, beyond: Message][] = [
  ['512 bytes of info', card({ info: bytes(512) }), card({ info: bytes(513) })],
  ['16 metrics', card({ metrics: metrics(16) }), card({ metrics: metrics(17) })],
  [
    'a name of 64 bytes',
    card({ metrics: [{ name: 'n'.repeat(64), value: 0 }] }),
    card({ metrics: [{ name: 'n'.repeat(65), value: 0 }] }),
  ],
  [
    'finite metrics',
    card({ metrics: [{ name: 'n', value: Number.MAX_VALUE }] }),
    card({ metrics: [{ name: 'n', value: Infinity }] }),
  ],
  ['512 deltas in a run', run([1], [0x80, 4]), run([1], [0x81, 4])],
  ['a run of at least one delta', run([1], [1]), run([1], [0])],
  ['a run from 1 on', run([1], [1]), run([0], [1])],
  ['a run of 61,568 bytes', run([1], [1], 61_566), run([1], [1], 61_567)],
  ['16,384 bytes of an ephemeral message', ephemeral(1, 16_384), ephemeral(1, 16_385)],
  ['a channel of 128 bytes', ephemeral(128, 1), ephemeral(129, 1)],
  ['one relay of a signal', signal(1, 1), signal(2, 1)],
  ['a sealed signal', signal(0, limits.sealedSignalBytes), signal(0, limits.sealedSignalBytes + 1)],
  ['a shuffle that has a way', shuffle(7, 1, 1), shuffle(1, 0, 1)],
  ['a shuffle over 8 members in all', shuffle(5, 3, 1), shuffle(6, 3, 1)],
  ['a way of 8', shuffle(0, 8, 1), shuffle(0, 9, 1)],
  ['64 addresses', shuffle(1, 1, 64), shuffle(1, 1, 65)],
  [
    '64 addresses of one let go',
    { type: 'disconnect', members: many(64) },
    { type: 'disconnect', members: many(65) },
  ],
  ['256 neighbours', { type: 'peers', members: many(256) }, { type: 'peers', members: many(257) }],
  ['an offset in a value', valueWant(salted, 1), valueWant(salted + 1, 1)],
  ['a stretch of a value', valueWant(1, salted), valueWant(1, salted + 1)],
  ['a size of a value', chunk(salted, 0, 1), chunk(salted + 1, 0, 1)],
  ['a chunk of 16,384 bytes', chunk(99_999, 0, 16_384), chunk(99_999, 0, 16_385)],
  ['a chunk within its value', chunk(10, 4, 6), chunk(10, 5, 6)],
  ['256 hashes of a node', node('ab', 256), node('ab', 257)],
  ['a node as deep as a session', node('a'.repeat(32), 1), node('a'.repeat(33), 1)],
  ['children above a session', children('a'.repeat(31)), children('a'.repeat(32))],
  [
    'a range that ends where it begins',
    { type: 'want', ranges: [{ session: id(1), from: 4, to: 4 }] },
    { type: 'want', ranges: [{ session: id(1), from: 4, to: 3 }] },
  ],
  ['an epoch of 32 bits', extrema('n', 2 ** 32 - 1, 1, 1), extrema('n', 2 ** 32, 1, 1)],
  ['an aggregate of 64 bytes', extrema('n'.repeat(64), 1, 1, 1), extrema('n'.repeat(65), 1, 1, 1)],
  ['ends that do not cross', extrema('n', 1, 2, 2), extrema('n', 1, 2, 1)],
  ['registers from 0 on', extrema('n', 1, 1, 1, 0), extrema('n', 1, 1, 1, -1)],
  ['ends of no value', extrema('n', 1, Infinity, -Infinity), extrema('n', 1, Infinity, Infinity)],
  ['ends of no value, both', extrema('n', 1, Infinity, -Infinity), extrema('n', 1, 1, -Infinity)],
  ['finite ends', extrema('n', 1, -1, 1), extrema('n', 1, -Infinity, 1)],
];

function frameOf(message: Message): Uint8Array {
  const writer = new FrameWriter(new OutNames());
  writer.add(message);
  return writer.take()[0] ?? bytes(0);
}

describe('limits of what is read', () => {
  for (const [what, within, beyond] of pairs) {
    it(`section 14: ${what}, and no more`, () => {
      expect(decodeFrame(frameOf(within), new InNames())).toHaveLength(1);
      expect(decodeFrame(frameOf(beyond), new InNames())).toBeInstanceOf(DecodeError);
    });
  }

  it('section 14: a frame of 65,536 bytes, and no more', () => {
    const frame = (length: number) => {
      const body = length - 4;
      const all = new Uint8Array(length);
      all.set([99, (body & 127) | 128, ((body >> 7) & 127) | 128, body >> 14]);
      return all;
    };
    expect(decodeFrame(frame(65_536), new InNames())).toEqual([]);
    expect(decodeFrame(frame(65_537), new InNames())).toBeInstanceOf(DecodeError);
  });

  it('section 7: a vector is told where one of its registers is finite, and refused where one is none', () => {
    for (const register of [3, -1]) {
      const message = extrema('n', 1, 1, 1, Infinity);
      if (message.type === 'extrema') message.minima[5] = register;
      const decoded = decodeFrame(frameOf(message), new InNames());
      if (register < 0) expect(decoded).toBeInstanceOf(DecodeError);
      else expect(decoded).toEqual([message]);
    }
  });

  it('section 7: which limit was passed is not told, but that one was', () => {
    for (const message of [
      shuffle(1, 1, 65),
      ephemeral(1, 16_385),
      signal(2, 1),
      card({ info: bytes(513) }),
    ]) {
      const refused = decodeFrame(frameOf(message), new InNames());
      expect(refused instanceof DecodeError && refused.message).toBe('over a limit');
    }
    const large = decodeFrame(bytes(65_537), new InNames());
    expect(large instanceof DecodeError && large.message).toBe('over a limit');
    for (const [message, why] of [
      [chunk(10, 5, 6), 'beyond the value'],
      [card({ metrics: [{ name: 'n', value: Number.NaN }] }), 'not a number'],
    ] as const) {
      const refused = decodeFrame(frameOf(message), new InNames());
      expect(refused instanceof DecodeError && refused.message).toBe(why);
    }
  });

  it('section 7: why a frame is refused is told without what was in it', () => {
    const names = [6, 16, ...bytes(16)];
    for (const [frame, why] of [
      [[33, 2, 0, 1], 'unnamed session'],
      [[...names, 7, 4, 0, 0, 0, 1], 'empty run'],
      [[...names, 9, 3, 0, 4, 3], 'empty range'],
      [[10, 5, 3, 0, 0, 0, 0], 'unknown step'],
      [[10, 9, 0, 0, 0, 0, 0, 4, 0x0f, 0, 0], 'path not canonical'],
      [[10, 7, 0, 0, 0, 0, 0, 100, 0], 'below a session'],
      [[25, 2, 1, 0], 'not a walk'],
      [[28, 66, ...bytes(64), 1, 3], 'unknown state'],
      [[31, 19, 0, 1, ...bytes(7), 1, ...bytes(8), 0], 'not a minimum'],
    ] as const) {
      const refused = decodeFrame(Uint8Array.from(frame), new InNames());
      expect(refused).toBeInstanceOf(DecodeError);
      expect(refused instanceof DecodeError && refused.message).toBe(why);
    }
  });
});
