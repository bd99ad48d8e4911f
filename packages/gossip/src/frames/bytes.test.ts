import { describe, expect, it } from 'vitest';
import { InNames, OutNames } from './dictionary.ts';
import { FrameWriter, decodeFrame } from './frame.ts';
import type { Card, Message } from './message.ts';

const id = (byte: number) => byte.toString(16).padStart(2, '0').repeat(16);
const of = (count: number, byte: number) => Array.from({ length: count }, () => byte);
const [a, b] = [id(0xa1), id(0xb2)];
const [A, B] = [of(16, 0xa1), of(16, 0xb2)];
const digest = of(8, 7);
const members = of(8, 9);
const signature = of(64, 5);
const hash = of(32, 0xcc);
const f64 = (value: number) => [...new Uint8Array(new Float64Array([value]).buffer)];
const f32 = (value: number) => [...new Uint8Array(new Float32Array([value]).buffer)];

const state = {
  intervalMs: 300,
  digest: Uint8Array.from(digest),
  members: Uint8Array.from(members),
};
const card: Card = {
  session: a,
  proof: Uint8Array.from(of(48, 4)),
  incarnation: 3,
  state: 'asleep',
  health: 2,
  info: Uint8Array.of(8, 9),
  metrics: [{ name: 'ab', value: 1.5 }],
};
const opinion = { by: a, about: b, incarnation: 3, number: 200, degree: 4 };
const signed = { signature: Uint8Array.from(signature) };

/** Positive and negative sums only. */
const minima = new Float32Array(384).fill(Infinity);
minima.fill(0.5, 128, 256).fill(0.25, 256, 384);
const children = Array.from({ length: 16 }, (_, digit) => (digit % 8 === 1 ? digit : undefined));

/** The body as PROTOCOL.md section 7 gives it, and the sessions numbered before it. */
const messages: readonly [type: number, named: number[], message: Message, body: number[]][] = [
  [
    1,
    [],
    { type: 'hello', hidden: true, ...state, incarnation: 5, info: Uint8Array.of(1) },
    [1, 0xac, 2, 5, ...digest, ...members, 1, 1],
  ],
  [
    1,
    [],
    { type: 'hello', hidden: false, ...state, incarnation: 5, info: new Uint8Array(0) },
    [0, 0xac, 2, 5, ...digest, ...members, 0],
  ],
  [2, [], { type: 'round', hidden: false, ...state }, [0, 0xac, 2, ...digest, ...members]],
  [2, [], { type: 'round', hidden: true, ...state }, [1, 0xac, 2, ...digest, ...members]],
  [3, [], { type: 'ack', bytes: 300 }, [0xac, 2]],
  [4, [], { type: 'echo', nonce: 7 }, [7]],
  [5, [], { type: 'echoReply', nonce: 7 }, [7]],
  [
    7,
    A,
    {
      type: 'run',
      session: a,
      repair: true,
      way: 'even',
      from: 3,
      to: 4,
      bytes: Uint8Array.of(3, 2, 6),
    },
    [0, 1, 3, 2, 6],
  ],
  [
    7,
    A,
    {
      type: 'run',
      session: a,
      repair: false,
      way: 'own',
      from: 1,
      to: 1,
      bytes: Uint8Array.of(1, 1),
    },
    [0, 2, 1, 1],
  ],
  [
    7,
    A,
    {
      type: 'run',
      session: a,
      repair: true,
      way: 'direct',
      from: 1,
      to: 512,
      bytes: Uint8Array.of(1, 128, 4),
    },
    [0, 5, 1, 128, 4],
  ],
  [
    8,
    [...A, ...B],
    {
      type: 'have',
      heads: [
        { session: a, seq: 1 },
        { session: b, seq: 300 },
      ],
    },
    [0, 1, 1, 0xac, 2],
  ],
  [9, A, { type: 'want', ranges: [{ session: a, from: 2, to: 9 }] }, [0, 2, 9]],
  [
    10,
    [],
    {
      type: 'tree',
      step: 'open',
      salt: 0x04030201,
      nodes: [
        { kind: 'leaves', path: 'abc', hashes: [1, 2] },
        { kind: 'unknown', path: 'ab', hashes: [] },
      ],
    },
    [1, 1, 2, 3, 4, 10, 0xab, 0xc0, 2, 1, 0, 0, 0, 2, 0, 0, 0, 8, 0xab, 0],
  ],
  [
    32,
    [],
    {
      type: 'memberTree',
      step: 'answer',
      salt: 1,
      nodes: [{ kind: 'children', path: '', hashes: children }],
    },
    [2, 1, 0, 0, 0, 0, 2, 2, 1, 0, 0, 0, 9, 0, 0, 0],
  ],
  [10, [], { type: 'tree', step: 'descend', salt: 0, nodes: [] }, [0, 0, 0, 0, 0]],
  [
    11,
    A,
    { type: 'leaves', salt: 5, leaves: [{ session: a, seq: 3, ended: true, hash: 6 }] },
    [5, 0, 0, 0, 0, 7, 6, 0, 0, 0],
  ],
  [
    11,
    A,
    { type: 'leaves', salt: 5, leaves: [{ session: a, seq: 3, ended: false, hash: 6 }] },
    [5, 0, 0, 0, 0, 6, 6, 0, 0, 0],
  ],
  [12, A, { type: 'end', session: a, bytes: Uint8Array.of(1, 2) }, [0, 1, 2]],
  [13, [], { type: 'peers', members: [a, b] }, [...A, ...B]],
  [
    14,
    [],
    { type: 'signal', from: a, to: b, relays: 1, sealed: Uint8Array.of(6) },
    [...A, ...B, 1, 6],
  ],
  [
    15,
    A,
    {
      type: 'ephemeral',
      from: a,
      channel: 'ch',
      number: 300,
      ...signed,
      bytes: Uint8Array.of(1, 2),
    },
    [0, 2, 0x63, 0x68, 0xac, 2, ...signature, 1, 2],
  ],
  [
    16,
    [],
    { type: 'valueWant', hash: 'cc'.repeat(32), offset: 1, length: 300 },
    [...hash, 1, 0xac, 2],
  ],
  [
    17,
    [],
    { type: 'valueChunk', hash: 'cc'.repeat(32), size: 4, offset: 2, bytes: Uint8Array.of(1, 2) },
    [...hash, 4, 2, 1, 2],
  ],
  [18, [], { type: 'valueMissing', hash: 'cc'.repeat(32) }, hash],
  [21, [], { type: 'bye' }, []],
  [22, A, { type: 'beacon', root: a, epoch: 300, hops: 2, shared: true }, [0, 0xac, 2, 2, 1]],
  [22, A, { type: 'beacon', root: a, epoch: 1, hops: 2, shared: false }, [0, 1, 2, 0]],
  [23, [...A, ...B], { type: 'graft', roots: [a, b] }, [0, 1]],
  [24, [], { type: 'prune', roots: [] }, []],
  [25, [], { type: 'shuffle', hops: 3, path: [a], members: [b] }, [3, 1, ...A, ...B]],
  [26, [], { type: 'shuffleReply', path: [], members: [a, b] }, [0, ...A, ...B]],
  [27, [], { type: 'disconnect', members: [a] }, A],
  [
    28,
    [],
    { type: 'alive', ...card, ...signed },
    [...A, ...of(48, 4), 3, 1, 2, 2, 8, 9, 1, 2, 0x61, 0x62, ...f64(1.5), ...signature],
  ],
  [
    29,
    [...A, ...B],
    { type: 'suspect', ...opinion, ...signed },
    [0, 1, 3, 200, 1, 4, ...signature],
  ],
  [30, [...A, ...B], { type: 'vouch', ...opinion, ...signed }, [0, 1, 3, 200, 1, 4, ...signature]],
  [33, A, { type: 'gone', session: a, incarnation: 2 }, [0, 2]],
  [
    31,
    [],
    { type: 'extrema', name: 'x', epoch: 2, min: -1, max: 3, minima },
    [
      ...[1, 0x78, 2, ...f64(-1), ...f64(3), 6],
      ...of(128, 0).flatMap(() => f32(0.5)),
      ...of(128, 0).flatMap(() => f32(0.25)),
    ],
  ],
];

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, value >> 7];
}

describe('the bytes of every message', () => {
  for (const [type, named, message, body] of messages) {
    it(`section 7: ${type} ${message.type}`, () => {
      const names = named.length === 0 ? [] : [6, named.length, ...named];
      const frame = Uint8Array.from([...names, type, ...varint(body.length), ...body]);
      const writer = new FrameWriter(new OutNames());
      expect(writer.add(message)).toBe(frame.length);
      expect(writer.take()).toEqual([frame]);
      expect(decodeFrame(frame, new InNames())).toEqual([message]);
    });
  }

  it('section 7: a session is numbered once, and numbers go on', () => {
    const writer = new FrameWriter(new OutNames());
    for (const session of [a, b, a]) writer.add({ type: 'gone', session, incarnation: 1 });
    const gone = (number: number) => [33, 2, number, 1];
    const frame = [6, 16, ...A, ...gone(0), 6, 16, ...B, ...gone(1), ...gone(0)];
    expect(writer.take()).toEqual([Uint8Array.from(frame)]);
    expect(writer.take()).toEqual([]);
  });

  it('section 14: a frame is filled to the byte, and the next begins with what did not fit', () => {
    const bye = { type: 'bye' } as const;
    const writer = new FrameWriter(new OutNames(), 6);
    for (let n = 0; n < 4; n++) expect(writer.add(bye)).toBe(2);
    expect(writer.take().map(({ length }) => length)).toEqual([6, 2]);
    const small = new FrameWriter(new OutNames(), 3);
    small.add({ type: 'ack', bytes: 300 });
    small.add(bye);
    expect(small.take().map(({ length }) => length)).toEqual([4, 2]);
  });
});
