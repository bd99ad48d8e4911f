import type { FolderFile } from '@grapevine/room';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { crc32, zipChecksums } from './zip-checksums.ts';
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

/** Where the packed bytes of the `index`-th stored file are, by its local header (PKWARE APPNOTE 4.3.7). */
function contentOf(archive: Uint8Array, index: number): number {
  const view = new DataView(archive.buffer);
  const places = Array.from({ length: archive.length - 3 }, (_, i) => i);
  const found = places.filter((i) => view.getUint32(i, true) === 0x04034b50)[index] ?? 0;
  return found + 30 + view.getUint16(found + 26, true) + view.getUint16(found + 28, true);
}

test('a file that is not what was packed is named and left out, the others come', async () => {
  const packed = { 'a.md': bytes('first'), 'b.md': bytes('second'), 'c.md': bytes('third') };
  const stored = zipSync(packed, { level: 0 });
  stored[contentOf(stored, 1)] = 0x53;
  const zip = readZip(stored);
  expect((await all(zip.files)).map(({ path }) => path)).toEqual(['a.md', 'c.md']);
  expect(zip.damaged).toEqual(['b.md']);

  // Here the unpacking itself fails: 3 is no kind of block (RFC 1951, 3.2.3).
  const deflated = zipSync(packed, { level: 9 });
  deflated[contentOf(deflated, 0)] = 0b111;
  const broken = readZip(deflated);
  expect((await all(broken.files)).map(({ path }) => path)).toEqual(['b.md', 'c.md']);
  expect(broken.damaged).toEqual(['a.md']);
});

test('the checksum is the one of ZIP', () => {
  // The check value of CRC-32/ISO-HDLC.
  expect(crc32(bytes('123456789'))).toBe(0xcbf43926);
  expect(zipChecksums(bytes('no archive'))).toEqual(new Map());
});

test('no bytes stop the reading of checksums', () => {
  const archive = zipSync({ 'a.md': bytes('a'), 'b.md': bytes('b') });
  fc.assert(
    fc.property(fc.nat(archive.length - 1), fc.nat(255), (at, byte) => {
      const broken = archive.slice();
      broken[at] = byte;
      expect(zipChecksums(broken).size).toBeLessThanOrEqual(2);
    }),
  );
});
