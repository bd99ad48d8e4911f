import type { FolderFile } from '@grapevine/room';
import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { readZip, writeZip } from './zip.ts';

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

async function* each(files: readonly FolderFile[]): AsyncGenerator<FolderFile> {
  yield* files;
}

async function written(files: readonly FolderFile[]): Promise<Uint8Array> {
  return new Uint8Array(await new Blob(await writeZip(each(files))).arrayBuffer());
}

async function all(files: AsyncIterable<FolderFile>): Promise<FolderFile[]> {
  const list: FolderFile[] = [];
  for await (const file of files) list.push(file);
  return list;
}

test('what was packed comes out again, byte for byte and in more than one batch', async () => {
  const files = Array.from({ length: 600 }, (_, i) => ({
    path: `notes/${i % 7}/ünï-${i}.md`,
    bytes: bytes(`# ${i}\r\n${'text '.repeat(i % 50)}`),
  }));
  const zip = readZip(await written(files));
  expect(zip.total).toBe(600);
  expect(await all(zip.files)).toEqual(files);
});

test('folders and what macOS adds are no files', async () => {
  const archive = zipSync({
    'a/': new Uint8Array(),
    'a/b.md': bytes('b'),
    '__MACOSX/a': bytes(''),
  });
  const zip = readZip(archive);
  expect(zip.total).toBe(1);
  expect((await all(zip.files)).map(({ path }) => path)).toEqual(['a/b.md']);
});

test('what is no archive is refused with a code and an action', () => {
  const refused = expect.objectContaining({ code: 'zip-damaged', action: expect.any(String) });
  expect(() => readZip(bytes('this is no archive'))).toThrow(refused);
});

test('an archive that says it holds gigabytes is refused before anything is unpacked', async () => {
  const archive = await written([{ path: 'a.md', bytes: bytes('small') }]);
  const view = new DataView(archive.buffer);
  const central = archive.findLastIndex(
    (_, i) => view.byteLength - i >= 4 && view.getUint32(i, true) === 0x02014b50,
  );
  // The uncompressed size in the central directory.
  view.setUint32(central + 24, 2_000_000_000, true);
  expect(() => readZip(archive)).toThrow(expect.objectContaining({ code: 'zip-too-large' }));
});
