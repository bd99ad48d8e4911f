import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { addressKey, addressKeyOf } from './address.ts';

test.each(['127.0.0.1', '127.8.9.10', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'])(
  '%s is this machine and not limited',
  (address) => {
    expect(addressKey(address)).toBeNull();
  },
);

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::FFFF:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002:ffff::1', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
])('%s counts for %s', (address, key) => {
  expect(addressKey(address)).toBe(key);
});

describe('behind proxies', () => {
  const seenAt = (forwarded: string | undefined): IncomingMessage =>
    ({
      socket: { remoteAddress: '198.51.100.1' },
      headers: { 'x-forwarded-for': forwarded },
    }) as unknown as IncomingMessage;

  test.each([
    [0, '203.0.113.7', '198.51.100.1'],
    [1, '203.0.113.7', '203.0.113.7'],
    [1, '127.0.0.1, 203.0.113.7', '203.0.113.7'],
    [2, '127.0.0.1, 203.0.113.7, 10.0.0.1', '203.0.113.7'],
    [2, '203.0.113.7', '198.51.100.1'],
    [1, undefined, '198.51.100.1'],
    [1, 'unknown', '198.51.100.1'],
    [1, '', '198.51.100.1'],
  ])('%i trusted, header %j: counts for %s', (trusted, header, key) => {
    expect(addressKeyOf(seenAt(header), trusted)).toBe(key);
  });
});
