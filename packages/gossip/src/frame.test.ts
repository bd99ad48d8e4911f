import { DecodeError, limits, toHex } from '@grapevine/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InNames, OutNames } from './dictionary.ts';
import { FrameWriter, decodeFrame } from './frame.ts';
import type { Message } from './message.ts';

const bytes = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength });
const session = bytes(16).map(toHex);
const hash = bytes(32).map(toHex);
const short = bytes(8);
const number = fc.oneof(fc.nat(300), fc.maxSafeNat());
const path = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), maxLength: 31 });

const run = fc
  .record({
    session,
    repair: fc.boolean(),
    from: fc.nat(200),
    count: fc.nat(120),
    rest: bytes(0, 40),
  })
  .map(({ session: of, repair, from, count, rest }): Message => {
    const head = Uint8Array.of((from % 127) + 1, count + 1);
    const all = new Uint8Array([...head, ...rest]);
    const first = (from % 127) + 1;
    return { type: 'run', session: of, repair, from: first, to: first + count, bytes: all };
  });

const leaves = fc
  .record({
    path,
    reply: fc.boolean(),
    leaves: fc.array(fc.record({ session, seq: number, ended: fc.boolean(), leaf: short }), {
      maxLength: 5,
    }),
  })
  .map(({ path: under, reply, leaves: list }): Message => {
    const placed = list.map((leaf) => ({
      ...leaf,
      session: under + leaf.session.slice(under.length),
    }));
    return { type: 'leaves', path: under, reply, leaves: placed };
  });

const range = fc.tuple(session, number, number).map(([of, a, b]) => ({
  session: of,
  from: Math.min(a, b),
  to: Math.max(a, b),
}));

const state = { hidden: fc.boolean(), intervalMs: number, digest: short, feeds: number };

const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    type: fc.constant('hello' as const),
    ...state,
    incarnation: number,
    info: bytes(0, limits.infoBytes),
  }),
  fc.record({ type: fc.constant('round' as const), ...state }),
  fc.record({ type: fc.constant('ack' as const), bytes: number }),
  fc.record({ type: fc.constantFrom('echo' as const, 'echoReply' as const), nonce: number }),
  run,
  fc
    .array(fc.record({ session, seq: number }), { maxLength: 5 })
    .map((heads): Message => ({ type: 'have', heads })),
  fc.array(range, { maxLength: 5 }).map((ranges): Message => ({ type: 'want', ranges })),
  fc
    .tuple(path, fc.array(fc.option(short, { nil: undefined }), { minLength: 16, maxLength: 16 }))
    .map(([under, children]): Message => ({ type: 'tree', path: under, children })),
  leaves,
  fc.record({ type: fc.constant('end' as const), session, bytes: bytes(0, 60) }),
  fc.record({ type: fc.constant('peers' as const), members: fc.array(session, { maxLength: 9 }) }),
  fc.record({
    type: fc.constant('signal' as const),
    from: session,
    to: session,
    sealed: bytes(0, 60),
  }),
  fc.record({
    type: fc.constant('ephemeral' as const),
    channel: fc.string({ maxLength: 20 }),
    bytes: bytes(0, 60),
  }),
  fc.record({
    type: fc.constant('valueWant' as const),
    hash,
    offset: fc.nat(limits.valueBytes),
    length: fc.nat(limits.valueBytes),
  }),
  fc.tuple(hash, fc.nat(10_000), bytes(0, 60)).map(([of, offset, chunk]): Message => {
    const size = offset + chunk.length + 5;
    return { type: 'valueChunk', hash: of, size, offset, bytes: chunk };
  }),
  fc.record({ type: fc.constant('valueMissing' as const), hash }),
  fc.record({ type: fc.constant('info' as const), bytes: bytes(0, limits.infoBytes) }),
  fc.constantFrom({ type: 'asleep' as const }, { type: 'bye' as const }),
);

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
      [10, 4, 1, 0x0f, 0, 0],
    ]) {
      expect(decodeFrame(Uint8Array.from(frame), new InNames())).toBeInstanceOf(DecodeError);
    }
  });

  it('section 9: messages spill into the next frame at 65,536 bytes, with their names', () => {
    const writer = new FrameWriter(new OutNames());
    const of = 'ab'.repeat(16);
    for (let i = 0; i < 3; i++) {
      const run = new Uint8Array(60_000);
      run.set([i + 1, 1]);
      const session = i === 2 ? 'cd'.repeat(16) : of;
      writer.add({ type: 'run', session, repair: false, from: i + 1, to: i + 1, bytes: run });
    }
    const frames = writer.take();
    const names = new InNames();
    const decoded = frames.map((frame) => decodeFrame(frame, names));
    expect(frames.every((frame) => frame.length <= limits.frameBytes)).toBe(true);
    expect(decoded.map((each) => Array.isArray(each) && each.length)).toEqual([1, 1, 1]);
  });

  it('section 9: a 65,537th name is refused', () => {
    const names = new InNames();
    for (let i = 0; i < limits.linkNames; i++) names.add('00'.repeat(16));
    const frame = Uint8Array.from([6, 16, ...new Uint8Array(16)]);
    expect(decodeFrame(frame, names)).toBeInstanceOf(DecodeError);
  });
});

/** Frames of plausible types with random bodies, which random bytes rarely hit. */
function fuzzed(): fc.Arbitrary<Uint8Array> {
  return fc
    .array(fc.tuple(fc.integer({ min: 1, max: 22 }), bytes(0, 100)), { maxLength: 4 })
    .map((parts) => new Uint8Array(parts.flatMap(([type, body]) => [type, body.length, ...body])));
}
