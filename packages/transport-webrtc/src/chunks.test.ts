import fc from 'fast-check';
import { limits } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import { Reassembler, split } from './chunks.ts';

describe('chunks', () => {
  it('S5: a message of any size goes through chunks of any size', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 3_000 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 2, max: 1_500 }),
        (messages, chunkBytes) => {
          const reassembler = new Reassembler();
          const out: Uint8Array[] = [];
          for (const chunk of messages.flatMap((message) => split(message, chunkBytes))) {
            expect(chunk.length).toBeLessThanOrEqual(chunkBytes);
            const result = reassembler.push(chunk);
            expect(result).not.toBe('violation');
            if (result instanceof Uint8Array) out.push(result);
          }
          expect(out).toEqual(messages);
        },
      ),
    );
  });

  it('S5: the longest message is one chunk where the platform takes it', () => {
    const chunks = split(new Uint8Array(limits.frameBytes), limits.transportChunkBytes);
    expect(chunks.map((chunk) => chunk.length)).toEqual([limits.frameBytes + 1]);
  });

  it.each([
    ['no bytes', [[]]],
    ['no content', [[0]]],
    ['no content before more', [[1]]],
    ['an unknown flag', [[2, 1]]],
    ['no content at the end', [[1, 1], [0]]],
  ])('S5: a chunk with %s is a violation', (_, chunks) => {
    const reassembler = new Reassembler();
    expect(chunks.map((chunk) => reassembler.push(Uint8Array.from(chunk))).at(-1)).toBe(
      'violation',
    );
  });

  it('S5: a message over the limit is a violation before it is held', () => {
    const reassembler = new Reassembler();
    const chunk = new Uint8Array(32_769).fill(1);
    expect(reassembler.push(chunk)).toBe('more');
    expect(reassembler.push(chunk)).toBe('more');
    expect(reassembler.push(chunk)).toBe('violation');
    expect(new Reassembler().push(new Uint8Array(limits.frameBytes + 2))).toBe('violation');
  });

  it('is total: any chunks give messages within the limit or a violation', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
        const reassembler = new Reassembler();
        for (const chunk of chunks) {
          const result = reassembler.push(chunk);
          if (result instanceof Uint8Array) expect(result.length).toBeGreaterThan(0);
        }
      }),
    );
  });
});
