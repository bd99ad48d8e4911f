import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Feed } from '../event.ts';
import { FeedTable, recentFeeds } from './feeds.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const id = (n: number) => n.toString(16).padStart(32, '0');
const feed = (n: number, seq: number, ended = false, leaf = seq): Feed => {
  return { session: id(n), seq, leaf: new Uint8Array(16).fill(leaf), ended };
};

describe('the table of feeds', () => {
  it('G1: knows the head of every feed, 0 for one not held', () => {
    const table = new FeedTable(hash);
    expect(table.set(feed(1, 3))).toBe(true);
    expect([table.seq(id(1)), table.seq(id(2))]).toEqual([3, 0]);
    expect([table.ended(id(1)), table.ended(id(2))]).toEqual([false, false]);
    expect(table.set(feed(1, 2, true))).toBe(true);
    expect([table.seq(id(1)), table.ended(id(1))]).toEqual([2, true]);
    expect(table.get(id(1))).toEqual(feed(1, 2, true));
    expect(table.get(id(2))).toBeUndefined();
  });

  it('G1: says whether anything changed: the head, the leaf or the end', () => {
    const table = new FeedTable(hash);
    table.set(feed(1, 3));
    const { digest } = table;
    expect(digest).toHaveLength(8);
    expect(table.set(feed(1, 3))).toBe(false);
    expect(table.digest).toBe(digest);
    expect(table.set(feed(1, 4, false, 3))).toBe(true);
    expect(table.set(feed(1, 4, true, 3))).toBe(true);
    expect(table.digest).toEqual(digest);
    expect(table.set(feed(1, 4, true, 9))).toBe(true);
    expect(table.digest).not.toEqual(digest);
  });

  it('G1: a feed of which nothing is held leaves no trace, one that ended at once does', () => {
    const table = new FeedTable(hash);
    const empty = table.digest;
    expect(table.set(feed(1, 0))).toBe(false);
    expect([table.get(id(1)), table.digest]).toEqual([undefined, empty]);
    expect(table.set(feed(1, 0, true, 7))).toBe(true);
    expect(table.get(id(1))).toBeDefined();
    expect(table.digest).not.toEqual(empty);
  });

  it('G1: keeps a feed as it was told, whatever becomes of the object', () => {
    const table = new FeedTable(hash);
    const told = feed(1, 3);
    table.set(told);
    told.seq = 9;
    expect(table.seq(id(1))).toBe(3);
  });

  it('G5: what has arrived reaches beyond what is held until it is settled', () => {
    const table = new FeedTable(hash);
    table.set(feed(1, 3));
    expect(table.arrived(id(1))).toBe(3);
    table.expect(id(1), 5);
    table.expect(id(1), 4);
    expect(table.arrived(id(1))).toBe(5);
    table.set(feed(1, 6));
    expect(table.arrived(id(1))).toBe(6);
    table.expect(id(1), 8);
    table.settle(id(1));
    expect(table.arrived(id(1))).toBe(6);
    expect(table.arrived(id(2))).toBe(0);
  });

  it('G6: the 20 feeds that changed last are named first, the newest before the others', () => {
    const table = new FeedTable(hash);
    for (let n = 1; n <= recentFeeds; n++) table.set(feed(n, 1));
    table.set(feed(1, 2));
    const order = () => table.recent().map(({ session }) => Number.parseInt(session, 16));
    expect(order()).toEqual([1, ...Array.from({ length: 19 }, (_, n) => recentFeeds - n)]);
    expect(table.recent()[0]).toEqual(feed(1, 2));
    table.set(feed(21, 1));
    expect(order()).toHaveLength(recentFeeds);
    expect(order()).not.toContain(2);
    expect(order().slice(0, 2)).toEqual([21, 1]);
  });
});
