import { expect, test } from 'vitest';
import { readLinkInput } from './link-input.ts';

const page = 'http://localhost:8787/#1w.old';

test('a link to this page and a bare fragment open here', () => {
  const here = { at: 'here', fragment: '1w.abc' };
  expect(readLinkInput(' http://localhost:8787/#1w.abc\n', page)).toEqual(here);
  expect(readLinkInput('#1w.abc', page)).toEqual(here);
  expect(readLinkInput('1w.abc', page)).toEqual(here);
});

test('a link to another server is followed there, because its members meet there', () => {
  const url = 'https://grapevine.example/app/#1w.abc';
  expect(readLinkInput(url, page)).toEqual({ at: 'elsewhere', url });
});

test('what is no link is left to be refused as a link, never followed', () => {
  expect(readLinkInput('javascript:alert(1)#x', page)).toEqual({ at: 'here', fragment: 'x' });
  expect(readLinkInput('https://example.org/', page)).toEqual({
    at: 'here',
    fragment: 'https://example.org/',
  });
});
