import type { FolderFile } from '@grapevine/room';
import { GrapevineError, limits } from '@grapevine/wire';
import { Zip, ZipDeflate, unzipSync } from 'fflate';
import { crc32, zipChecksums } from './zip-checksums.ts';

/** Files read from one archive. 13 × the largest collection of notes tried; a guess. */
const mostFiles = 100_000;
/** Bytes an archive may hold unpacked, so that a small hostile file cannot fill the memory. A guess. */
const mostBytes = 1_073_741_824;
/** Files and bytes unpacked before the page gets to breathe. A guess. */
const batchFiles = 256;
const batchBytes = 16_777_216;
/** A ZIP without the 64-bit extension counts its files in 16 bits. */
const mostWritten = 65_535;
/** Milliseconds of work before the page gets to breathe: half of what a person notices. */
const sliceMs = 50;

const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

interface ZipContent {
  /** Files that will come. */
  total: number;
  /** Paths of files that are left out because they are larger than a value may be. */
  tooLarge: string[];
  /** Paths of files left out because they do not unpack to what was packed; complete once `files` is read. */
  damaged: string[];
  files: AsyncIterable<FolderFile>;
}

/**
 * What is in a ZIP archive, unpacked a batch at a time. What macOS adds on the side is left out.
 * Throws `GrapevineError` with the codes `zip-damaged` and `zip-too-large`.
 */
export function readZip(archive: Uint8Array): ZipContent {
  const sizes = new Map<string, number>();
  const tooLarge: string[] = [];
  let bytes = 0;
  unpack(archive, ({ name, originalSize }) => {
    if (name.endsWith('/') || name.startsWith('__MACOSX/')) return false;
    if (originalSize > limits.valueBytes) tooLarge.push(name);
    else sizes.set(name, originalSize);
    bytes += originalSize;
    return false;
  });
  if (sizes.size > mostFiles || bytes > mostBytes) {
    throw new GrapevineError(
      'zip-too-large',
      `The archive holds more than ${mostFiles.toLocaleString('en')} files or 1 GB.`,
      'Unpack it and import its folders one at a time.',
    );
  }
  const damaged: string[] = [];
  const files = unpackAll(archive, sizes, (path) => damaged.push(path));
  return { total: sizes.size, tooLarge, damaged, files };
}

async function* unpackAll(
  archive: Uint8Array,
  sizes: ReadonlyMap<string, number>,
  onDamaged: (path: string) => void,
): AsyncGenerator<FolderFile> {
  const checksums = zipChecksums(archive);
  const waiting = [...sizes];
  while (waiting.length > 0) {
    const batch = new Set<string>();
    for (let bytes = 0; batch.size < batchFiles && bytes < batchBytes;) {
      const next = waiting.shift();
      if (next === undefined) break;
      batch.add(next[0]);
      bytes += next[1];
    }
    const files = unpackBatch(archive, batch);
    for (const path of batch) {
      const bytes = files.get(path);
      const sum = checksums.get(path);
      const isWhole = bytes !== undefined && (sum === undefined || sum === crc32(bytes));
      if (isWhole) yield { path, bytes };
      else onDamaged(path);
    }
    await breathe();
  }
}

/** In halves where one of them is too broken to unpack: the others are still wanted. */
function unpackBatch(archive: Uint8Array, batch: ReadonlySet<string>): Map<string, Uint8Array> {
  try {
    return new Map(Object.entries(unpack(archive, ({ name }) => batch.has(name))));
  } catch (error) {
    if (batch.size <= 1) return new Map();
    if (!(error instanceof GrapevineError)) throw error;
    const paths = [...batch];
    const half = Math.ceil(paths.length / 2);
    const halves = [paths.slice(0, half), paths.slice(half)];
    return new Map(halves.flatMap((some) => [...unpackBatch(archive, new Set(some))]));
  }
}

function unpack(
  archive: Uint8Array,
  filter: (file: { name: string; originalSize: number }) => boolean,
): Record<string, Uint8Array> {
  try {
    return unzipSync(archive, { filter });
  } catch (error) {
    throw new GrapevineError(
      'zip-damaged',
      'This is not a ZIP archive, or it is damaged.',
      'Download or pack it again.',
      { cause: error },
    );
  }
}

/** Packs files as they come. Throws `GrapevineError('zip-too-many')` and what the source throws. */
export async function writeZip(
  files: AsyncIterable<FolderFile>,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let failure: Error | undefined;
  const zip = new Zip((error, chunk) => {
    if (error !== null) failure = error;
    else parts.push(new Uint8Array(chunk));
  });
  let count = 0;
  let since = performance.now();
  for await (const { path, bytes } of files) {
    count += 1;
    if (count > mostWritten) throw tooMany();
    const entry = new ZipDeflate(path, { level: 6 });
    zip.add(entry);
    entry.push(bytes, true);
    if (failure !== undefined) throw failure;
    if (performance.now() - since > sliceMs) {
      await breathe();
      since = performance.now();
    }
  }
  zip.end();
  return parts;
}

function tooMany(): GrapevineError {
  return new GrapevineError(
    'zip-too-many',
    `A ZIP archive holds at most ${mostWritten.toLocaleString('en')} files.`,
    'Export one namespace at a time, or export as JSONL.',
  );
}
