import { expect, it } from 'vitest';
import { statusState, type StatusInputs } from './status.ts';

const calm: StatusInputs = {
  left: false,
  links: 0,
  dialling: 0,
  inSyncWith: 0,
  pending: 0,
  signaling: 'open',
  signalingOverdue: false,
};

it('is alone, never in sync, without a link', () => {
  expect(statusState(calm)).toBe('alone');
  expect(statusState({ ...calm, signaling: 'none' })).toBe('alone');
});

it('is in sync only when every neighbour has the same digest and nothing is missing', () => {
  expect(statusState({ ...calm, links: 2, inSyncWith: 2 })).toBe('in-sync');
  expect(statusState({ ...calm, links: 2, inSyncWith: 1 })).toBe('catching-up');
  expect(statusState({ ...calm, links: 2, inSyncWith: 2, pending: 1 })).toBe('catching-up');
});

it('keeps living links apart from a dead server', () => {
  const dead = { ...calm, signaling: 'connecting', signalingOverdue: true } as const;
  expect(statusState({ ...dead, links: 1, inSyncWith: 1 })).toBe('in-sync');
  expect(statusState(dead)).toBe('offline');
  expect(statusState({ ...dead, signalingOverdue: false })).toBe('connecting');
});

it('has left for good', () => {
  expect(statusState({ ...calm, left: true, links: 3 })).toBe('left');
});
