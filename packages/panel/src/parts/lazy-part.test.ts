import { nothing } from 'lit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LazyPart } from './lazy-part.ts';

const host = {
  addController: () => undefined,
  removeController: () => undefined,
  requestUpdate: () => undefined,
  updateComplete: Promise.resolve(true),
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a part is fetched once, however often it is asked for', async () => {
  const fetched = vi.fn(() => Promise.resolve());
  const part = new LazyPart(host, fetched);
  part.prefetch();
  part.load();
  expect(await part.ready()).toBe(true);
  await vi.runAllTimersAsync();
  part.load();
  expect(fetched).toHaveBeenCalledTimes(1);
});

test('what was fetched ahead is there when it is wanted', async () => {
  const part = new LazyPart(host, () => Promise.resolve());
  part.prefetch();
  await vi.runAllTimersAsync();
  expect(part.loaded).toBe(true);
});

test('fetching ahead fails in silence, and is tried again when the part is wanted', async () => {
  const fetched = vi.fn(() => Promise.reject(new Error('no network')));
  const part = new LazyPart(host, fetched);
  part.prefetch();
  await vi.runAllTimersAsync();
  expect(part.failure()).toBe(nothing);
  expect(await part.ready()).toBe(false);
  expect(fetched).toHaveBeenCalledTimes(2);
  expect(part.failure()).not.toBe(nothing);
});

test('what failed is not fetched again before somebody says so', async () => {
  const fetched = vi.fn(() => Promise.reject(new Error('no network')));
  const part = new LazyPart(host, fetched);
  expect(await part.ready()).toBe(false);
  part.load();
  expect(await part.ready()).toBe(false);
  expect(fetched).toHaveBeenCalledTimes(1);
  part.hostConnected();
  await part.ready();
  expect(fetched).toHaveBeenCalledTimes(2);
});
