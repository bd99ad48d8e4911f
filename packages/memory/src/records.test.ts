import { DecodeError, Writer, equalBytes, utf8 } from '@grapevine/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeRecords,
  encodeRecord,
  encodeRecords,
  recordsRule,
  type MemoryRecord,
  type VersionRecord,
} from './records.ts';

const session = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((b) => Buffer.from(b).toString('hex'));
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((text) => text.replace(/[\p{Cc}\p{Cs}/]/gu, '_'));
const version: fc.Arbitrary<VersionRecord> = fc.record({
  type: fc.constant('version' as const),
  operation: fc.constantFrom('created', 'modified', 'appended', 'deleted', 'merged', 'redacted'),
  parents: fc.array(fc.record({ session, seq: fc.integer({ min: 1 }), index: fc.nat(300) }), {
    maxLength: 64,
  }),
  namespace: fc.array(name, { maxLength: 5 }).map((parts) => parts.join('/')),
  key: name,
  value: fc.nat(256),
  media: fc.constantFrom(0, 1, 2, 3, 4),
  attributes: fc.oneof(
    fc.constant(''),
    fc
      .dictionary(fc.string({ maxLength: 9 }), fc.jsonValue())
      .map((fields) => JSON.stringify(fields)),
  ),
});
const profile: fc.Arbitrary<MemoryRecord> = fc.record({
  type: fc.constant('profile' as const),
  kind: fc.constantFrom('person', 'agent', 'tool', 'import'),
  name: fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }),
});
const unknown: fc.Arbitrary<MemoryRecord> = fc.record({
  type: fc.constant('unknown' as const),
  code: fc.constantFrom(0, 3, 77, 255),
  content: fc.uint8Array({ maxLength: 40 }),
});
const records = fc.array(fc.oneof(version, profile, unknown), { minLength: 1, maxLength: 6 });

const plain: VersionRecord = {
  ...{ type: 'version', operation: 'created', parents: [], namespace: 'a/b', key: 'c' },
  ...{ value: 0, media: 2, attributes: '' },
};

function refused(change: Partial<VersionRecord>): boolean {
  return decodeRecords(encodeRecords([{ ...plain, ...change }])) instanceof DecodeError;
}

describe('records', () => {
  it('R1-R3: whatever is encoded decodes to itself', () => {
    fc.assert(
      fc.property(records, (input) => {
        expect(decodeRecords(encodeRecords(input))).toEqual(input);
      }),
    );
  });

  it('R7: any bytes give records that encode to the same bytes, or an error', () => {
    const mutated = fc.tuple(records, fc.nat(), fc.nat(255)).map(([input, at, byte]) => {
      const body = encodeRecords(input);
      body[at % body.length] = byte;
      return body;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (body) => {
        const decoded = decodeRecords(body);
        if (decoded instanceof DecodeError) return true;
        return equalBytes(encodeRecords(decoded), body);
      }),
      { numRuns: 2_000 },
    );
  });

  it('R2: names beyond their limits are refused, those at them are not', () => {
    expect(refused({ namespace: '' })).toBe(false);
    expect(refused({ namespace: 'x'.repeat(128) })).toBe(false);
    expect(refused({ namespace: 'x'.repeat(129) })).toBe(true);
    expect(refused({ namespace: 'ä'.repeat(65) })).toBe(true);
    expect(refused({ namespace: Array(16).fill('x').join('/') })).toBe(false);
    expect(refused({ namespace: Array(17).fill('x').join('/') })).toBe(true);
    expect(refused({ namespace: Array(5).fill('x'.repeat(120)).join('/') })).toBe(true);
    for (const namespace of ['/a', 'a/', 'a//b', 'a\u0000', 'a\u0085b']) {
      expect(refused({ namespace })).toBe(true);
    }
    expect(refused({ key: 'k'.repeat(512) })).toBe(false);
    for (const key of ['', 'k'.repeat(513), 'tab\there', '\u007f'])
      expect(refused({ key })).toBe(true);
    expect(refused({ key: '__proto__' })).toBe(false);
    expect(refused({ key: 'a/b' })).toBe(false);
  });

  it('R2: attributes are empty or an object of at most 8,192 bytes', () => {
    const filled = (bytes: number): string => `{"a":"${'x'.repeat(bytes - 8)}"}`;
    expect(refused({ attributes: filled(8_192) })).toBe(false);
    expect(refused({ attributes: filled(8_193) })).toBe(true);
    for (const attributes of ['[]', 'null', '1', '{', '""'])
      expect(refused({ attributes })).toBe(true);
  });

  it('R1-R3: unknown operations, media and kinds are refused', () => {
    const body = encodeRecord(plain);
    for (const operation of [0, 9]) {
      const bad = body.slice();
      bad[2] = operation;
      expect(decodeRecords(bad)).toBeInstanceOf(DecodeError);
    }
    const badMedia = body.slice();
    badMedia[body.length - 2] = 5;
    expect(decodeRecords(badMedia)).toBeInstanceOf(DecodeError);
    for (const kind of [0, 5]) {
      const content = new Writer().u8(kind).varstring('x').done();
      expect(decodeRecords(new Writer().u8(2).varbytes(content).done())).toBeInstanceOf(
        DecodeError,
      );
    }
  });

  it('R2: a name has 1 to 64 characters, whatever their bytes', () => {
    const named = (text: string): unknown =>
      decodeRecords(encodeRecords([{ type: 'profile', kind: 'person', name: text }]));
    expect(named('🦊'.repeat(64))).not.toBeInstanceOf(DecodeError);
    expect(named('x'.repeat(65))).toBeInstanceOf(DecodeError);
    expect(named('')).toBeInstanceOf(DecodeError);
  });

  it('R1: the rule refuses a value the delta does not have, a document, and an empty body', () => {
    const value = { hash: '00', size: 1, salted: utf8('x') };
    const judge = (body: Uint8Array, values: (typeof value)[], document = ''): boolean =>
      recordsRule({ session: '', seq: 2, hlc: 5, kind: 1, document, body, values }, undefined)
        .valid;
    const body = encodeRecords([{ ...plain, value: 1 }]);
    expect(judge(body, [value])).toBe(true);
    expect(judge(body, [])).toBe(false);
    expect(judge(body, [value], 'doc')).toBe(false);
    expect(judge(new Uint8Array(), [])).toBe(false);
    expect(judge(encodeRecords([{ type: 'unknown', code: 9, content: utf8('later') }]), [])).toBe(
      true,
    );
  });
});
