import { expect, test } from 'vitest';
import {
  editableText,
  firstLine,
  formatBytes,
  formatOf,
  suggestKey,
  textOf,
  valueOf,
} from './value-text.ts';

test('text is shown as itself, JSON indented, bytes not at all', () => {
  expect(textOf('a\nb')).toBe('a\nb');
  expect(textOf({ a: [1] })).toBe('{\n  "a": [\n    1\n  ]\n}');
  // JSON's null is a value; undefined is none.
  expect(textOf(null)).toBe('null');
  expect(textOf(new Uint8Array(3))).toBeUndefined();
  expect(textOf(undefined)).toBeUndefined();
});

test('the first line leaves out blank lines and heading marks, and stays short for any value', () => {
  expect(firstLine('\n\n  ## Plan \n more')).toBe('Plan ');
  expect(firstLine('   \n')).toBe('');
  expect(firstLine({ a: 1 })).toBe('{"a":1}');
  expect(firstLine(new Uint8Array(4_200))).toBe('4.2 kB of binary data');
  expect(firstLine('x'.repeat(5_000_000))).toHaveLength(160);
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

test('sizes are told in the unit that reads best', () => {
  expect([formatBytes(0), formatBytes(999), formatBytes(1_500), formatBytes(5_242_880)]).toEqual([
    '0 bytes',
    '999 bytes',
    '1.5 kB',
    '5.2 MB',
  ]);
});
