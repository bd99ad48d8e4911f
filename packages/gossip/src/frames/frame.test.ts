import { DecodeError, limits, toHex } from '@grapevine/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxTrees } from './broadcast-messages.ts';
import { InNames, OutNames } from './dictionary.ts';
import { FrameWriter, decodeFrame } from './frame.ts';
import type { Message, TreeNode } from './message.ts';

const bytes = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength });
const session = bytes(16).map(toHex);
const hash = bytes(32).map(toHex);
const short = bytes(8);
const number = fc.oneof(fc.nat(300), fc.maxSafeNat());

const flag = fc.boolean();
const signature = bytes(64);
const short32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const of = <T extends Message['type']>(type: T) => fc.constant(type);

const run = fc
  .record({
    session,
    repair: flag,
    way: fc.constantFrom('even' as const, 'odd' as const, 'own' as const, 'direct' as const),
    from: fc.integer({ min: 1, max: 127 }),
    count: fc.integer({ min: 1, max: 120 }),
    rest: bytes(0, 40),
  })
  .map(({ from, count, rest, ...told }): Message => {
    const all = new Uint8Array([from, count, ...rest]);
    return { type: 'run', ...told, from, to: from + count - 1, bytes: all };
  });

const children = fc.array(fc.option(short32, { nil: undefined }), {
  minLength: 16,
  maxLength: 16,
});
const listed = { path: digits(32), hashes: fc.array(short32, { maxLength: 12 }) };
const node: fc.Arbitrary<TreeNode> = fc.oneof(
  fc.record({ kind: fc.constant('children' as const), path: digits(31), hashes: children }),
  fc.record({ kind: fc.constant('leaves' as const), ...listed }),
  fc.record({ kind: fc.constant('unknown' as const), ...listed }),
);
const tree = {
  step: fc.constantFrom('descend' as const, 'open' as const, 'answer' as const),
  salt: short32,
  nodes: fc.array(node, { maxLength: 5 }),
};
const entry = fc.record({ session, seq: fc.nat(2 ** 31), ended: flag, hash: short32 });

const range = fc.tuple(session, number, number).map(([feed, a, b]) => ({
  session: feed,
  from: Math.min(a, b),
  to: Math.max(a, b),
}));

const state = { hidden: flag, intervalMs: number, digest: short, members: short };

const metric = fc.record({
  name: fc.string({ maxLength: 16 }),
  value: fc.double({ noNaN: true, noDefaultInfinity: true }),
});
const card = {
  session,
  proof: bytes(48),
  incarnation: number,
  state: fc.constantFrom('alive' as const, 'asleep' as const, 'left' as const),
  health: fc.nat(255),
  info: bytes(0, limits.infoBytes),
  metrics: fc.array(metric, { maxLength: limits.metrics }),
  signature,
};
const opinion = {
  by: session,
  about: session,
  incarnation: number,
  number,
  degree: number,
  signature,
};
const addresses = fc.array(session, { maxLength: 12 });
const minima = fc
  .tuple(flag, flag, flag, fc.float({ noNaN: true, min: 0 }))
  .map((present) => vectors(present.slice(0, 3), present[3]));
const extremes = fc.oneof(
  fc.constant({ min: Infinity, max: -Infinity }),
  fc
    .tuple(metric, metric)
    .map(([a, b]) => ({ min: Math.min(a.value, b.value), max: Math.max(a.value, b.value) })),
);

const logMessage: fc.Arbitrary<Message> = fc.oneof(
  run,
  fc.record({ type: of('have'), heads: fc.array(fc.record({ session, seq: number })) }),
  fc.record({ type: of('want'), ranges: fc.array(range, { maxLength: 5 }) }),
  fc.record({ type: of('tree'), ...tree }),
  fc.record({ type: of('memberTree'), ...tree }),
  fc.record({ type: of('leaves'), salt: short32, leaves: fc.array(entry, { maxLength: 5 }) }),
  fc.record({ type: of('end'), session, bytes: bytes(0, 60) }),
  fc.record({
    type: of('valueWant'),
    hash,
    offset: fc.nat(limits.valueBytes),
    length: fc.nat(limits.valueBytes),
  }),
  fc.tuple(hash, fc.nat(10_000), bytes(0, 60)).map(([value, offset, chunk]): Message => {
    const size = offset + chunk.length + 5;
    return { type: 'valueChunk', hash: value, size, offset, bytes: chunk };
  }),
  fc.record({ type: of('valueMissing'), hash }),
);

const linkMessage: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    type: of('hello'),
    ...state,
    incarnation: number,
    info: bytes(0, limits.infoBytes),
  }),
  fc.record({ type: of('round'), ...state }),
  fc.record({ type: of('ack'), bytes: number }),
  fc.record({ type: fc.constantFrom('echo' as const, 'echoReply' as const), nonce: number }),
  fc.record({ type: of('bye') }),
  fc.record({ type: of('peers'), members: fc.array(session, { maxLength: 9 }) }),
  fc.record({
    type: of('signal'),
    from: session,
    to: session,
    relays: fc.nat(limits.signalRelays),
    sealed: bytes(0, 60),
  }),
  fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.nat(4), fc.array(session), addresses)
    .map(([length, hops, way, members]): Message => {
      const path = Array.from({ length }, (_, i) => way[i] ?? '0'.repeat(32));
      return { type: 'shuffle', hops, path, members };
    }),
  fc.record({
    type: of('shuffleReply'),
    path: fc.array(session, { maxLength: limits.walkMembers }),
    members: addresses,
  }),
  fc.record({ type: of('disconnect'), members: addresses }),
);

const roomMessage: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ type: of('beacon'), root: session, epoch: number, hops: number, shared: flag }),
  fc.record({
    type: fc.constantFrom('graft' as const, 'prune' as const),
    roots: fc.array(session, { maxLength: maxTrees }),
  }),
  fc.record({
    type: of('ephemeral'),
    from: session,
    channel: fc.string({ maxLength: 20 }),
    number,
    signature,
    bytes: bytes(0, 60),
  }),
  fc.record({ type: of('alive'), ...card }),
  fc.record({ type: fc.constantFrom('suspect' as const, 'vouch' as const), ...opinion }),
  fc.record({ type: of('gone'), session, incarnation: number }),
  fc.record({
    type: of('probe'),
    about: session,
    nonce: number,
    relays: fc.constantFrom(0, 1, 2),
    path: fc.array(session, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({
    type: of('probeReply'),
    session,
    nonce: number,
    signature,
    path: fc.array(session, { maxLength: 4 }),
  }),
  fc
    .record({ name: fc.string({ maxLength: 16 }), epoch: short32, minima, extremes })
    .map(({ extremes: ends, ...told }): Message => ({ type: 'extrema', ...told, ...ends })),
);

const message = fc.oneof(logMessage, linkMessage, roomMessage);

/** Registers of which only the vectors said to be there hold anything. */
function vectors(present: readonly unknown[], value: number): Float32Array {
  const all = new Float32Array(384).fill(Infinity);
  for (const [index, here] of present.entries()) {
    if (here === true) all.fill(value, index * 128, (index + 1) * 128);
  }
  return all;
}

function digits(maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), maxLength });
}

function encode(messages: readonly Message[]): Uint8Array {
  const writer = new FrameWriter(new OutNames());
  for (const each of messages) writer.add(each);
  const frames = writer.take();
  expect(frames.length).toBeLessThanOrEqual(1);
  return frames[0] ?? new Uint8Array(0);
}

describe('frame', () => {
  it('section 7: every message comes back as it was sent', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
        expect(decodeFrame(encode(messages), new InNames())).toEqual(messages);
      }),
    );
  });

  it('F2: random bytes give messages or a DecodeError, and what decodes has one spelling', () => {
    fc.assert(
      fc.property(fc.oneof(bytes(0, 200), fuzzed()), (input) => {
        const decoded = decodeFrame(input, new InNames());
        if (decoded instanceof DecodeError) return;
        const again = encode(decoded);
        expect(decodeFrame(again, new InNames())).toEqual(decoded);
        expect(encode(decoded)).toEqual(again);
      }),
      { numRuns: 1000 },
    );
  });

  it('F2: a valid frame with a byte changed, cut or added is decoded or refused', () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.nat(255),
        fc.constantFrom('change', 'cut', 'insert'),
        (messages, place, byte, how) => {
          const valid = encode(messages);
          const at = place % valid.length;
          const mutated =
            how === 'cut'
              ? valid.slice(0, at)
              : new Uint8Array([
                  ...valid.slice(0, at),
                  byte,
                  ...valid.slice(how === 'change' ? at + 1 : at),
                ]);
          const decoded = decodeFrame(mutated, new InNames());
          expect(decoded instanceof DecodeError || Array.isArray(decoded)).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('section 7: unknown types are skipped', () => {
    const known = encode([{ type: 'bye' }]);
    const frame = new Uint8Array([99, 3, 1, 2, 3, ...known]);
    expect(decodeFrame(frame, new InNames())).toEqual([{ type: 'bye' }]);
  });

  it('section 7: an unnamed number, empty run, reversed range, long chunk are refused', () => {
    for (const frame of [
      [8, 2, 0, 1],
      [6, 16, ...Array.from({ length: 16 }, () => 1), 7, 4, 0, 0, 1, 0],
      [6, 16, ...Array.from({ length: 16 }, () => 1), 9, 3, 0, 5, 4],
      [17, 35, ...Array.from({ length: 32 }, () => 1), 1, 0, 1, 2],
      // A tree: an unknown step, a path not canonical, children below a session, too many leaves.
      [10, 5, 3, 0, 0, 0, 0],
      [10, 9, 0, 0, 0, 0, 0, 3, 0x0f, 0, 0],
      [10, 24, 0, 0, 0, 0, 0, 96, ...new Uint8Array(16), 0, 0],
      [32, 8, 0, 0, 0, 0, 0, 1, 129, 2],
      // Gone: a member not named, no incarnation, more than that.
      [33, 2, 1, 0],
      [33, 1, 0],
      [6, 16, ...Array.from({ length: 16 }, () => 1), 33, 3, 0, 1, 0],
      // A probe: over nobody, over five members, with more relays than that leaves.
      [34, 18, ...new Uint8Array(18)],
      [34, 98, ...new Uint8Array(98)],
      [34, 34, ...new Uint8Array(17), 4, ...new Uint8Array(16)],
      // Extrema whose ends cross, or are no numbers.
      extremaFrame(2, 1),
      extremaFrame(Number.NaN, 1),
      extremaFrame(-Infinity, 1),
      extremaFrame(1, Infinity),
    ]) {
      expect(decodeFrame(Uint8Array.from(frame), new InNames())).toBeInstanceOf(DecodeError);
    }
  });

  it('section 7: gone is type 33, a name and an incarnation', () => {
    const named = [6, 16, ...Array.from({ length: 16 }, () => 1)];
    const frame = Uint8Array.from([...named, 33, 3, 0, 172, 2]);
    const message: Message = { type: 'gone', session: '01'.repeat(16), incarnation: 300 };
    expect(decodeFrame(frame, new InNames())).toEqual([message]);
    expect(encode([message])).toEqual(frame);
  });

  it('section 14: messages spill into the next frame at 65,536 bytes, with their names', () => {
    const writer = new FrameWriter(new OutNames());
    const first = 'ab'.repeat(16);
    for (let i = 0; i < 3; i++) {
      const run = new Uint8Array(60_000);
      run.set([i + 1, 1]);
      const session = i === 2 ? 'cd'.repeat(16) : first;
      const seq = i + 1;
      const told = { type: 'run', repair: false, way: 'even', from: seq, to: seq } as const;
      writer.add({ ...told, session, bytes: run });
    }
    const frames = writer.take();
    const names = new InNames();
    const decoded = frames.map((frame) => decodeFrame(frame, names));
    expect(frames.every((frame) => frame.length <= limits.frameBytes)).toBe(true);
    expect(decoded.map((each) => Array.isArray(each) && each.length)).toEqual([1, 1, 1]);
  });

  it('section 7: after 65,536 names the numbers begin anew, and every message says what it said', () => {
    const out = new OutNames();
    const names = new InNames();
    const id = (n: number) => n.toString(16).padStart(32, '0');
    // 16 named all the time, among names that come once: also as their own numbers are given away.
    for (let n = 0; n < 2.5 * limits.linkNames; n += 1024) {
      const heads = Array.from({ length: 1040 }, (_, k) => ({
        session: id(k % 65 === 0 ? k / 65 : 1000 + n + k),
        seq: k,
      }));
      const message: Message = { type: 'have', heads };
      const writer = new FrameWriter(out);
      writer.add(message);
      expect(writer.take().map((frame) => decodeFrame(frame, names))).toEqual([[message]]);
    }
  });

  it.each(['graft', 'prune'] as const)(
    'B1: a %s of more trees than anybody keeps is malformed',
    (type) => {
      const roots = (count: number) =>
        Array.from({ length: count }, (_, n) => toHex(new Uint8Array(16).fill(n)));
      const decoded = (count: number) => {
        const writer = new FrameWriter(new OutNames(), 65_536);
        writer.add({ type, roots: roots(count) });
        return writer.take().map((frame) => decodeFrame(frame, new InNames()));
      };
      expect(decoded(64)).toEqual([[{ type, roots: roots(64) }]]);
      expect(decoded(65)).toEqual([expect.any(DecodeError)]);
    },
  );
});

function extremaFrame(min: number, max: number): number[] {
  const ends = new Uint8Array(new Float64Array([min, max]).buffer);
  return [31, 19, 0, 1, ...ends, 0];
}

/** Frames of plausible types with random bodies, which random bytes rarely hit. */
function fuzzed(): fc.Arbitrary<Uint8Array> {
  return fc
    .array(fc.tuple(fc.integer({ min: 1, max: 36 }), bytes(0, 100)), { maxLength: 4 })
    .map((parts) => new Uint8Array(parts.flatMap(([type, body]) => [type, body.length, ...body])));
}
