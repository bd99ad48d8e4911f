import type { FolderFile } from '@grapevine/room';
import type { PickedFile } from './picked-files.ts';

/**
 * Files and bytes read in one go. Chromium spends 1 to 2 ms on every read and 0.4 ms a file where 64 are read as one (measured
 * with 7,425 notes on two busy cores).
 */
const batchFiles = 64;
const batchBytes = 16_777_216;

/**
 * Reads files in their order, a batch ahead of the one that is used. A file that cannot be read is told to `onUnreadable` and left out.
 */
export async function* readFiles(
  picked: readonly PickedFile[],
  onUnreadable: (path: string) => void,
): AsyncGenerator<FolderFile> {
  let ahead: Promise<FolderFile[]> = Promise.resolve([]);
  for (const batch of batches(picked)) {
    const ready = await ahead;
    ahead = readBatch(batch, onUnreadable);
    yield* ready;
  }
  yield* await ahead;
}

function* batches(picked: readonly PickedFile[]): Generator<PickedFile[]> {
  let batch: PickedFile[] = [];
  let bytes = 0;
  for (const one of picked) {
    if (batch.length >= batchFiles || (batch.length > 0 && bytes + one.size > batchBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(one);
    bytes += one.size;
  }
  if (batch.length > 0) yield batch;
}

/** Never rejects. */
async function readBatch(
  batch: readonly PickedFile[],
  onUnreadable: (path: string) => void,
): Promise<FolderFile[]> {
  try {
    const all = await new Blob(batch.map(({ file }) => file)).arrayBuffer();
    let at = 0;
    return batch.map(({ path, size }) => {
      at += size;
      return { path, bytes: new Uint8Array(all.slice(at - size, at)) };
    });
  } catch {
    return readEach(batch, onUnreadable);
  }
}

/** One of a batch is gone or has changed since it was picked: the others are still wanted. */
async function readEach(
  batch: readonly PickedFile[],
  onUnreadable: (path: string) => void,
): Promise<FolderFile[]> {
  const files: FolderFile[] = [];
  for (const { path, file } of batch) {
    try {
      files.push({ path, bytes: new Uint8Array(await file.arrayBuffer()) });
    } catch {
      onUnreadable(path);
    }
  }
  return files;
}
