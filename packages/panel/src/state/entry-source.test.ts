import type { Entry, Page } from '@grapevine/room';
import { expect, test, vi } from 'vitest';
import { EntrySource, pageSize } from './entry-source.ts';

const entry = (key: string): Entry => ({
  id: key,
  namespace: '',
  key,
  value: key,
  available: true,
  mime_type: 'text/plain',
  kind: '',
  tags: [],
  metadata: {},
  pinned: false,
  refs: [],
  created_at: '',
  created_by: { id: 'a', name: 'a', kind: 'person' },
  updated_at: '',
  updated_by: { id: 'a', name: 'a', kind: 'person' },
  version: '1',
  heads: ['1'],
  conflict: false,
  size: 1,
});

/** A list in memory that counts how often and how much at once it was asked. */
class List {
  entries: Entry[] = [];
  calls = 0;
  atOnce = 0;
  mostAtOnce = 0;

  constructor(count: number) {
    for (let i = 0; i < count; i += 1) this.entries.push(entry(`k${i}`));
  }

  readonly fetch = async (cursor: string | undefined, limit: number): Promise<Page<Entry>> => {
    this.calls += 1;
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    await Promise.resolve();
    this.atOnce -= 1;
    const start = Number(cursor ?? 0);
    const end = start + limit;
    const items = this.entries.slice(start, end);
    return { items, cursor: end < this.entries.length ? String(end) : undefined };
  };
}

test('of a long list only as much is read as is shown', async () => {
  const list = new List(10_000);
  const source = new EntrySource(list.fetch, () => undefined);
  await vi.waitUntil(() => source.ready);
  expect(source.items).toHaveLength(pageSize.first);
  expect(source.complete).toBe(false);
  source.need(3 * pageSize.next - 5);
  await vi.waitUntil(() => source.items.length === 3 * pageSize.next);
  expect(list.calls).toBe(4);
});

test('after a change as much is read again as there was, and meanwhile the old list stays', async () => {
  const list = new List(500);
  const seen: number[] = [];
  const source = new EntrySource(list.fetch, () => seen.push(source.items.length));
  source.need(400);
  await vi.waitUntil(() => source.items.length === 400);
  list.entries.splice(0, 1);
  await source.refresh();
  expect(source.items[0]?.key).toBe('k1');
  expect(seen).toEqual([50, 400, 400]);
});

test('however many changes come, one reading follows another and never two at once', async () => {
  const list = new List(100);
  const source = new EntrySource(list.fetch, () => undefined);
  for (let i = 0; i < 50; i += 1) void source.refresh();
  await vi.waitUntil(() => source.ready);
  list.entries.push(entry('last'));
  await source.refresh();
  expect(source.complete).toBe(false);
  source.need(101);
  await vi.waitUntil(() => source.items.at(-1)?.key === 'last');
  expect(list.mostAtOnce).toBe(1);
  expect(list.calls).toBeLessThan(5);
});

test('a failing list is an error that is shown, and over with the next reading that works', async () => {
  const list = new List(1);
  let fails = true;
  const fetch: typeof list.fetch = async (cursor, limit) => {
    if (fails) throw new Error('no');
    return list.fetch(cursor, limit);
  };
  const source = new EntrySource(fetch, () => undefined);
  await vi.waitUntil(() => source.error !== undefined);
  expect(source.ready).toBe(true);
  fails = false;
  await source.refresh();
  expect(source.items).toHaveLength(1);
  expect(source.error).toBeUndefined();
});

test('a closed source tells nobody anything', async () => {
  const list = new List(10);
  const onUpdate = vi.fn();
  const source = new EntrySource(list.fetch, onUpdate);
  source.close();
  await vi.waitUntil(() => list.atOnce === 0);
  await source.refresh();
  expect(onUpdate).not.toHaveBeenCalled();
});
