import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pace } from './pace.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
});

test('the first time is now, and the pauses double up to five times the least', () => {
  const pace = new Pace(200);
  const rests: number[] = [];
  for (let i = 0; i < 6; i += 1) {
    rests.push(pace.rest());
    vi.advanceTimersByTime(pace.rest());
    pace.done();
  }
  expect(rests).toEqual([0, 200, 400, 800, 1_000, 1_000]);
});

test('after twice the pause of quiet it begins anew', () => {
  const pace = new Pace(200);
  pace.done();
  vi.advanceTimersByTime(200);
  pace.done();
  expect(pace.rest()).toBe(400);
  vi.advanceTimersByTime(801);
  expect(pace.rest()).toBe(0);
  pace.done();
  expect(pace.rest()).toBe(200);
});

test('what costs much is done more rarely: a fiftieth of the time, five seconds apart at most', () => {
  const pace = new Pace(200);
  pace.done();
  pace.took(4);
  expect(pace.rest()).toBe(200);
  pace.took(40);
  expect(pace.rest()).toBe(2_000);
  pace.took(1_000);
  expect(pace.rest()).toBe(5_000);
  vi.advanceTimersByTime(9_000);
  pace.done();
  pace.took(0);
  expect(pace.rest()).toBe(400);
});

test('a pause is stretched by up to half, anew each time', () => {
  const pace = new Pace(200);
  pace.done();
  vi.mocked(Math.random).mockReturnValue(0.9);
  expect(pace.rest()).toBe(200);
  vi.advanceTimersByTime(200);
  pace.done();
  expect(pace.rest()).toBeCloseTo(400 * 1.45);
});
