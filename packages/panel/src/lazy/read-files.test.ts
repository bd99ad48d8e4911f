import { expect, test, vi } from 'vitest';
import type { PickedFile } from './picked-files.ts';
import { readFiles } from './read-files.ts';

const picked = (path: string, content: string): PickedFile => {
  const file = new File([content], path);
  return { path, file, size: file.size };
};

/** A file that was deleted after it had been picked. */
class Gone extends File {
  constructor(name: string) {
    super(['x'], name);
  }
  override arrayBuffer(): Promise<ArrayBuffer> {
    return Promise.reject(new DOMException('gone', 'NotFoundError'));
  }
}

async function texts(files: readonly PickedFile[]): Promise<[string[], string[]]> {
  const read: string[] = [];
  const unreadable: string[] = [];
  const decoder = new TextDecoder();
  for await (const { path, bytes } of readFiles(files, (bad) => unreadable.push(bad))) {
    read.push(`${path}: ${decoder.decode(bytes)}`);
  }
  return [read, unreadable];
}

test('many files of all lengths come whole and in the order they were picked', async () => {
  const files = Array.from({ length: 300 }, (_, i) => picked(`n${i}`, 'é'.repeat(i % 7)));
  const [read] = await texts(files);
  expect(read).toEqual(files.map(({ path }, i) => `${path}: ${'é'.repeat(i % 7)}`));
});

test('no files are no files', async () => {
  expect(await texts([])).toEqual([[], []]);
});

test('a file that cannot be read any more is told and left out, its neighbours come', async () => {
  const files = [
    picked('a', '1'),
    { path: 'gone', file: new Gone('gone'), size: 1 },
    picked('b', '2'),
  ];
  // A browser refuses to read the whole batch then; Node would not.
  vi.spyOn(Blob.prototype, 'arrayBuffer').mockRejectedValueOnce(new DOMException('gone'));
  expect(await texts(files)).toEqual([['a: 1', 'b: 2'], ['gone']]);
});
