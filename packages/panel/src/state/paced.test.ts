// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Paced } from './paced.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
});

test('the first time is at once, a burst after it is one more time after the pause', async () => {
  const work = vi.fn(async () => undefined);
  const paced = new Paced(work, 200);
  paced.request();
  expect(work).toHaveBeenCalledTimes(1);
  for (let i = 0; i < 100; i += 1) paced.request();
  await vi.advanceTimersByTimeAsync(199);
  expect(work).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(work).toHaveBeenCalledTimes(2);
});

test('work that takes long is never done twice at once', async () => {
  let atOnce = 0;
  let most = 0;
  const paced = new Paced(async () => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    await new Promise((resolve) => setTimeout(resolve, 500));
    atOnce -= 1;
  }, 10);
  for (let i = 0; i < 20; i += 1) {
    paced.request();
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(most).toBe(1);
});
