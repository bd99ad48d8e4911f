import { expect, test } from 'vitest';
import { lanAddresses, linkAt, onlyHere } from './share-links.ts';

test('an address that names this computer is known to lead nowhere else', () => {
  for (const host of ['localhost:8787', '127.0.0.1', '127.3.2.1', '[::1]:1', 'a.localhost']) {
    expect(onlyHere(`http://${host}/#1w.x`), host).toBe(true);
  }
  for (const host of ['192.168.1.5:8787', 'example.org', 'localhost.example.org']) {
    expect(onlyHere(`http://${host}/`), host).toBe(false);
  }
  expect(onlyHere('#1w.x')).toBe(false);
});

test('a link moved to another address keeps path and fragment', () => {
  expect(linkAt('http://192.168.1.5:8787', 'http://localhost:8787/app/#1w.x')).toBe(
    'http://192.168.1.5:8787/app/#1w.x',
  );
  expect(linkAt('javascript:alert(1)', 'http://localhost/#1w.x')).toBeUndefined();
  expect(linkAt('http://a.example', '#1w.x')).toBeUndefined();
});

test('only web addresses are taken from what the server says, whatever it says', () => {
  expect(lanAddresses({ lan: ['http://10.0.0.2:8787', 5, 'javascript:alert(1)'] })).toEqual([
    'http://10.0.0.2:8787/',
  ]);
  for (const config of [undefined, null, 1, {}, { lan: 'x' }, { lan: null }, []]) {
    expect(lanAddresses(config)).toEqual([]);
  }
  expect(lanAddresses({ lan: Array.from({ length: 100 }, () => 'http://10.0.0.2') })).toHaveLength(
    8,
  );
});
