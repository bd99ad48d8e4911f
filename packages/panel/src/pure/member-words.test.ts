import type { Member } from '@grapevine/room';
import { expect, test } from 'vitest';
import { conditionWords, healthWords, pathWords, rttWords, sortMembers } from './member-words.ts';

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

test('how a page keeps up is told in words that get worse with its health', () => {
  const words = [0, 1, 2, 3, 5, 6, 7].map(healthWords);
  expect(words).toEqual([
    ...['keeps up well', 'a little slow', 'a little slow', 'slow', 'slow'],
    ...['barely keeps up', 'barely keeps up'],
  ]);
  expect(healthWords(undefined)).toBe('');
});

test('hidden and health are told of who is here, and of nobody else', () => {
  const hidden = { hidden: true, health: 3 };
  expect(conditionWords(member('ada', hidden))).toEqual(['page in the background', 'slow']);
  expect(conditionWords(member('ada', { hidden: false, health: 0 }))).toEqual(['keeps up well']);
  expect(conditionWords(member('me', { self: true }))).toEqual([]);
  for (const state of ['asleep', 'dead', 'left'] as const) {
    expect(conditionWords(member('ada', { ...hidden, state })), state).toEqual([]);
  }
});
