import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeUrl } from './safe-url.ts';

test('a web address and a mail address may become a link', () => {
  expect(safeUrl('https://example.org/a?b#c')).toBe('https://example.org/a?b#c');
  expect(safeUrl('http://192.168.1.5:8787')).toBe('http://192.168.1.5:8787/');
  expect(safeUrl('mailto:ada@example.org')).toBe('mailto:ada@example.org');
});

test('nothing that runs, hides or reads files may become a link, however it is spelt', () => {
  const hostile = [
    'javascript:alert(1)',
    ' JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    '\u0001javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://example.org/1',
    '',
    '//',
    'no scheme',
  ];
  for (const url of hostile) expect(safeUrl(url), url).toBeUndefined();
});

test('a relative address needs something it is relative to', () => {
  expect(safeUrl('/a/b')).toBeUndefined();
  expect(safeUrl('/a/b', 'https://example.org/c')).toBe('https://example.org/a/b');
  expect(safeUrl('javascript:alert(1)', 'https://example.org/')).toBeUndefined();
});

test('whatever passes has one of the three schemes', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl()), (input) => {
      const url = safeUrl(input);
      if (url !== undefined) expect(url).toMatch(/^(https?|mailto):/u);
    }),
  );
});
