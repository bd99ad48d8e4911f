import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DecodeError,
  Reader,
  Writer,
  compareBytes,
  concat,
  decode,
  fromBase64Url,
  fromHex,
  fromUtf8,
  toBase64Url,
  toHex,
  utf8,
} from './index.ts';

const bytes = fc.uint8Array({ maxLength: 64 });

describe('bytes', () => {
  it('hex and base64url give back what they were given', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        expect(fromHex(toHex(input))).toEqual(input);
        expect(fromBase64Url(toBase64Url(input))).toEqual(input);
      }),
    );
  });

  it('base64url accepts canonical spellings only', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 24 }), (text) => {
        const decoded = fromBase64Url(text);
        if (decoded !== undefined) expect(toBase64Url(decoded)).toBe(text);
      }),
    );
    expect(fromBase64Url('AB')).toBeUndefined();
    expect(fromBase64Url('AA==')).toBeUndefined();
    expect(fromBase64Url('A')).toBeUndefined();
  });

  it('base64url agrees with the platform', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        expect(toBase64Url(input)).toBe(Buffer.from(input).toString('base64url'));
      }),
    );
  });

  it('orders like its hex', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const byHex = toHex(a) < toHex(b) ? -1 : toHex(a) > toHex(b) ? 1 : 0;
        expect(Math.sign(compareBytes(a, b))).toBe(byHex);
      }),
    );
  });

  it('refuses malformed UTF-8 and keeps a byte order mark', () => {
    expect(fromUtf8(Uint8Array.of(0xff))).toBeUndefined();
    expect(fromUtf8(utf8('\ufeffx'))).toBe('\ufeffx');
  });
});

describe('reader and writer', () => {
  it('varints round-trip in their shortest form', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const written = new Writer(1).varint(value).done();
        expect(decode(written, (r) => r.varint())).toBe(value);
        expect(written.length).toBe(Math.max(1, Math.ceil(Math.log2(value + 1) / 7)));
      }),
      { examples: [[0], [127], [128], [Number.MAX_SAFE_INTEGER]] },
    );
  });

  it('a varint has one spelling', () => {
    expect(decode(Uint8Array.of(0x80, 0x00), (r) => r.varint())).toBeInstanceOf(DecodeError);
  });

  it('a varint beyond 2^53 - 1 is refused', () => {
    const over = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f);
    expect(decode(over, (r) => r.varint())).toBeInstanceOf(DecodeError);
  });

  it('is total: any bytes give a value or a DecodeError', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        const result = decode(input, (r) => [
          r.varint(1000),
          r.varbytes(16),
          r.varstring(16),
          r.u8(),
        ]);
        expect(Array.isArray(result) || result instanceof DecodeError).toBe(true);
      }),
    );
  });

  it('never reads past the end', () => {
    expect(() => new Reader(new Uint8Array(3)).bytes(4)).toThrow(DecodeError);
    expect(decode(Uint8Array.of(5, 1, 2), (r) => r.varbytes(10))).toBeInstanceOf(DecodeError);
    expect(decode(Uint8Array.of(1, 2), (r) => r.u8())).toBeInstanceOf(DecodeError);
  });

  it('a writer refuses what no reader could read back', () => {
    expect(() => new Writer().varint(-1)).toThrow(RangeError);
    expect(() => new Writer().varint(2 ** 53)).toThrow(RangeError);
  });

  it('varbytes begun before their length is known are those written at once', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40_000 }), fc.uint8Array(), (content, before) => {
        const writer = new Writer().bytes(before);
        const start = writer.beginVarbytes();
        const written = writer.bytes(content).endVarbytes(start).u8(7).done();
        expect(written).toEqual(new Writer().bytes(before).varbytes(content).u8(7).done());
      }),
    );
  });

  it('what is moved back comes before what stood there', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.uint8Array(), (a, b, c) => {
        const writer = new Writer().bytes(a).bytes(b).bytes(c);
        writer.moveBack(a.length + b.length, a.length);
        expect(writer.take(a.length)).toEqual(a);
        expect(writer.done()).toEqual(concat(c, b));
      }),
    );
  });

  it('ids read and written as hex are the bytes they stand for, however often', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const written = new Writer().hex(toHex(bytes)).done();
        expect(written).toEqual(bytes);
        for (let i = 0; i < 2; i++) expect(new Reader(written).session()).toBe(toHex(bytes));
      }),
    );
    expect(() => new Writer().hex('0G')).toThrow(RangeError);
  });

  it('what is read within a length ends there', () => {
    const bytes = new Writer()
      .varbytes(new Uint8Array([1, 2]))
      .u8(3)
      .done();
    const read = (count: number) =>
      decode(bytes, (r) => [r.within(9, (body) => body.copy(count)), r.u8()]);
    expect(read(2)).toEqual([new Uint8Array([1, 2]), 3]);
    expect(read(1)).toBeInstanceOf(DecodeError);
    expect(read(3)).toBeInstanceOf(DecodeError);
  });
});
