/**
 * Who a connection counts for. Limits per address treat a whole IPv6 /64 as one address, because
 * that is what a single household gets.
 */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** Null for loopback: what runs on this machine is not limited. */
export type AddressKey = string | null;

/**
 * X-Forwarded-For counts only as far as proxies of our own wrote it: each appends the address it
 * saw, so the one that counts is that many places from the end. A client can only add in front.
 */
export function addressKeyOf(request: IncomingMessage, trustedProxies: number): AddressKey {
  const seen = request.socket.remoteAddress ?? '';
  if (trustedProxies === 0) return addressKey(seen);
  const header = request.headers['x-forwarded-for'];
  const entries = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',');
  const claimed = entries.at(-trustedProxies)?.trim() ?? '';
  return addressKey(isIP(claimed) === 0 ? seen : claimed);
}

export function addressKey(address: string): AddressKey {
  const plain = address.replace(/%.*$/, '').toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1];
  const text = mapped ?? plain;
  if (isIP(text) !== 6) return text.startsWith('127.') ? null : text;
  const groups = expand(text);
  if (groups.join(':') === '0:0:0:0:0:0:0:1') return null;
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** The eight groups of an IPv6 address without leading zeros. */
function expand(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const groups = tail === undefined ? before : [...before, ...zeros, ...after];
  return groups.map((group) => group.replace(/^0+(?=.)/, ''));
}
