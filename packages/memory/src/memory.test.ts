import { GrapevineError } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import { type FakeMember, fakeRoom } from './testing/fake-member.ts';
import type { PutOptions, Value } from './types.ts';

function alone(): FakeMember {
  return fakeRoom('a').members[0] as FakeMember;
}

async function codeOf(attempt: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof attempt === 'function' ? attempt() : attempt);
  } catch (error) {
    if (error instanceof GrapevineError) return error.code;
    throw error;
  }
  return 'none';
}

describe('put and get', () => {
  it('gives back text, JSON and bytes with everything around them', async () => {
    const { memory, author } = alone();
    const values: Value[] = [
      'text',
      '',
      { a: [1, null, true] },
      null,
      0,
      false,
      Uint8Array.of(0, 255),
    ];
    for (const [i, value] of values.entries()) {
      await memory.put(['n', 's'], `k${i}`, value);
      expect((await memory.get('n/s', `k${i}`))?.value).toEqual(value);
    }
    const options: PutOptions = {
      ...{ mime_type: 'text/x-log', kind: 'fact', tags: ['a', 'b', 'a'], pinned: true },
      ...{ metadata: { deep: { ok: [1] } }, refs: [{ rel: 'see', to: 'x/y' }], reason: 'because' },
    };
    await memory.put('n', 'full', 'v', options);
    expect(await memory.get('n', 'full')).toMatchObject({
      ...{ namespace: 'n', key: 'full', value: 'v', available: true, size: 1, conflict: false },
      ...{ mime_type: 'text/x-log', kind: 'fact', tags: ['a', 'b'], pinned: true },
      ...{ metadata: { deep: { ok: [1] } }, refs: [{ rel: 'see', to: 'x/y' }] },
      ...{ created_at: '2026-01-01T00:00:00.000Z', created_by: { id: author, kind: 'person' } },
    });
    expect((await memory.history('n', 'full'))[0]).toMatchObject({ reason: 'because' });
  });

  it('`__proto__` is a key, a namespace and a field like any other', async () => {
    const { memory } = alone();
    const metadata = JSON.parse('{"__proto__":{"polluted":true}}');
    await memory.put('__proto__', '__proto__', metadata, { metadata });
    await memory.put('constructor', 'toString', 'v');
    const entry = await memory.get('__proto__', '__proto__');
    expect(Object.keys(entry?.value as object)).toEqual(['__proto__']);
    expect(Object.keys(entry?.metadata as object)).toEqual(['__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect((await memory.search('__proto__')).items).toHaveLength(1);
  });

  it('R2: refuses bad names', async () => {
    const { memory } = alone();
    const long = 'x'.repeat(513);
    for (const namespace of ['/', 'a//b', 'a/', '\u0007', 'x'.repeat(129), ['a', ''], ['a/b']]) {
      expect(await codeOf(memory.put(namespace, 'k', 1))).toBe('namespace-invalid');
      expect(await codeOf(() => memory.watch(namespace))).toBe('namespace-invalid');
    }
    for (const key of ['', long, 'a\nb', '\ud800']) {
      expect(await codeOf(memory.put('', key, 1))).toBe('key-invalid');
      expect(await codeOf(memory.get('', key))).toBe('key-invalid');
    }
    expect(memory.size).toBe(0);
  });

  it('refuses what is not JSON, text or bytes', async () => {
    const { memory } = alone();
    const cyclic: { [key: string]: unknown } = {};
    cyclic['self'] = [cyclic];
    const sparse = [1];
    sparse[3] = 1;
    const bad = [undefined, () => 1, Symbol('x'), 1n, Number.NaN, Infinity, new Date(), new Map()];
    for (const value of [
      ...bad,
      cyclic,
      sparse,
      { deep: [undefined] },
      '\udc00',
      new Uint16Array(2),
    ]) {
      expect(await codeOf(memory.put('', 'k', value as Value))).toBe('value-invalid');
    }
    expect(await codeOf(memory.put('', 'k', { a: 1 }, { mime_type: 'text/plain' }))).toBe(
      'value-invalid',
    );
    const large = new Uint8Array(67_108_865);
    expect(await codeOf(memory.put('', 'k', large))).toBe('value-too-large');
    expect(memory.size).toBe(0);
  });

  it('refuses unknown and malformed options instead of dropping them', async () => {
    const { memory } = alone();
    const put = (options: object): Promise<string> =>
      codeOf(memory.put('', 'k', 1, options as PutOptions));
    expect(await put({ ttl: 5 })).toBe('option-unknown');
    const malformed = [
      ...[{ tags: 'x' }, { tags: [''] }, { pinned: 'yes' }, { metadata: [] }, { kind: '' }],
      ...[{ metadata: { f: undefined } }, { refs: [{ rel: 'x' }] }, { expires_in: -1 }],
      ...[{ expires_in: Number.NaN }, { expires_at: 'tomorrow' }, { mime_type: 5 }],
      { expires_in: 1, expires_at: '2030-01-01T00:00:00Z' },
      { metadata: { long: 'x'.repeat(9_000) } },
    ];
    for (const options of malformed) expect(await put(options)).toBe('option-invalid');
    expect(await codeOf(memory.list('', { depth: 1 } as object))).toBe('option-unknown');
    expect(await codeOf(memory.search('x', { fuzzy: 1 } as object))).toBe('option-unknown');
    expect(await codeOf(memory.list('', { limit: 1_001 }))).toBe('limit-invalid');
    expect(await codeOf(memory.changes({ limit: 0 }))).toBe('limit-invalid');
  });

  it('writes nothing where the entry is as asked for already', async () => {
    const member = alone();
    const { memory } = member;
    const options = { tags: ['t'], metadata: { b: 1, a: 2 } };
    const first = await memory.put('n', 'k', { x: 1, y: 2 }, options);
    const again = await memory.put(
      'n',
      'k',
      { y: 2, x: 1 },
      { metadata: { a: 2, b: 1 }, tags: ['t'] },
    );
    const large = await memory.put('n', 'large', 'x'.repeat(50_000));
    expect(await memory.put('n', 'large', 'x'.repeat(50_000))).toEqual(large);
    expect(again).toEqual(first);
    expect(member.log).toHaveLength(2);
    await memory.put('n', 'large', `y${'x'.repeat(49_999)}`);
    await memory.put('n', 'k', { x: 1, y: 2 }, { tags: ['other'] });
    expect(member.log).toHaveLength(4);
  });

  it('keeps what a put leaves out, but for its expiry', async () => {
    const { memory, clock } = alone();
    await memory.put('', 'k', '# title', {
      mime_type: 'text/markdown',
      tags: ['t'],
      expires_in: 60,
    });
    await memory.put('', 'k', '# new title');
    const entry = await memory.get('', 'k');
    expect(entry).toMatchObject({ mime_type: 'text/markdown', tags: ['t'], value: '# new title' });
    expect(entry).not.toHaveProperty('expires_at');
    clock.ms += 120_000;
    expect(await memory.get('', 'k')).toBeDefined();
  });

  it('expected_version refuses where another version is known', async () => {
    const { memory } = alone();
    const { version } = await memory.put('', 'k', 1);
    await memory.put('', 'k', 2, { expected_version: version });
    expect(await codeOf(memory.put('', 'k', 3, { expected_version: version }))).toBe(
      'version-changed',
    );
    expect(await codeOf(memory.put('', 'new', 3, { expected_version: version }))).toBe(
      'version-changed',
    );
    expect(await memory.get('', 'k')).toMatchObject({ value: 2 });
  });

  it('R6: writes that nobody awaits between follow one another', async () => {
    const member = alone();
    const { memory } = member;
    await Promise.all([
      memory.put('', 'k', 1),
      memory.put('', 'k', 2),
      memory.append('', 'l', 'a'),
      memory.append('', 'l', 'b'),
    ]);
    expect(await memory.get('', 'k')).toMatchObject({ value: 2, conflict: false });
    expect((await memory.get('', 'k'))?.heads).toHaveLength(1);
    expect(await memory.get('', 'l')).toMatchObject({ value: 'ab' });
  });

  it('a reader gets the error of its host', async () => {
    const member = alone();
    member.isReadOnly = true;
    expect(await codeOf(member.memory.put('', 'k', 1))).toBe('read-only');
    expect(await codeOf(member.memory.append('', 'k', 'x'))).toBe('read-only');
    expect(await codeOf(member.memory.setProfile({ name: 'x', kind: 'agent' }))).toBe('read-only');
    const files = [{ path: 'a.md', bytes: new Uint8Array(1) }];
    expect(await codeOf(member.memory.importFolder(files, 1))).toBe('read-only');
    expect(member.memory.size).toBe(0);
  });

  it('what a caller does to a value it gave or got changes no entry', async () => {
    const { memory } = alone();
    const bytes = Uint8Array.of(1, 2);
    await memory.put('', 'b', bytes, { metadata: { list: [1] }, refs: [{ rel: 'r', to: 't' }] });
    bytes[0] = 9;
    const entry = await memory.get('', 'b');
    if (entry?.value instanceof Uint8Array) entry.value[1] = 9;
    if (entry) entry.metadata['list'] = [2];
    if (entry?.refs[0]) entry.refs[0].to = 'elsewhere';
    expect(await memory.get('', 'b')).toMatchObject({
      ...{ value: Uint8Array.of(1, 2), metadata: { list: [1] }, refs: [{ rel: 'r', to: 't' }] },
    });
  });
});

describe('delete and expiry', () => {
  it('a deletion hides an entry and a new value continues it', async () => {
    const { memory } = alone();
    const { id } = await memory.put('', 'k', 'old', { tags: ['gone'] });
    expect(await memory.delete('', 'k')).toMatchObject({ id });
    expect(await memory.delete('', 'k')).toBeUndefined();
    expect(await memory.delete('', 'never')).toBeUndefined();
    expect(await memory.get('', 'k')).toBeUndefined();
    expect((await memory.list()).items).toEqual([]);
    expect((await memory.search('old')).items).toEqual([]);
    expect(memory.size).toBe(0);
    await memory.put('', 'k', 'new');
    expect(await memory.get('', 'k')).toMatchObject({
      id,
      value: 'new',
      tags: [],
      conflict: false,
    });
    const operations = (await memory.history('', 'k')).map(({ operation }) => operation);
    expect(operations).toEqual(['created', 'deleted', 'created']);
    await memory.delete('', 'k');
    await memory.append('', 'k', 'appended');
    expect(await memory.get('', 'k')).toMatchObject({ value: 'appended' });
  });

  it('expiry hides at once, from lists, search and get', async () => {
    const { memory, clock } = alone();
    await memory.put('', 'k', 'short lived', { expires_in: 10 });
    await memory.put('', 'l', 'short lived', { expires_at: '2026-01-01T00:00:20Z' });
    expect((await memory.search('lived')).items).toHaveLength(2);
    clock.ms += 10_000;
    expect(await memory.get('', 'k')).toBeUndefined();
    expect((await memory.list()).items.map(({ key }) => key)).toEqual(['l']);
    expect((await memory.search('lived')).items.map(({ key }) => key)).toEqual(['l']);
    expect((await memory.list('', { include_expired: true })).items).toHaveLength(2);
    await memory.append('', 'k', 'anew');
    expect(await memory.get('', 'k')).toMatchObject({ value: 'anew' });
  });
});

describe('append and resolve', () => {
  it('refuse what makes no sense', async () => {
    const { memory } = alone();
    await memory.put('', 'json', { a: 1 });
    const { version } = await memory.put('', 'k', 'x');
    expect(await codeOf(memory.append('', 'json', 'x'))).toBe('not-text');
    expect(await codeOf(memory.append('', 'k', JSON.parse('5')))).toBe('value-invalid');
    expect(await codeOf(memory.resolve('', 'none', { value: 1 }))).toBe('entry-missing');
    expect(await codeOf(memory.resolve('', 'json', { version }))).toBe('version-unknown');
    expect(await codeOf(memory.resolve('', 'json', { version: 'garbage' }))).toBe(
      'version-unknown',
    );
    expect(await memory.resolve('', 'k', { version })).toMatchObject({ version });
    expect(await memory.resolve('', 'k', { value: 'x' })).toMatchObject({ version });
  });

  it('an earlier version can be kept, appends of its time included', async () => {
    const { memory } = alone();
    await memory.put('', 'k', 'a');
    const { version } = await memory.append('', 'k', 'b');
    await memory.append('', 'k', 'c');
    await memory.resolve('', 'k', { version });
    expect(await memory.get('', 'k')).toMatchObject({ value: 'ab' });
  });
});

describe('batch', () => {
  it('L4: writes many in few deltas and in order, the same key twice included', async () => {
    const member = alone();
    const { memory } = member;
    const puts = Array.from({ length: 300 }, (_, i) => ({
      put: { namespace: 'n', key: `k${i}`, value: 'x'.repeat(100) },
    }));
    const written = await memory.batch([
      ...puts,
      { put: { namespace: 'n', key: 'k0', value: 'second' } },
      { delete: { namespace: 'n', key: 'k1' } },
      { delete: { namespace: 'n', key: 'never' } },
    ]);
    expect(written).toHaveLength(303);
    expect(member.log.length).toBeLessThan(6);
    expect(await memory.get('n', 'k0')).toMatchObject({
      value: 'second',
      version: written[300]?.version,
    });
    expect((await memory.get('n', 'k0'))?.heads).toHaveLength(1);
    expect(await memory.get('n', 'k1')).toBeUndefined();
    expect(written[302]?.version).toBe('');
    expect((await memory.get('n', 'k299'))?.version).toBe(written[299]?.version);
    for (const { body, values } of member.log) {
      const inline = values.reduce((sum, { size }) => sum + size + 21, 0);
      expect(body.length + inline).toBeLessThan(61_440);
      expect(body.length + values.length * 36).toBeLessThan(49_152);
      expect(values.length).toBeLessThanOrEqual(256);
    }
  });

  it('checks all before it writes any', async () => {
    const member = alone();
    const attempt = member.memory.batch([
      { put: { namespace: '', key: 'good', value: 1 } },
      { put: { namespace: '', key: '', value: 1 } },
    ]);
    expect(await codeOf(attempt)).toBe('key-invalid');
    expect(member.log).toHaveLength(0);
  });
});
