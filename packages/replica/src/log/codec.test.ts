import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError, limits, toHex } from '@grapevine/wire';
import {
  decodeRow,
  decodeRun,
  encodeDraft,
  encodeRow,
  encodeRun,
  headerFields,
  rebase,
} from './codec.ts';
import type { DecodedRun, RawDelta } from './codec.ts';
import { decodeEnd, encodeForkEnd, encodeInvalidEnd, endKind } from './end-codec.ts';
import type { Branch } from './end-codec.ts';
import { chainHeaders, headerPrefix, origin } from './header.ts';
import { bytesOf, roomKeys } from './testing.ts';
import { fullDeltaBytes, utf8Bytes, varintBytes } from './size.ts';

const small = fc.uint8Array({ maxLength: 40 });
const salted = fc.uint8Array({ minLength: 16, maxLength: 80 });
const anyDraft = fc.record({
  kind: fc.nat(255),
  document: fc.oneof(fc.constant(''), fc.string({ maxLength: 30 })),
  body: small,
  values: fc.array(salted, { maxLength: 3 }),
});
const signature = fc.uint8Array({ minLength: 64, maxLength: 64 });
const deltas = fc
  .array(fc.tuple(anyDraft, fc.nat(2 ** 40)), { minLength: 1, maxLength: 6 })
  .map((steps) => {
    let hlc = 0;
    return steps.map(([draft, step]) => encodeDraft(draft, (hlc += step)));
  });
const anyRun = fc.record({ from: fc.integer({ min: 1, max: 2 ** 48 }), deltas, signature });

function decoded(bytes: Uint8Array): DecodedRun {
  const run = decodeRun(bytes);
  if (run instanceof DecodeError) throw run;
  return run;
}

function plain(delta: RawDelta) {
  return { ...delta, body: toHex(delta.body), rest: toHex(delta.rest) };
}

/** Spliced, cut or bent anywhere. */
function mutate(bytes: Uint8Array, at: number, what: number, byte: number): Uint8Array {
  const place = at % bytes.length;
  const copy = [...bytes];
  if (what === 0) copy[place] = byte;
  else if (what === 1) copy.splice(place, 1);
  else copy.splice(place, 0, byte);
  return Uint8Array.from(copy);
}

const mutation = [fc.nat(), fc.nat(2), fc.nat(255)] as const;

describe('runs', () => {
  it('section 3: the vector of PROTOCOL.md decodes and chains to its hash', () => {
    const run = decoded(bytesOf(vector));
    expect([run.from, run.to, run.deltas.length]).toEqual([1, 2, 2]);
    expect(run.deltas[1]?.hlc).toBe(1_003);
    const prefix = headerPrefix(roomKeys.topic, 'c764c3edb632d30558858b5bb35eacb2');
    const { hashes } = chainHeaders(prefix, origin, run.deltas);
    expect(toHex(hashes[1] ?? origin.hash)).toBe(
      '59c28b0b8ee52bba218ab2c9ddfd13b0e28bf5f55e3763fcdcdb8a617612cf70',
    );
  });

  it('section 3: a decoded run is what was encoded, and encodes to the same bytes', () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        const bytes = encodeRun(run.from, run.deltas, run.signature);
        const back = decoded(bytes);
        expect(back.from).toBe(run.from);
        expect(back.signature).toEqual(run.signature);
        expect(back.deltas.map(plain)).toEqual(run.deltas.map(plain));
        expect(encodeRun(back.from, back.deltas, back.signature)).toEqual(bytes);
      }),
    );
  });

  it('decoding is total, and what is accepted has one spelling', () => {
    const input = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(anyRun, ...mutation)
        .map(([run, ...how]) => mutate(encodeRun(run.from, run.deltas, run.signature), ...how)),
    );
    fc.assert(
      fc.property(input, (bytes) => {
        const run = decodeRun(bytes);
        if (run instanceof DecodeError) return;
        expect(encodeRun(run.from, run.deltas, run.signature)).toEqual(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  it('L6: no run is empty, over 512 deltas, over its bytes or too long to prove a fork with', () => {
    const one = encodeDraft({ kind: 9, document: '', body: new Uint8Array(0), values: [] }, 0);
    const sign = new Uint8Array(64);
    const many = (count: number, item = one) =>
      decodeRun(encodeRun(1, Array(count).fill(item), sign));
    expect(many(0)).toBeInstanceOf(DecodeError);
    expect(many(512)).not.toBeInstanceOf(DecodeError);
    expect(many(513)).toBeInstanceOf(DecodeError);
    const named = encodeDraft(
      { kind: 2, document: 'x'.repeat(100), body: new Uint8Array(0), values: [] },
      0,
    );
    expect(many(200, named)).not.toBeInstanceOf(DecodeError);
    expect(many(300, named)).toBeInstanceOf(DecodeError);
    const large = encodeDraft(
      { kind: 9, document: '', body: new Uint8Array(32_000), values: [] },
      0,
    );
    expect(many(2, large)).toBeInstanceOf(DecodeError);
    expect(decodeRun(encodeRun(0, [one], sign))).toBeInstanceOf(DecodeError);
    expect(decodeRun(encodeRun(2 ** 53 - 1, [one, one], sign))).toBeInstanceOf(DecodeError);
  });

  it('L2: an hlc beyond 2^53 - 1 has no form', () => {
    const rest = encodeDraft(
      { kind: 9, document: '', body: new Uint8Array(0), values: [] },
      0,
    ).rest;
    const items = [
      { hlc: Number.MAX_SAFE_INTEGER, rest },
      { hlc: Number.MAX_SAFE_INTEGER, rest },
    ];
    const bytes = encodeRun(1, items, new Uint8Array(64));
    expect(decoded(bytes).deltas[1]?.hlc).toBe(Number.MAX_SAFE_INTEGER);
    const at = bytes.length - 64 - rest.length - 1;
    bytes[at] = 1;
    expect(decodeRun(bytes)).toBeInstanceOf(DecodeError);
  });

  it('L5: a value over 32,768 bytes is committed to, never inline', () => {
    const draft = { kind: 9, document: '', body: new Uint8Array(0) };
    const inline = encodeDraft({ ...draft, values: [new Uint8Array(16 + 32_768)] }, 1);
    expect(inline.values[0]?.salted?.length).toBe(16 + 32_768);
    const over = encodeDraft({ ...draft, values: [new Uint8Array(16 + 32_769)] }, 1);
    expect(over.values[0]).toMatchObject({ size: 32_769, salted: undefined });
    expect(over.rest.length).toBeLessThan(48);
    // The same delta with the value smuggled inline.
    const smuggled = Uint8Array.of(
      1,
      1,
      1,
      9,
      0,
      1,
      0x83,
      0x80,
      0x04,
      ...new Uint8Array(16 + 32_769),
      0,
      ...new Uint8Array(64),
    );
    expect(decodeRun(smuggled)).toBeInstanceOf(DecodeError);
  });

  it('section 3: a pruned value changes neither hash nor header', () => {
    const full = encodeDraft(
      { kind: 9, document: '', body: Uint8Array.of(5), values: [new Uint8Array(20)] },
      1,
    );
    const hash = bytesOf(full.values[0]?.hash ?? '');
    const rest = Uint8Array.of(9, 0, 1, 4 * 2, ...hash, 1, 5);
    const pruned = decoded(encodeRun(1, [{ hlc: 1, rest }], new Uint8Array(64))).deltas[0];
    expect(pruned?.values[0]).toEqual({ hash: full.values[0]?.hash, size: 4, salted: undefined });
    expect(pruned?.payloadHash).toEqual(full.payloadHash);
  });
});

describe('rows', () => {
  it('a row is its delta with its place and time, in bytes of its own', () => {
    fc.assert(
      fc.property(anyDraft, fc.maxSafeNat(), fc.integer({ min: 1 }), (draft, hlc, seq) => {
        const delta = encodeDraft(draft, hlc);
        const row = encodeRow(seq, delta);
        const back = decodeRow(row);
        if (back instanceof DecodeError) throw back;
        expect(back.seq).toBe(seq);
        expect(plain(back.delta)).toEqual(plain(delta));
        const moved = rebase(delta, row);
        expect(plain(moved)).toEqual(plain(delta));
        expect(moved.body.buffer).toBe(row.buffer);
        expect(row.buffer.byteLength).toBe(row.length);
      }),
    );
  });

  it('decoding a row is total, and what is accepted has one spelling', () => {
    const row = fc
      .tuple(anyDraft, ...mutation)
      .map(([draft, ...how]) => mutate(encodeRow(3, encodeDraft(draft, 7)), ...how));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), row), (bytes) => {
        const back = decodeRow(bytes);
        if (!(back instanceof DecodeError)) expect(encodeRow(back.seq, back.delta)).toEqual(bytes);
      }),
    );
  });

  it('signed fields are found again from a held delta', () => {
    fc.assert(
      fc.property(anyDraft, (draft) => {
        const raw = encodeDraft(draft, 5);
        const held = { ...raw, session: '', author: '', seq: 1, hash: origin.hash };
        expect(headerFields(held)).toEqual({
          hlc: 5,
          kind: raw.kind,
          document: raw.document,
          payloadLength: raw.payloadLength,
          payloadHash: raw.payloadHash,
        });
      }),
    );
  });
});

describe('end marks', () => {
  const branchOf = (run: { from: number; deltas: RawDelta[]; signature: Uint8Array }): Branch => ({
    from: run.from,
    backlink: new Uint8Array(32).fill(3),
    headers: run.deltas,
    signature: run.signature,
  });

  it('L10: what is decoded is what was encoded', () => {
    fc.assert(
      fc.property(anyRun, anyRun, (one, two) => {
        fc.pre(one.from > 1);
        const run = encodeRun(one.from, one.deltas, one.signature);
        const invalid = decodeEnd(encodeInvalidEnd(one.from, run));
        expect(invalid).toMatchObject({ kind: endKind.invalid, seq: one.from });
        const branches = [branchOf(one), branchOf({ ...two, from: one.from })] as const;
        const fork = decodeEnd(encodeForkEnd(one.from, branches));
        if (fork instanceof DecodeError || fork.kind !== endKind.fork) throw new Error('no fork');
        expect(fork.branches.map(({ headers }) => headers.length)).toEqual([
          one.deltas.length,
          two.deltas.length,
        ]);
        expect(encodeForkEnd(fork.seq, fork.branches)).toEqual(encodeForkEnd(one.from, branches));
      }),
    );
  });

  it('L10: decoding is total, and what is accepted has one spelling', () => {
    const input = fc
      .tuple(anyRun, fc.boolean(), ...mutation)
      .map(([run, fork, ...how]) =>
        mutate(
          fork
            ? encodeForkEnd(run.from, [branchOf(run), branchOf(run)])
            : encodeInvalidEnd(run.from, encodeRun(run.from, run.deltas, run.signature)),
          ...how,
        ),
      );
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), input), (bytes) => {
        const mark = decodeEnd(bytes);
        if (mark instanceof DecodeError) return;
        const again =
          mark.kind === endKind.fork
            ? encodeForkEnd(mark.seq, mark.branches)
            : encodeInvalidEnd(
                mark.seq,
                encodeRun(mark.run.from, mark.run.deltas, mark.run.signature),
              );
        expect(again).toEqual(bytes);
      }),
      { numRuns: 1_000 },
    );
  });

  it('L9: the longest fork proof fits into one frame', () => {
    const body = new Uint8Array(0);
    const delta = encodeDraft({ kind: 2, document: 'x'.repeat(128), body, values: [] }, 2 ** 52);
    let count = 1;
    const sign = new Uint8Array(64);
    const run = (length: number) => encodeRun(2, Array(length).fill(delta), sign);
    while (!(decodeRun(run(count + 1)) instanceof DecodeError)) count++;
    const branch = branchOf({ from: 2 ** 50, deltas: Array(count).fill(delta), signature: sign });
    const proof = encodeForkEnd(2 ** 50, [branch, branch]);
    expect(decodeEnd(proof)).not.toBeInstanceOf(DecodeError);
    expect(proof.length).toBeLessThan(limits.frameBytes - 64);
  });

  it('L1: a first delta cannot be proved invalid, and a proof is of its own seq', () => {
    const delta = encodeDraft({ kind: 9, document: '', body: new Uint8Array(0), values: [] }, 1);
    const run = (from: number) => encodeRun(from, [delta], new Uint8Array(64));
    expect(decodeEnd(encodeInvalidEnd(1, run(1)))).toBeInstanceOf(DecodeError);
    expect(decodeEnd(encodeInvalidEnd(3, run(2)))).toBeInstanceOf(DecodeError);
    expect(decodeEnd(encodeInvalidEnd(2, run(2)))).not.toBeInstanceOf(DecodeError);
  });
});

describe('sizes', () => {
  it('are those the writers produce', () => {
    fc.assert(
      fc.property(anyDraft, fc.maxSafeNat(), (draft, hlc) => {
        const delta = encodeDraft(draft, hlc);
        expect(fullDeltaBytes(delta)).toBe(varintBytes(hlc) + delta.rest.length);
        expect(utf8Bytes(draft.document)).toBe(new TextEncoder().encode(draft.document).length);
      }),
    );
  });
});

const vector =
  '0102e807000000708a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c020202020202020202020202020202022af493eaee8e979e5e74f9cf29de865a83f032c9871b3b8b63bd2cfbf329656ae0d266bfc1c76d89a5003aafc1051129b0c98c44b2b862791abb46e4ee8acf02030900010b0303030303030303030303030303030368656c6c6f04626f647975504129c71b448e40583383cd6e058a78c7daab262577f9950ac9e4224ec303fc1ff212734fd69f2defa3a3d0a75c5ec0d6ddb856c8621b63b70a7a075b740e';
