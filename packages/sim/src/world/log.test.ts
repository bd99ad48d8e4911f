import { describe, expect, test } from 'vitest';
import { Heads, SharedLog } from './log.ts';

const session = '0'.repeat(32);

function logOf(...sizes: number[]) {
  const log = new SharedLog();
  for (const [at, size] of sizes.entries()) log.write(session, size, at);
  const shared = log.feed(session);
  if (shared === undefined) throw new Error('no feed');
  return { log, shared };
}

describe('stand-in log', () => {
  test('a run that follows is accepted with what was news in it', () => {
    const { log, shared } = logOf(10, 20, 30);
    const run = log.run(shared, 1, 3);
    expect(log.validate(session, run.bytes, 1)).toMatchObject({
      verdict: 'accept',
      feed: { session, seq: 3 },
      runs: [{ from: 2, to: 3 }],
    });
  });

  test('a run behind a gap is parked, one that is held is known', () => {
    const { log, shared } = logOf(10, 20, 30);
    const { bytes } = log.run(shared, 3, 3);
    expect(log.validate(session, bytes, 1)).toMatchObject({ verdict: 'park', feed: { seq: 1 } });
    expect(log.validate(session, bytes, 3)).toMatchObject({ verdict: 'known', feed: { seq: 3 } });
  });

  test('what was never written, or was changed on its way, is rejected', () => {
    const { log, shared } = logOf(10);
    const { bytes } = log.run(shared, 1, 1);
    const torn = bytes.slice(0, -1);
    const changed = bytes.slice();
    changed[4] = (changed[4] ?? 0) ^ 1;
    for (const wrong of [torn, changed]) {
      expect(log.validate(session, wrong, 0)).toMatchObject({ verdict: 'reject' });
    }
    const later = logOf(10, 20);
    const { bytes: unwritten } = later.log.run(later.shared, 2, 2);
    for (const other of [log, new SharedLog()]) {
      expect(other.validate(session, unwritten, 0)).toMatchObject({ verdict: 'reject' });
    }
  });

  test('runs are cut by size, and at least one is read', () => {
    const { log } = logOf(40_000, 40_000, 100, 100);
    const spans = log.read(session, 1, 9, 4, 65_000).map(({ from, to }) => [from, to]);
    expect(spans).toEqual([[1, 1]]);
    const all = log.read(session, 1, 9, 4, 1e9).map(({ from, to }) => [from, to]);
    expect(all).toEqual([
      [1, 1],
      [2, 4],
    ]);
    expect(log.read(session, 3, 9, 2, 1e9)).toEqual([]);
  });

  test('equal copies have equal leaves, others do not', () => {
    const { log, shared } = logOf(10, 20);
    expect(log.state(shared, 1).leaf).not.toEqual(log.state(shared, 2).leaf);
    expect(log.state(shared, 2).leaf).toBe(log.state(shared, 2).leaf);
  });

  test('a torn copy has lost the last of some feeds, and the copy it came from nothing', () => {
    const heads = new Heads();
    heads.set(0, 5);
    heads.set(12, 1);
    const torn = heads.copy(() => 2);
    expect([...torn.held()]).toEqual([[0, 3]]);
    expect([...heads.copy().held()]).toEqual([
      [0, 5],
      [12, 1],
    ]);
    expect([torn.total, heads.total]).toEqual([3, 6]);
  });
});
