import { describe, expect, it } from 'vitest';
import { LateSearch } from './late-search.ts';
import { part } from './part.ts';
import { Presenter } from './presenter.ts';
import { Queries } from './queries.ts';
import { MiniSearchIndex } from './search.ts';
import { FakeClock, FakeMember } from './testing/fake-member.ts';
import { View, type ViewChange } from './view.ts';

/** A view with one entry, and its search, loaded by `load`. */
async function scene(load: ConstructorParameters<typeof LateSearch>[1]) {
  const { memory, log } = new FakeMember('a', new FakeClock());
  await memory.put('n', 'k', 'word');
  const view = new View();
  const change: ViewChange = { entries: new Set(), authors: new Set() };
  for (const delta of log) view.apply(delta, true, change);
  view.settle();
  const host = {
    self: { author: '', session: '' },
    append: () => Promise.reject(new Error('nothing is written')),
    readValue: () => Promise.resolve(undefined),
    now: () => FakeClock.start,
  };
  const presenter = new Presenter(view, host);
  const queries = new Queries(view, presenter, host);
  const options = { view, presenter, queries, create: () => new MiniSearchIndex() };
  return { search: new LateSearch(options, load), entries: change.entries };
}

const wish = { query: 'word', namespaces: undefined };

describe('search that is loaded late', () => {
  it('is not loaded before there is an entry', async () => {
    let loads = 0;
    const { search, entries } = await scene(() => {
      loads += 1;
      return import('./search-feed.ts');
    });
    search.changed([]);
    expect(loads).toBe(0);
    search.changed(entries);
    expect(loads).toBe(1);
    search.close();
  });

  it('says where it cannot be loaded, and is tried again by who searches, not by every change', async () => {
    let isOnline = false;
    let loads = 0;
    const { search, entries } = await scene(() => {
      loads += 1;
      return isOnline ? import('./search-feed.ts') : Promise.reject(new Error('offline'));
    });
    search.changed(entries);
    await expect(search.loaded()).rejects.toMatchObject({ code: 'part-missing' });
    const before = loads;
    for (let i = 0; i < 3; i++) search.changed(entries);
    expect(loads).toBe(before);
    await expect(search.loaded()).rejects.toMatchObject({ code: 'part-missing' });
    expect(loads).toBe(before + 1);
    isOnline = true;
    const feed = await search.loaded();
    expect((await feed.search(wish)).items.map(({ key }) => key)).toEqual(['k']);
    search.close();
  });

  it('that was closed meanwhile takes in nothing', async () => {
    const { search, entries } = await scene(() => import('./search-feed.ts'));
    search.changed(entries);
    search.close();
    search.changed(entries);
    const feed = await search.loaded();
    expect((await feed.search(wish)).items).toEqual([]);
  });
});

describe('an index', () => {
  it('that could not be made is made anew for who searches next', async () => {
    let isOnline = false;
    const create = () =>
      isOnline ? new MiniSearchIndex() : Promise.reject(new Error('no such script'));
    const { memory } = new FakeMember('a', new FakeClock(), { search: create });
    await memory.put('', 'k', 'word');
    await expect(memory.search('word')).rejects.toMatchObject({ code: 'part-missing' });
    isOnline = true;
    expect((await memory.search('word')).items).toHaveLength(1);
  });
});

describe('a part', () => {
  it('that cannot be loaded is an error that says what to do', async () => {
    const failing = part(() => Promise.reject(new Error('404')));
    await expect(failing).rejects.toMatchObject({
      code: 'part-missing',
      cause: { message: '404' },
      action: expect.stringContaining('online'),
    });
    expect(await part(() => Promise.resolve(1))).toBe(1);
  });
});
