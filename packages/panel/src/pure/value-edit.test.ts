import { expect, test } from 'vitest';
import { editableText, formatOf, suggestKey, textOf, valueOf } from './value-edit.ts';

test('text is shown as itself, JSON indented, bytes not at all', () => {
  expect(textOf('a\nb')).toBe('a\nb');
  expect(textOf({ a: [1] })).toBe('{\n  "a": [\n    1\n  ]\n}');
  // JSON's null is a value; undefined is none.
  expect(textOf(null)).toBe('null');
  expect(textOf(new Uint8Array(3))).toBeUndefined();
  expect(textOf(undefined)).toBeUndefined();
});

test('what is edited is saved as what it was', () => {
  for (const [value, mime] of [
    ['plain', 'text/markdown'],
    ['a string', 'application/json'],
    [{ a: [1, null] }, 'application/json'],
    [42, 'application/json'],
  ] as const) {
    const given = structuredClone(value) as Parameters<typeof editableText>[0];
    const text = editableText(given, mime) ?? '';
    expect(valueOf(text, formatOf(given, mime))).toEqual(given);
  }
});

test('text that is no JSON is refused with what to do', () => {
  expect(() => valueOf('{', 'json')).toThrow(
    expect.objectContaining({ code: 'invalid-json', action: expect.stringContaining('Text') }),
  );
});

test('a note without a name gets one from its first words', () => {
  expect(suggestKey('# Buy milk & bread!\nsoon')).toBe('buy-milk-bread');
  expect(suggestKey('Überraschung für Ada')).toBe('überraschung-für-ada');
  expect(suggestKey('!!!')).toBe('note');
  expect(suggestKey('word '.repeat(100)).length).toBeLessThanOrEqual(48);
});
