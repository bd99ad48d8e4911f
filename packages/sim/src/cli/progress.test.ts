import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ProgressBar } from './progress.ts';

/** A stream like stderr, and what was written to it. */
function terminal(isTTY: boolean, columns = 80) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns });
  return { stream, text: () => String(stream.read() ?? '') };
}

describe('a progress bar', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('is for those who wait: not at first, then until it is cleared', () => {
    const { stream, text } = terminal(true);
    const bar = new ProgressBar(stream);
    bar.show({ share: 0.1, what: 'x' });
    bar.clear();
    expect(text()).toBe('');
    vi.advanceTimersByTime(2000);
    bar.show({ share: 0.5, what: '3 of 6 runs' });
    expect(text()).toMatch(/█{15}░{15} 50 % {2}3 of 6 runs {2}2 s$/);
    bar.clear();
    expect(text()).toBe('\r\u001b[2K');
  });

  test('goes on while nothing is told of', () => {
    const { stream, text } = terminal(true);
    const bar = new ProgressBar(stream);
    const stop = bar.follow(() => ({ share: 0, what: '0 of 6 runs' }));
    vi.advanceTimersByTime(5000);
    expect(text()).toMatch(/ 0 % {2}0 of 6 runs {2}5 s$/);
    stop();
    expect(text()).toBe('\r\u001b[2K');
    vi.advanceTimersByTime(5000);
    expect(text()).toBe('');
  });

  test('is nothing where nobody looks', () => {
    const { stream, text } = terminal(false);
    const bar = new ProgressBar(stream);
    vi.advanceTimersByTime(5000);
    bar.show({ share: 0.5, what: 'x' });
    bar.clear();
    expect(text()).toBe('');
  });

  test('fits a narrow terminal, and one that does not know its width', () => {
    for (const [columns, length] of [
      [20, 19],
      [0, 53],
    ] as const) {
      const { stream, text } = terminal(true, columns);
      const bar = new ProgressBar(stream);
      vi.advanceTimersByTime(2000);
      bar.show({ share: 0.5, what: '3 of 6 runs' });
      expect(text().replace('\r\u001b[2K', '')).toHaveLength(length);
    }
  });
});
