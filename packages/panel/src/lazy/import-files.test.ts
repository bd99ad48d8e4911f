import type { FolderFile, ImportReport, Room } from '@grapevine/room';
import { expect, test } from 'vitest';
import { importPicked } from './import-files.ts';
import type { PickedFile } from './picked-files.ts';
import { writeZip } from './zip.ts';

const done: ImportReport = { added: 0, changed: 0, unchanged: 0, problems: [], cancelled: false };

/** Of a room, only importing: counts files and lines and keeps the paths. */
function importer(): { room: Room; paths: string[] } {
  const paths: string[] = [];
  const room: Pick<Room, 'importFolder' | 'importJsonl'> = {
    importFolder: async (files, total, options) => {
      for await (const { path } of files) {
        if (options?.signal?.aborted === true) return { ...done, cancelled: true };
        paths.push(path);
        options?.onProgress?.({ done: paths.length, total });
      }
      return { ...done, added: paths.length };
    },
    importJsonl: async (text) => ({
      ...done,
      added: text.split('\n').length,
      problems: [{ where: 'line 2', message: 'no JSON' }],
    }),
  };
  return { room: room as Room, paths };
}

const picked = (path: string, content: BlobPart): PickedFile => {
  const file = new File([content], path.split('/').at(-1) ?? '');
  return { path, file, size: file.size };
};

const task = (signal = new AbortController().signal): Parameters<typeof importPicked>[2] => ({
  namespace: 'in',
  signal,
  onProgress: () => undefined,
});

test('a folder, an archive and a JSONL file are imported as what they are, with one report', async () => {
  const { room, paths } = importer();
  const zipped: FolderFile = { path: 'deep/z.md', bytes: new TextEncoder().encode('z') };
  const archive = await writeZip(
    (async function* () {
      yield zipped;
    })(),
  );
  const files = [
    picked('a.md', 'a'),
    picked('x.jsonl', '1\n2'),
    picked('x.zip', new Blob(archive)),
    picked('sub/inner.jsonl', 'inside a folder it is one of its files'),
  ];
  const report = await importPicked(room, files, task());
  expect(paths).toEqual(['a.md', 'sub/inner.jsonl', 'deep/z.md']);
  expect(report.problems).toEqual([{ where: 'x.jsonl: line 2', message: 'no JSON' }]);
  expect(report.cancelled).toBe(false);
});

test('a damaged archive is a problem of its own and the rest is imported', async () => {
  const { room, paths } = importer();
  const report = await importPicked(room, [picked('bad.zip', 'no'), picked('a.md', 'a')], task());
  expect(paths).toEqual(['a.md']);
  expect(report.problems.map(({ where }) => where)).toEqual(['bad.zip']);
});

test('after a cancel nothing more is imported and the report says so', async () => {
  const { room, paths } = importer();
  const abort = new AbortController();
  const files = Array.from({ length: 100 }, (_, i) => picked(`n${i}.md`, ''));
  const cancelling = { ...task(abort.signal), onProgress: () => abort.abort() };
  const report = await importPicked(room, [...files, picked('x.jsonl', '1')], cancelling);
  expect(report.cancelled).toBe(true);
  expect(paths).toHaveLength(1);
});
