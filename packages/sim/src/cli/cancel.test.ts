import { afterEach, describe, expect, test, vi } from 'vitest';
import { Cancelled, cancellable } from './cancel.ts';

/** A job that ends after it was cancelled, with the reason. */
function reasonOf(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => setImmediate(resolve, signal.reason));
  });
}

describe('Ctrl-C', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('cancels, and the same one handed on once more changes nothing', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const end = vi.fn<() => void>();
    const before = process.listenerCount('SIGINT');
    const ends = cancellable(reasonOf, end);
    process.emit('SIGINT');
    vi.advanceTimersByTime(7);
    process.emit('SIGINT');
    expect(await ends).toBeInstanceOf(Cancelled);
    expect(end).not.toHaveBeenCalled();
    expect(process.listenerCount('SIGINT')).toBe(before);
  });

  test('a second one ends the process at once', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const end = vi.fn<() => void>();
    const ends = cancellable(reasonOf, end);
    process.emit('SIGINT');
    vi.advanceTimersByTime(1000);
    process.emit('SIGINT');
    expect(end).toHaveBeenCalledOnce();
    await ends;
  });
});
