import { expect, test } from 'vitest';
import { exactTime, lastingTime, relativeTime } from './relative-time.ts';

const now = Date.UTC(2026, 10, 23, 12);
const minute = 60_000;

test('recent moments are told as a distance, older ones as a date', () => {
  expect(relativeTime(now - 3_000, now)).toBe('just now');
  expect(relativeTime(now - 45_000, now)).toBe('45 seconds ago');
  expect(relativeTime(now - minute, now)).toBe('1 minute ago');
  expect(relativeTime(now - 59 * minute, now)).toBe('59 minutes ago');
  expect(relativeTime(now - 60 * minute, now)).toBe('1 hour ago');
  expect(relativeTime(now - 49 * 60 * minute, now)).toBe('2 days ago');
  expect(relativeTime(now - 60 * 24 * 60 * minute, now)).toBe('Sep 24, 2026');
});

test('a writer whose clock is ahead is shown in the future, not hidden', () => {
  expect(relativeTime(now + 5 * minute, now)).toBe('in 5 minutes');
});

test('a time that is none is said to be unknown', () => {
  expect(relativeTime(Number.NaN, now)).toBe('at an unknown time');
  expect(exactTime(Number.NaN)).toBe('unknown time');
});

test('a state lasts for a while or since a date, and never starts in the future', () => {
  expect(lastingTime(now - 5 * minute, now)).toBe('for 5 minutes');
  expect(lastingTime(now + 5 * minute, now)).toBe('for a moment');
  expect(lastingTime(now - 60 * 24 * 60 * minute, now)).toBe('since Sep 24, 2026');
});
