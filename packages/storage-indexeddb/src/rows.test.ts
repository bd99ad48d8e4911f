import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toDeltaRow, toEndRow, toValue } from './rows.ts';

const bytes = (length: number) => fc.oneof(fc.uint8Array({ maxLength: length }), fc.anything());
const almostRow = fc.record(
  {
    session: fc.oneof(fc.constant('a'.repeat(32)), fc.anything()),
    seq: fc.oneof(fc.nat(3), fc.anything()),
    bytes: bytes(3),
    hash: fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.anything()),
    signature: fc.oneof(fc.constant(undefined), fc.anything()),
    extra: fc.anything(),
  },
  { requiredKeys: [] },
);

describe('rows as a disk gives them back', () => {
  it('are decoded totally: a row of the right shape or nothing, and nothing beside its fields', () => {
    let whole = 0;
    fc.assert(
      fc.property(fc.oneof(fc.anything(), almostRow), (stored) => {
        const row = toDeltaRow(stored);
        const end = toEndRow(stored);
        toValue(stored);
        if (row !== undefined) {
          whole += 1;
          expect(Object.keys(row).sort()).toEqual(['bytes', 'hash', 'seq', 'session', 'signature']);
          expect(row.seq).toBeGreaterThanOrEqual(1);
          expect(row.hash).toHaveLength(32);
        }
        if (end !== undefined) expect(Object.keys(end).sort()).toEqual(['bytes', 'session']);
      }),
      { numRuns: 2_000, seed: 1 },
    );
    expect(whole).toBeGreaterThan(0);
  });
});
