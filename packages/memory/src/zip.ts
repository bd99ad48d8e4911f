import { GrapevineError } from '@grapevine/wire';
import { unzipSync, zipSync, type Zippable } from 'fflate';
import { memoryLimits } from './memory-limits.ts';
import type { FolderFile } from './types.ts';

/**
 * Dates say nothing about entries: the first one the format has, so that equal files make equal
 * archives.
 */
const noDate = new Date(1980, 0, 1);

/**
 * A zip archive of a folder, for browsers that cannot write folders. Takes about 0.1 s a megabyte.
 */
export async function zipFolder(
  files: Iterable<FolderFile> | AsyncIterable<FolderFile>,
): Promise<Uint8Array> {
  const entries: Zippable = Object.create(null);
  for await (const { path, bytes } of files) entries[path] = bytes;
  return zipSync(entries, { level: 6, mtime: noDate });
}

/**
 * The files of a zip archive. Paths are not judged here: `importFolder` does.
 * @throws GrapevineError `zip-invalid`, `zip-too-large`
 */
export function unzipFolder(archive: Uint8Array): FolderFile[] {
  let files = 0;
  let bytes = 0;
  try {
    const unzipped = unzipSync(archive, {
      // fflate writes into buffers of the size announced here and never beyond, so an archive
      // cannot hold more than it says.
      filter: ({ name, originalSize }) => {
        files += 1;
        bytes += originalSize;
        if (files > memoryLimits.zipFiles || bytes > memoryLimits.zipBytes) throw tooLarge();
        return !name.endsWith('/') && name !== '__proto__';
      },
    });
    return Object.entries(unzipped).map(([path, content]) => ({ path, bytes: content }));
  } catch (error) {
    if (error instanceof GrapevineError) throw error;
    throw new GrapevineError(
      'zip-invalid',
      'The file is not a zip archive, or is damaged.',
      'Choose another file, or unpack it and import the folder.',
      { cause: error },
    );
  }
}

function tooLarge(): GrapevineError {
  return new GrapevineError(
    'zip-too-large',
    `The archive holds over ${memoryLimits.zipFiles} files or ${memoryLimits.zipBytes} bytes.`,
    'Unpack it and import its folders one by one.',
  );
}
