import { describe, expect, it } from 'vitest';
import { connectSearchIndex, serveSearchIndex, type SearchPort } from './search-remote.ts';
import {
  MiniSearchIndex,
  normalizeWord,
  wordsOf,
  type SearchDocument,
  type SearchIndex,
} from './search.ts';
import { FakeClock, FakeMember, fakeRoom } from './testing/fake-member.ts';

function document(id: string, parts: Partial<SearchDocument> = {}): SearchDocument {
  return { id, namespace: '', key: id, text: '', tags: [], author: 'Ada', ...parts };
}

async function found(index: SearchIndex, text: string, namespaces?: string[]): Promise<string[]> {
  return (await index.query(text, { namespaces, limit: 10 })).map(({ id }) => id);
}

/** Two ends of a wire that clones like a worker's. */
function wire(): [SearchPort, SearchPort] {
  const { port1, port2 } = new MessageChannel();
  const asPort = (port: MessagePort): SearchPort => ({
    postMessage: (message) => port.postMessage(message),
    addEventListener: (type, listener) => port.addEventListener(type, listener as EventListener),
    start: () => port.start(),
    terminate: () => port.close(),
  });
  return [asPort(port1), asPort(port2)];
}

describe('words', () => {
  it('are split at spaces and marks, without case and accents', () => {
    expect(wordsOf('git-commit: "Überraschung", snake_case').map(normalizeWord)).toEqual([
      'git',
      'commit',
      'uberraschung',
      'snake',
      'case',
    ]);
  });

  it('of scripts without spaces are characters and pairs', () => {
    expect(wordsOf('検索エンジン v2')).toContain('検索');
    expect(wordsOf('検索')).toEqual(['検', '索', '検索']);
  });
});

for (const [where, create] of [
  ['in this thread', (): SearchIndex => new MiniSearchIndex()],
  [
    'behind a port',
    (): SearchIndex => {
      const [near, far] = wire();
      serveSearchIndex(far, new MiniSearchIndex());
      return connectSearchIndex(near);
    },
  ],
] as const) {
  describe(`the index ${where}`, () => {
    it('weighs keys over tags over text, and prefixes find', async () => {
      const index = create();
      await index.replace([
        document('text', { text: 'about tar archives and their uses' }),
        document('tar', { text: 'archives' }),
        document('tagged', { tags: ['tar'], text: 'something else' }),
        document('other', { text: 'nothing here' }),
      ]);
      expect(await found(index, 'tar')).toEqual(['tar', 'tagged', 'text']);
      expect(await found(index, 'arch')).toHaveLength(2);
      expect((await index.query('arch', { namespaces: undefined, limit: 1 }))[0]?.match).toEqual([
        'archives',
      ]);
      index.close();
    });

    it('matches loosely only where it finds little, and puts that last', async () => {
      const index = create();
      await index.replace([
        document('a', { text: 'directory' }),
        document('b', { text: 'directory listing' }),
      ]);
      expect(await found(index, 'direktory')).toHaveLength(2);
      expect(await found(index, 'directory nowhere')).toHaveLength(2);
      await index.replace([document('c', { text: 'listinx' })]);
      expect(await found(index, 'listing')).toEqual(['b', 'c']);
      index.close();
    });

    it('replaces, removes and keeps to namespaces', async () => {
      const index = create();
      await index.replace([
        document('a', { namespace: 'n/s', text: 'old' }),
        document('b', { namespace: 'ns', text: 'old' }),
      ]);
      expect(await found(index, 'old', ['n'])).toEqual(['a']);
      expect(await found(index, 'old', ['n', 'ns'])).toHaveLength(2);
      await index.replace([document('a', { namespace: 'n/s', text: 'new' })]);
      await index.remove(['b', 'unknown']);
      expect(await found(index, 'old')).toEqual([]);
      expect(await found(index, 'new')).toEqual(['a']);
      index.close();
    });

    it('finds Chinese, Japanese and accented words', async () => {
      const index = create();
      await index.replace([
        document('zh', { text: '全文检索引擎' }),
        document('ja', { text: 'メモリを共有する' }),
        document('fr', { text: 'déjà vu' }),
      ]);
      expect(await found(index, '检索')).toEqual(['zh']);
      expect(await found(index, '共有')).toEqual(['ja']);
      expect(await found(index, 'DEJA')).toEqual(['fr']);
      index.close();
    });
  });
}

describe('a served index', () => {
  it('drops what is no request and answers a malformed one with an error', async () => {
    const [near, far] = wire();
    serveSearchIndex(far, new MiniSearchIndex());
    const answers: unknown[] = [];
    const arrived = new Promise<void>((resolve) => {
      near.addEventListener('message', ({ data }) => {
        answers.push(data);
        if (answers.length === 4) resolve();
      });
    });
    near.start?.();
    for (const junk of [null, 5, 'x', [], {}, { id: 'x' }, { call: 'query' }])
      near.postMessage(junk);
    near.postMessage({ id: 1, call: 'destroy' });
    near.postMessage({ id: 2, call: 'replace', documents: [{ id: 5 }] });
    near.postMessage({ id: 3, call: 'query', text: 'x', options: { limit: 'many' } });
    near.postMessage({
      id: 4,
      call: 'query',
      text: 'x',
      options: { namespaces: undefined, limit: 1 },
    });
    await arrived;
    expect(answers).toMatchObject([
      { id: 1, error: expect.stringContaining('not a request') },
      { id: 2, error: expect.any(String) },
      { id: 3, error: expect.any(String) },
      { id: 4, result: [] },
    ]);
    near.terminate?.();
  });

  it('ends what waits when it is closed', async () => {
    const [near] = wire();
    const index = connectSearchIndex(near);
    const waiting = index.query('x', { namespaces: undefined, limit: 1 });
    index.close();
    await expect(waiting).rejects.toMatchObject({ code: 'search-failed' });
    await expect(index.remove(['x'])).rejects.toMatchObject({ code: 'search-failed' });
  });
});

describe('search in memory', () => {
  it('knows everything applied before it, deletions and renamed authors included', async () => {
    const [a, b] = fakeRoom('a', 'b').members as [FakeMember, FakeMember];
    for (let i = 0; i < 200; i++) await a.memory.put('n', `k${i}`, `number${i} word`);
    a.tell([b]);
    expect((await b.memory.search('number77')).items[0]).toMatchObject({
      key: 'k77',
      match: ['number77'],
    });
    await a.memory.put('n', 'k77', 'changed');
    await a.memory.delete('n', 'k78');
    await a.memory.setProfile({ name: 'Grace', kind: 'person' });
    a.tell([b], 200);
    expect((await b.memory.search('number77')).items.some(({ key }) => key === 'k77')).toBe(false);
    expect((await b.memory.search('number78')).items.some(({ key }) => key === 'k78')).toBe(false);
    const keys: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await b.memory.search('grace', {
        limit: 60,
        ...(cursor !== undefined && { cursor }),
      });
      keys.push(...page.items.map(({ key }) => key));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(new Set(keys).size).toBe(199);
    expect((await b.memory.search('grace', { namespace: ['elsewhere'] })).items).toEqual([]);
  });

  it('an index that fails says so and is fed again', async () => {
    const inner = new MiniSearchIndex();
    let fails = true;
    const index: SearchIndex = {
      replace: (documents) => (fails ? Promise.reject(new Error('no')) : inner.replace(documents)),
      remove: (ids) => inner.remove(ids),
      query: (text, options) => inner.query(text, options),
      close: () => inner.close(),
    };
    const { memory } = new FakeMember('a', new FakeClock(), { search: () => index });
    await memory.put('', 'k', 'word');
    await expect(memory.search('word')).rejects.toThrow('no');
    fails = false;
    expect((await memory.search('word')).items).toHaveLength(1);
  });
});
