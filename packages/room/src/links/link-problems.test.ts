import { createVirtualClock } from '@grapevine/ports/conformance';
import { GrapevineError } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import { Problems } from '../problems.ts';
import { LinkProblems } from './link-problems.ts';

describe('links that cannot be made', () => {
  const noPath = new GrapevineError('link-failed', 'No path was found.', 'Try another network.');
  const id = (n: number) => n.toString(16).padStart(32, '0');

  function create() {
    const clock = createVirtualClock();
    const problems = new Problems(() => undefined);
    const failures = new LinkProblems(problems, clock);
    const codes = () => problems.list().map(({ code }) => code);
    return { clock, failures, codes };
  }

  it('are a problem the second time, those over the budget at once', () => {
    const { failures, codes } = create();
    failures.failed(id(1), noPath);
    expect(codes()).toEqual([]);
    failures.failed(id(2), new GrapevineError('link-budget', 'Too many.', 'Wait.'));
    failures.failed(id(2), new TypeError('a bug'));
    expect(codes()).toEqual(['link-budget']);
    failures.failed(id(1), noPath);
    expect(codes()).toEqual(['link-budget', 'link-failed']);
    expect(failures.failures(id(1))).toBe(2);
    failures.over(id(1));
    expect(codes()).toEqual(['link-budget']);
    expect(failures.failures(id(1))).toBe(0);
  });

  it('are one no more after two minutes without a try', () => {
    const { clock, failures, codes } = create();
    failures.failed(id(1), noPath);
    failures.failed(id(1), noPath);
    clock.advance(119_999);
    expect(codes()).toEqual(['link-failed']);
    clock.advance(1);
    expect(codes()).toEqual([]);
    expect(failures.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('are remembered in a bounded number', () => {
    const { clock, failures } = create();
    for (let n = 0; n < 1_000; n++) failures.failed(id(n));
    expect(failures.size).toBe(256);
    expect(failures.failures(id(999))).toBe(1);
    failures.stop();
    expect(clock.pending).toBe(0);
  });
});
