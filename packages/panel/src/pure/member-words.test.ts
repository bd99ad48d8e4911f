import type { Member } from '@grapevine/room';
import { expect, test } from 'vitest';
import { pathWords, rttWords, sortMembers } from './member-words.ts';

const member = (id: string, change: Partial<Member>): Member => ({
  id,
  author: 'a',
  name: id,
  kind: 'person',
  state: 'alive',
  since: 0,
  self: false,
  ...change,
});

test('you come first, then who is here, then who is not, each by name', () => {
  const members = [
    member('left', { state: 'left' }),
    member('zoe', {}),
    member('dead', { state: 'dead' }),
    member('me', { self: true, name: 'zzz' }),
    member('ada', {}),
    member('asleep', { state: 'asleep' }),
    member('suspect', { state: 'suspect' }),
  ];
  const order = sortMembers(members).map(({ id }) => id);
  expect(order).toEqual(['me', 'ada', 'zoe', 'suspect', 'asleep', 'dead', 'left']);
});

test('every way to reach a member has words, and a detour has fewer bars', () => {
  const link = (path: NonNullable<Member['link']>['path']): Member['link'] => ({
    transport: 'webrtc',
    path,
    rttMs: undefined,
  });
  expect(pathWords(link('host'))).toEqual({ text: 'Direct, same network', bars: 4 });
  expect(pathWords(link('tabs'))).toEqual({ text: 'Same browser', bars: 4 });
  expect(pathWords(link('srflx'))).toEqual(pathWords(link('prflx')));
  expect(pathWords(link('srflx')).bars).toBe(3);
  expect(pathWords(link('relay')).bars).toBe(2);
  expect(pathWords(link(undefined))).toEqual({ text: 'Linked', bars: 1 });
  expect(pathWords(undefined)).toEqual({ text: 'No direct link', bars: 0 });
});

test('a round trip is shown where it was measured, and only there', () => {
  expect(rttWords(undefined)).toBe('');
  expect(rttWords(Number.NaN)).toBe('');
  expect(rttWords(0.42)).toBe('0.4 ms');
  expect(rttWords(33.6)).toBe('34 ms');
});
