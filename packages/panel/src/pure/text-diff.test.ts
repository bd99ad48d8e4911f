import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffText, lineOf, mapPosition } from './text-diff.ts';
import type { TextChange } from './text-diff.ts';

function apply(text: string, { index, remove, insert }: TextChange): string {
  return text.slice(0, index) + insert + text.slice(index + remove);
}
const words = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '😀', '😁', 'é') });

test('the change found turns the old text into the new one, wherever the caret is', () => {
  fc.assert(
    fc.property(words, words, fc.integer({ min: -2, max: 40 }), (before, after, caret) => {
      const change = diffText(before, after, caret);
      if (change === undefined) expect(before).toBe(after);
      else expect(apply(before, change)).toBe(after);
    }),
  );
});

test('no change cuts a surrogate pair in two', () => {
  fc.assert(
    fc.property(words, words, fc.nat(40), (before, after, caret) => {
      const change = diffText(before, after, caret);
      if (change === undefined) return;
      expect(change.insert).not.toMatch(/\p{Cs}/u);
      expect(before.slice(0, change.index)).not.toMatch(/\p{Cs}/u);
      expect(before.slice(change.index + change.remove)).not.toMatch(/\p{Cs}/u);
    }),
  );
});

test('one typed letter is one inserted letter, at the caret among equal ones', () => {
  expect(diffText('aaaa', 'aaaaa', 2)).toEqual({ index: 1, remove: 0, insert: 'a' });
  expect(diffText('aaaa', 'aaa', 1)).toEqual({ index: 1, remove: 1, insert: '' });
  expect(diffText('hello', 'hello', 3)).toBeUndefined();
});

test('a change in the middle leaves both ends alone, even with a caret elsewhere', () => {
  expect(diffText('one two three', 'one 2 three', 0)).toEqual({ index: 4, remove: 3, insert: '2' });
});

test('one emoji replaced by another of the same high surrogate is replaced whole', () => {
  expect(diffText('x😀y', 'x😁y', 3)).toEqual({ index: 1, remove: 2, insert: '😁' });
});

test('a position moves with what is inserted and deleted before it', () => {
  expect(mapPosition([{ insert: 'abc' }], 5)).toBe(8);
  expect(mapPosition([{ retain: 6 }, { insert: 'abc' }], 5)).toBe(5);
  expect(mapPosition([{ retain: 2 }, { delete: 2 }], 5)).toBe(3);
  expect(mapPosition([{ retain: 2 }, { delete: 9 }], 5)).toBe(2);
  expect(mapPosition([{ retain: 1 }, { insert: {} }], 5)).toBe(6);
});

test('what is inserted exactly at a position goes to the side that was asked for', () => {
  expect(mapPosition([{ retain: 5 }, { insert: 'abc' }], 5)).toBe(5);
  expect(mapPosition([{ retain: 5 }, { insert: 'abc' }], 5, 'before')).toBe(8);
});

test('lines are counted from 1', () => {
  expect([0, 1, 2, 3, 4].map((at) => lineOf('a\nb\n', at))).toEqual([1, 1, 2, 2, 3]);
});
