import type { Problem, Status } from '@grapevine/room';
import { expect, test } from 'vitest';
import { statusWords } from './status-words.ts';

const status = (change: Partial<Status>): Status => ({
  state: 'in-sync',
  members: 1,
  inSyncWith: 0,
  pending: 0,
  problems: [],
  ...change,
});
const problem = (code: Problem['code']): Problem => ({ code, message: 'm', action: 'a' });

test('each state of a room has its words', () => {
  expect(statusWords(status({ state: 'alone' })).text).toBe('Only you here — saved on this device');
  expect(statusWords(status({ state: 'connecting' })).text).toBe('Connecting…');
  expect(statusWords(status({ inSyncWith: 3 })).text).toBe('In sync with 3');
  expect(statusWords(status({ state: 'offline' })).text).toBe(
    'Working offline — saved on this device',
  );
  expect(statusWords(status({ state: 'left' })).text).toBe('You have left this room');
});

test('a room that is alone or offline is never shown as good', () => {
  for (const state of ['alone', 'offline', 'connecting', 'catching-up', 'left'] as const) {
    expect(statusWords(status({ state })).tone, state).not.toBe('good');
  }
});

test('what changes with every delta is kept out of the text that is announced', () => {
  const one = statusWords(status({ state: 'catching-up', pending: 1 }));
  const many = statusWords(status({ state: 'catching-up', pending: 1_200 }));
  expect(one.text).toBe(many.text);
  expect(one.detail).toBe('(1 change)');
  expect(many.detail).toBe('(1,200 changes)');
  expect(statusWords(status({ state: 'catching-up' })).detail).toBe('');
});

test('"saved on this device" is not said while storage does not save', () => {
  const codes = ['storage-full', 'storage-unavailable', 'storage-lost', 'storage-blocked'] as const;
  for (const code of codes) {
    const words = statusWords(status({ state: 'alone', problems: [problem(code)] }));
    expect(words.text, code).toBe('Only you here — kept in this tab only');
  }
  const other = status({ state: 'offline', problems: [problem('signaling-unreachable')] });
  expect(statusWords(other).text).toBe('Working offline — saved on this device');
});
