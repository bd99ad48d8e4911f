import { utf8 } from '@grapevine/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileNameOf, foldedName, nameOfFile, pathProblem } from './file-names.ts';
import { type FakeMember, collect, fakeRoom } from './testing/fake-member.ts';
import type { FolderFile, ImportReport } from './types.ts';

function alone(): FakeMember {
  return fakeRoom('a').members[0] as FakeMember;
}

function file(path: string, content: string | Uint8Array = path): FolderFile {
  return { path, bytes: typeof content === 'string' ? utf8(content) : content };
}

async function imported(
  files: readonly FolderFile[],
): Promise<{ member: FakeMember; report: ImportReport }> {
  const member = alone();
  return { member, report: await member.memory.importFolder(files, files.length) };
}

function byPath(files: readonly FolderFile[]): Record<string, string> {
  return Object.fromEntries(
    files.map(({ path, bytes }) => [path, Buffer.from(bytes).toString('base64')]),
  );
}

const nameParts = fc.string({
  unit: fc.constantFrom(
    'a',
    'B',
    'é',
    '検',
    '%',
    '3',
    'A',
    ':',
    '.',
    ' ',
    '~',
    '_',
    '-',
    '*',
    '"',
    '🦊',
    'con',
    '%3A',
    'md',
    '.md',
  ),
  minLength: 1,
  maxLength: 8,
});

/** Whether a file system that ignores case holds the files under the very names an export gives. */
function canStandTogether(files: readonly FolderFile[]): boolean {
  const folders = files.flatMap(({ path }) => {
    const parts = path.split('/').slice(0, -1);
    return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
  });
  const folded = new Set(folders.map(foldedName));
  return (
    folded.size === new Set(folders).size &&
    files.every(({ path }) => !folded.has(foldedName(path))) &&
    files.every(({ path }) =>
      path.split('/').every((part) => fileNameOf(nameOfFile(part)) === part),
    )
  );
}

describe('file names', () => {
  it('are safe everywhere and turn back into the name', () => {
    fc.assert(
      fc.property(
        fc.oneof(nameParts, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })),
        (text) => {
          const name = text.replace(/[\p{Cc}\p{Cs}]/gu, '_');
          const fileName = fileNameOf(name);
          if (fileName === undefined) return;
          expect(nameOfFile(fileName)).toBe(name);
          expect(fileName).not.toMatch(/[<>:"/\\|?*]|[. ]$|^(con|aux|nul|prn)(\.|$)/iu);
          expect(pathProblem(fileName)).toBeUndefined();
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('that need no escaping stay as they are, a percent sign included', () => {
    for (const name of ['100%.md', 'a%20b.md', '[[.md', '..md', '.hidden', 'C++.md', '%']) {
      expect(fileNameOf(nameOfFile(name))).toBe(name);
    }
    expect(fileNameOf('a:b')).toBe('a%3Ab');
    expect(fileNameOf('a%3Ab')).toBe('a%253Ab');
    expect(fileNameOf('x'.repeat(300))).toBeUndefined();
  });
});

describe('a folder', () => {
  it('of plain files comes back byte-equal under the same paths', async () => {
    const path = fc
      .array(nameParts, { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join('/'))
      .filter((text) => pathProblem(text) === undefined);
    const ending = fc.constantFrom('.md', '.txt', '.json', '.bin', '');
    const content = fc.oneof(
      fc.string({ unit: 'grapheme' }).map(utf8),
      fc.jsonValue().map((value) => utf8(JSON.stringify(value, undefined, 2))),
      fc.uint8Array({ maxLength: 40 }),
      fc.constant(utf8('---\ntitle: theirs\n---\ntext\r\n')),
      fc.constant(utf8('\ufeffwith a mark')),
    );
    const files = fc.uniqueArray(
      fc.tuple(path, ending, content).map(([name, end, bytes]) => ({ path: name + end, bytes })),
      { maxLength: 8, selector: ({ path: name }) => foldedName(name).replace(/\.md$/u, '') },
    );
    await fc.assert(
      fc.asyncProperty(files.filter(canStandTogether), async (input) => {
        const { member, report } = await imported(input);
        expect(report).toMatchObject({ added: input.length, problems: [] });
        expect(byPath(await collect(member.memory.exportFolder()))).toEqual(byPath(input));
      }),
      { numRuns: 100 },
    );
  });

  it('maps paths to namespaces and endings to types', async () => {
    const { member } = await imported([
      file('a/b/c.md'),
      file('notes.txt'),
      file('data.json', '{ "x" : 1 }'),
      file('broken.json', '{'),
      file('latin.md', Uint8Array.of(0xe9)),
      file('picture.png', Uint8Array.of(1, 2)),
      file('.md', 'x'),
    ]);
    const { memory } = member;
    expect(await memory.get('a/b', 'c')).toMatchObject({
      mime_type: 'text/markdown',
      value: 'a/b/c.md',
    });
    expect(await memory.get('', 'notes.txt')).toMatchObject({ mime_type: 'text/plain' });
    expect(await memory.get('', 'data.json')).toMatchObject({
      mime_type: 'application/json',
      value: { x: 1 },
    });
    for (const key of ['broken.json', 'latin.md', 'picture.png', '.md']) {
      expect(await memory.get('', key)).toMatchObject({ mime_type: 'application/octet-stream' });
    }
    const below = await memory.importFolder([file('a/b/c.md')], 1, { namespace: 'in/here' });
    expect(below.added).toBe(1);
    expect(await memory.get('in/here/a/b', 'c')).toBeDefined();
  });

  it('refuses paths that lead elsewhere and names beyond R2, each by itself', async () => {
    const bad = [
      '../x.md',
      'a/../../x.md',
      '/etc/x.md',
      'C:/x.md',
      'c:x.md',
      '\\\\host\\x.md',
      'a\\b.md',
      'a\u0000.md',
      './x.md',
      'a//b.md',
      '',
      'a/',
      `${'x'.repeat(129)}/y.md`,
      'x'.repeat(600),
    ];
    const { member, report } = await imported([
      ...bad.map((path) => file(path, 'bad')),
      file('good.md'),
    ]);
    expect(report).toMatchObject({ added: 1, cancelled: false });
    expect(report.problems.map(({ where }) => where)).toEqual(bad);
    expect(member.memory.size).toBe(1);
  });

  it('keeps attributes, odd keys and clashing names in marked files that come back', async () => {
    const [a, b] = fakeRoom('a', 'b').members as [FakeMember, FakeMember];
    await a.memory.put('n', 'Readme', 'upper', { mime_type: 'text/markdown' });
    await a.memory.put('n', 'readme', 'lower', { mime_type: 'text/markdown' });
    await a.memory.put('N', 'other', 'folder in upper case', { mime_type: 'text/markdown' });
    await a.memory.put('n', 'with', '---\n', {
      mime_type: 'text/markdown',
      tags: ['t'],
      pinned: true,
      kind: 'fact',
      metadata: { a: 1 },
      expires_at: '2030-01-01T00:00:00.000Z',
    });
    await a.memory.put('n', 'plain without ending', 'text');
    await a.memory.put('n', 'settings', { a: 1 });
    await a.memory.put('n', 'bytes.md', Uint8Array.of(0xff, 0), {
      mime_type: 'image/png',
      tags: ['t'],
    });
    await a.memory.put('n', 'a/b: c?', 'slash', { mime_type: 'text/markdown' });
    await a.memory.put('n', 'x'.repeat(500), 'long', { mime_type: 'text/markdown' });
    await a.memory.put('', 'n', Uint8Array.of(1));
    await a.memory.put('', 'marked', '---\ngrapevine: {"key":"elsewhere"}\n---\nnot ours', {
      mime_type: 'text/markdown',
    });
    const files = await collect(a.memory.exportFolder());
    const folded = files.map(({ path }) => foldedName(path));
    expect(new Set(folded).size).toBe(files.length);
    for (const path of folded)
      expect(folded.some((other) => other.startsWith(`${path}/`))).toBe(false);
    expect(files.some(({ path }) => path.endsWith('a%2Fb%3A c%3F.md'))).toBe(true);
    expect(await b.memory.importFolder(files, files.length)).toMatchObject({
      added: files.length,
      problems: [],
    });
    const content = async ({ memory }: FakeMember) =>
      (await memory.list('', { limit: 100 })).items.map(
        ({ namespace, key, value, mime_type, tags, pinned, kind, metadata, expires_at }) => ({
          namespace,
          key,
          value,
          mime_type,
          tags,
          pinned,
          kind,
          metadata,
          expires_at,
        }),
      );
    expect(await content(b)).toEqual(await content(a));
    expect(await b.memory.importFolder(files, files.length)).toMatchObject({
      unchanged: files.length,
    });
  });

  it('reports a file that would replace another one of the same import', async () => {
    const { member, report } = await imported([file('README.md'), file('README'), file('x.md')]);
    expect(report).toMatchObject({ added: 2, problems: [{ where: 'README' }] });
    expect(await member.memory.get('', 'README')).toMatchObject({ value: 'README.md' });
  });

  it('a plain file brings a value and leaves the attributes of an entry alone', async () => {
    const { memory } = alone();
    await memory.put('', 'k', 'old', { mime_type: 'text/markdown', tags: ['t'] });
    expect(await memory.importFolder([file('k.md', 'new')], 1)).toMatchObject({ changed: 1 });
    expect(await memory.get('', 'k')).toMatchObject({ value: 'new', tags: ['t'] });
  });

  it('says of a value that was not there that it was not', async () => {
    const [a, b] = fakeRoom('a', 'b').members as [FakeMember, FakeMember];
    await a.memory.put('', 'k', 'x'.repeat(50_000));
    a.tell([b]);
    const files = await collect(b.memory.exportFolder());
    const report = await alone().memory.importFolder(files, 1);
    expect(report.problems).toMatchObject([{ where: 'k.md' }]);
    const lines = (await collect(b.memory.exportJsonl())).join('');
    expect((await alone().memory.importJsonl(lines)).problems).toMatchObject([{ where: 'line 2' }]);
  });
});
