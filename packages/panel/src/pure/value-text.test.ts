import { expect, test } from 'vitest';
import { firstLine, formatBytes } from './value-text.ts';

test('the first line leaves out blank lines and heading marks, and stays short for any value', () => {
  expect(firstLine('\n\n  ## Plan \n more')).toBe('Plan ');
  expect(firstLine('   \n')).toBe('');
  expect(firstLine({ a: 1 })).toBe('{"a":1}');
  expect(firstLine(new Uint8Array(4_200))).toBe('4.2 kB of binary data');
  expect(firstLine('x'.repeat(5_000_000))).toHaveLength(160);
});

test('sizes are told in the unit that reads best', () => {
  expect([formatBytes(0), formatBytes(999), formatBytes(1_500), formatBytes(5_242_880)]).toEqual([
    '0 bytes',
    '999 bytes',
    '1.5 kB',
    '5.2 MB',
  ]);
});
