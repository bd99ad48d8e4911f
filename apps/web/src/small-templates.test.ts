import { expect, test } from 'vitest';
import { smallTemplate } from '../build/templates.ts';

test('CSS loses its comments and spaces, and keeps those that mean something', () => {
  const css = `a b , .c > d {
      /* why */
      margin: calc(1px + 2px) auto;
      content: '';
    }
    @media (width >= 40rem) and (hover: hover) {
      :host([hidden]) { display: none !important; }
    }`;
  expect(smallTemplate('css', css)).toBe(
    "a b,.c > d{margin:calc(1px + 2px) auto;content:''}" +
      '@media (width >= 40rem) and (hover:hover){:host([hidden]){display:none !important}}',
  );
});

test('HTML loses its indentation; a break between two words stays one', () => {
  const markup = '<p\n    class="a b"\n  >\n    one  two\n    three\n  </p>\n\n  <pre>x</pre>';
  expect(smallTemplate('html', markup)).toBe(
    '<p\nclass="a b"\n>\none  two\nthree\n</p>\n<pre>x</pre>',
  );
});
