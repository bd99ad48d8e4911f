import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeText, mergeWork } from './merge-text.ts';
import { type FakeMember, fakeRoom } from './testing/fake-member.ts';

/** Two members that hold the same `base` in `k`, or nothing. */
async function pair(base?: string): Promise<[FakeMember, FakeMember]> {
  const [a, b] = fakeRoom('a', 'b').members as [FakeMember, FakeMember];
  if (base !== undefined) await a.memory.put('', 'k', base);
  a.tell([b]);
  return [a, b];
}

function exchange(a: FakeMember, b: FakeMember): void {
  a.tell([b]);
  b.tell([a]);
}

async function both<T>(
  a: FakeMember,
  b: FakeMember,
  read: (of: FakeMember) => Promise<T>,
): Promise<T> {
  const [ours, theirs] = [await read(a), await read(b)];
  expect(theirs).toEqual(ours);
  return ours;
}

const get = ({ memory }: FakeMember) => memory.get('', 'k');
const history = ({ memory }: FakeMember) => memory.history('', 'k');
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });

describe('merging texts', () => {
  const line = fc.constantFrom('a\n', 'b\n', '\n', 'c');
  const lines = fc.array(line, { maxLength: 12 }).map((all) => all.join(''));

  it('R6: what only one side changed wins, and the order of the sides does not count', () => {
    fc.assert(
      fc.property(lines, lines, lines, (one, base, two) => {
        expect(mergeText(one, base, base)).toBe(one);
        expect(mergeText(base, base, two)).toBe(two);
        expect(mergeText(one, base, one)).toBe(one);
        expect(mergeText(two, base, one)).toBe(mergeText(one, base, two));
      }),
      { numRuns: 1_000 },
    );
  });

  it('R6: texts whose comparison would stop the page are a conflict', () => {
    const few = (step: number): string =>
      Array.from({ length: 5_000 }, (_, i) => `${(i * i + step * i) % 3}\n`).join('');
    const work = mergeWork();
    expect(mergeText(`x\n${few(1)}`, few(2), `${few(3)}y\n`, work)).toBeUndefined();
    expect(work.left).toBeLessThan(0);
    const plain = Array.from({ length: 5_000 }, (_, i) => `${i}\n`).join('');
    expect(mergeText(`x\n${plain}`, plain, `${plain}y\n`)).toBe(`x\n${plain}y\n`);
  });
});

describe('merging', () => {
  it('R6: two writers on one key keep both values and show a conflict, and resolving clears it', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, fc.option(text, { nil: undefined }), async (one, two, base) => {
        fc.pre(one !== two && one !== base && two !== base);
        const [a, b] = await pair(base);
        await a.memory.put('', 'k', one, { kind: 'fact' });
        await b.memory.put('', 'k', two, { kind: 'task' });
        exchange(a, b);
        const entry = await both(a, b, get);
        expect(entry).toMatchObject({ conflict: true, value: two, kind: 'task' });
        expect(entry?.heads).toHaveLength(2);
        const values = (await both(a, b, history)).map(({ value }) => value);
        expect(values).toEqual(expect.arrayContaining([one, two]));
        const keep = entry?.heads[0] ?? '';
        await b.memory.resolve('', 'k', { version: keep });
        exchange(a, b);
        const resolved = await both(a, b, get);
        expect(resolved).toMatchObject({ conflict: false, value: one, kind: 'fact' });
        expect(resolved?.heads).toHaveLength(1);
        expect((await history(a))[0]).toMatchObject({ operation: 'merged', parents: entry?.heads });
      }),
      { numRuns: 40 },
    );
  });

  it('R6: somebody writes while another resolves, and that stays to be seen', async () => {
    const [a, b] = await pair();
    await a.memory.put('', 'k', 'one');
    await b.memory.put('', 'k', 'two');
    exchange(a, b);
    await a.memory.resolve('', 'k', { value: 'agreed' });
    await b.memory.put('', 'k', 'three');
    exchange(a, b);
    const entry = await both(a, b, get);
    expect(entry).toMatchObject({ conflict: true });
    const shown = (await history(a)).filter(({ id }) => entry?.heads.includes(id));
    expect(new Set(shown.map(({ value }) => value))).toEqual(new Set(['agreed', 'three']));
  });

  it('R6: a head that arrives while a large kept value is read stays a conflict', async () => {
    const [a, b] = await pair();
    const large = 'x'.repeat(40_000);
    const kept = await a.memory.put('', 'k', large);
    await b.memory.put('', 'k', 'two');
    b.tell([a]);
    const resolving = a.memory.resolve('', 'k', { version: kept.version });
    await b.memory.put('', 'k', 'late');
    b.tell([a], 1);
    await resolving;
    const entry = await get(a);
    expect(entry?.conflict).toBe(true);
    expect(entry?.heads).toHaveLength(2);
  });

  it('R6: equal values written at once are no conflict', async () => {
    const [a, b] = await pair();
    await a.memory.put('', 'k', { same: [1] });
    await b.memory.put('', 'k', { same: [1] });
    exchange(a, b);
    expect(await both(a, b, get)).toMatchObject({ conflict: false, value: { same: [1] } });
  });

  it('R6: edits of different lines merge, and the merge is written by the next who writes', async () => {
    const [a, b] = await pair('one\ntwo\nthree\nfour\n');
    await a.memory.put('', 'k', 'ONE\ntwo\nthree\nfour\n');
    await b.memory.put('', 'k', 'one\ntwo\nthree\nFOUR\n');
    exchange(a, b);
    const merged = await both(a, b, get);
    expect(merged).toMatchObject({ conflict: false, value: 'ONE\ntwo\nthree\nFOUR\n' });
    expect(merged?.heads).toHaveLength(2);
    await a.memory.put('', 'k', 'ONE\ntwo\nthree\nFOUR\nfive\n');
    exchange(a, b);
    expect(await both(a, b, get)).toMatchObject({ value: 'ONE\ntwo\nthree\nFOUR\nfive\n' });
    expect((await get(a))?.heads).toHaveLength(1);
  });

  it('R6: a change of tags merges with a change of text, two changes of tags do not', async () => {
    const [a, b] = await pair('text');
    await a.memory.put('', 'k', 'text', { tags: ['x'] });
    await b.memory.put('', 'k', 'new text');
    exchange(a, b);
    expect(await both(a, b, get)).toMatchObject({
      conflict: false,
      value: 'new text',
      tags: ['x'],
    });
    await a.memory.put('', 'k', 'new text', { tags: ['y'] });
    await b.memory.put('', 'k', 'new text', { tags: ['z'] });
    exchange(a, b);
    expect(await both(a, b, get)).toMatchObject({ conflict: true, tags: ['z'] });
  });

  it('R6: appends never conflict and stand in the order of their clocks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(1), text, fc.boolean()), { minLength: 1, maxLength: 12 }),
        fc.option(text, { nil: undefined }),
        async (appends, base) => {
          const [a, b] = await pair(base);
          for (const [who, piece, tells] of appends) {
            await [a, b][who]?.memory.append('', 'k', piece);
            if (tells) exchange(a, b);
          }
          exchange(a, b);
          const entry = await both(a, b, get);
          const expected = (base ?? '') + appends.map(([, piece]) => piece).join('');
          expect(entry).toMatchObject({ value: expected, conflict: false });
          expect(entry?.size).toBe(Buffer.byteLength(expected));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('R6: an append beside an edit is kept after it', async () => {
    const [a, b] = await pair('base\n');
    await a.memory.append('', 'k', 'appended\n');
    await b.memory.put('', 'k', 'rewritten\n');
    exchange(a, b);
    expect(await both(a, b, get)).toMatchObject({
      conflict: false,
      value: 'rewritten\nappended\n',
    });
  });

  it('R6: an append beside a put of JSON is a conflict, both kept', async () => {
    const [a, b] = await pair('base');
    await a.memory.append('', 'k', '+');
    await b.memory.put('', 'k', { now: 'json' });
    exchange(a, b);
    expect(await both(a, b, get)).toMatchObject({ conflict: true, value: { now: 'json' } });
    const appended = (await get(a))?.heads[0] ?? '';
    await a.memory.resolve('', 'k', { version: appended });
    expect(await get(a)).toMatchObject({ conflict: false, value: 'base+' });
  });

  it('R6: an append to a conflict goes on from the value shown and leaves the other to be resolved', async () => {
    const [a, b] = await pair();
    await a.memory.put('', 'k', 'one');
    await b.memory.put('', 'k', 'two');
    exchange(a, b);
    await a.memory.append('', 'k', '+');
    exchange(a, b);
    const entry = await both(a, b, get);
    expect(entry).toMatchObject({ conflict: true, value: 'two+' });
    expect(entry?.heads).toHaveLength(2);
  });

  it('R6: an edit survives a deletion at the same time and the entry shows a conflict', async () => {
    const [a, b] = await pair('base');
    await a.memory.put('', 'k', 'edited');
    await b.memory.delete('', 'k');
    exchange(a, b);
    const entry = await both(a, b, get);
    expect(entry).toMatchObject({ conflict: true, value: 'edited' });
    const deletion = (await history(a)).find(({ operation }) => operation === 'deleted');
    await a.memory.resolve('', 'k', { version: deletion?.id ?? '' });
    exchange(a, b);
    expect(await both(a, b, get)).toBeUndefined();
    expect((await history(a))[0]).toMatchObject({ operation: 'deleted', parents: entry?.heads });
  });

  it('R6: two deletions at the same time delete', async () => {
    const [a, b] = await pair('base');
    await a.memory.delete('', 'k');
    await b.memory.delete('', 'k');
    exchange(a, b);
    expect(await both(a, b, get)).toBeUndefined();
    expect(a.memory.size).toBe(0);
  });

  it('R6: detached values are never folded, so replicas without them agree', async () => {
    const lines = (first: string): string => `${first}\n${'line\n'.repeat(8_000)}`;
    const [a, b] = await pair(lines('base'));
    await a.memory.put('', 'k', lines('base') + 'end');
    await b.memory.put('', 'k', lines('other'));
    exchange(a, b);
    expect((await get(a))?.conflict).toBe(true);
    expect((await get(b))?.conflict).toBe(true);
  });

  it('R6: writing to a conflict names all heads and ends it', async () => {
    const { members } = fakeRoom('a', 'b', 'c');
    for (const [i, { memory }] of members.entries()) await memory.put('', 'k', i);
    for (const member of members) member.tell(members);
    const [a] = members as [FakeMember];
    expect((await get(a))?.heads).toHaveLength(3);
    await a.memory.put('', 'k', 'all');
    const [newest] = await history(a);
    expect(newest).toMatchObject({ operation: 'merged', value: 'all' });
    expect(newest?.parents).toHaveLength(3);
    expect(await get(a)).toMatchObject({ conflict: false, value: 'all' });
  });

  it('R2: more heads than a record can name are ended by writing again', async () => {
    const names = Array.from({ length: 70 }, (_, i) => `m${i}`);
    const { members } = fakeRoom(...names);
    for (const [i, { memory }] of members.entries()) await memory.put('', 'k', i);
    const [a] = members as [FakeMember];
    for (const member of members) member.tell([a]);
    await a.memory.put('', 'k', 'first try');
    expect((await get(a))?.heads).toHaveLength(7);
    await a.memory.put('', 'k', 'second try');
    expect(await get(a)).toMatchObject({ conflict: false, value: 'second try' });
  });
});
