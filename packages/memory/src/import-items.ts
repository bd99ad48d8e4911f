import { GrapevineError, limits } from '@grapevine/wire';
import { encodeAttributes } from './attributes.ts';
import { pathProblem } from './file-names.ts';
import { readFolderFile } from './folder-file.ts';
import { lasting, sameLine, withOrigin, type Exporter } from './exporter.ts';
import { numberedLines, type ImportItem, type ImportWrite } from './importer.ts';
import { readHeader, readLine, type Line, type LineValue } from './jsonl.ts';
import { entryPath, keyProblem, namespaceProblem, quoted } from './names.ts';
import type { FolderFile } from './types.ts';
import { changeTo, tombstone, type Wanted, type Writes } from './writes.ts';

/** @param below the namespace the files go to */
export async function* folderItems(
  files: Iterable<FolderFile> | AsyncIterable<FolderFile>,
  below: string,
  writes: Writes,
): AsyncGenerator<ImportItem> {
  const fileOf = new Map<string, string>();
  for await (const file of files) {
    const item = folderItem(file, below, writes);
    const clash = 'key' in item ? clashOf(fileOf, item) : undefined;
    yield clash === undefined ? item : { where: item.where, problem: clash };
  }
}

/** `a` and `a.md` both stand for the key `a`: the second of them would replace the first. */
function clashOf(
  fileOf: Map<string, string>,
  { where, namespace, key }: { where: string; namespace: string; key: string },
): string | undefined {
  const path = entryPath(namespace, key);
  const other = fileOf.get(path) ?? where;
  fileOf.set(path, other);
  return other === where ? undefined : `It would become the same entry as ${quoted(other)}.`;
}

function folderItem(file: FolderFile, below: string, writes: Writes): ImportItem {
  const where = file.path;
  const problem = pathProblem(where);
  if (problem !== undefined) return { where, problem };
  const { key, bytes, mimeType, attributes, available, ...entry } = readFolderFile(file);
  const namespace = join(below, entry.namespace);
  const nameProblem = problemOf(namespace, key, bytes.length);
  if (nameProblem !== undefined) return { where, problem: nameProblem };
  if (!available) return { where, problem: 'The value was not there when it was exported.' };
  const make = (): ImportWrite => {
    const kept = attributes ?? writes.visible(namespace, key)?.state.attributes ?? {};
    const wanted = { namespace, key, bytes, mimeType, attributes: lasting(kept), exact: true };
    return { wanted, others: [], isThere: false };
  };
  return { where, namespace, key, make };
}

/** @throws GrapevineError `export-newer` */
export function* jsonlItems(
  text: string,
  below: string,
  writes: Writes,
  exporter: Exporter,
): Generator<ImportItem> {
  let isFirst = true;
  for (const { number, line } of numberedLines(text)) {
    const header = isFirst ? readHeader(line) : 'none';
    if (header === 'newer') throw newer();
    const where = `line ${number}`;
    if (isFirst && header === 'none') yield { where, problem: 'The file has no header line.' };
    if (header === 'none') yield lineItem(where, readLine(line), below, writes, exporter);
    isFirst = false;
  }
}

function lineItem(
  where: string,
  line: Line | string,
  below: string,
  writes: Writes,
  exporter: Exporter,
): ImportItem {
  if (typeof line === 'string') return { where, problem: line };
  const { key, bytes, deleted } = line;
  const namespace = join(below, line.namespace);
  const problem = problemOf(namespace, key, bytes?.length ?? 0);
  if (problem !== undefined) return { where, problem };
  if (deleted || bytes === undefined) {
    return { where, problem: 'The value was not there when it was exported.' };
  }
  const make = async (): Promise<ImportWrite> => {
    const wanted = wantedBy(line, namespace, key, bytes);
    if (line.candidates.length === 0) return { wanted, others: [], isThere: false };
    const current = writes.current(namespace, key);
    const there = current && (await exporter.line(current.node));
    const isThere = there !== undefined && sameLine(there, { ...line, namespace, key });
    const state = current?.state;
    const others = line.candidates.flatMap((candidate) => {
      if (candidate.deleted) {
        const { origin } = candidate;
        const said = encodeAttributes(origin ? { origin } : {});
        return [tombstone(namespace, key, state, said)];
      }
      if (candidate.bytes === undefined) return [];
      return [changeTo(wantedBy(candidate, namespace, key, candidate.bytes), 'created', state)];
    });
    return { wanted, others, isThere };
  };
  return { where, namespace, key, make };
}

function wantedBy(line: LineValue, namespace: string, key: string, bytes: Uint8Array): Wanted {
  const { mimeType } = line;
  return { namespace, key, bytes, mimeType, attributes: withOrigin(line), exact: true };
}

function join(below: string, namespace: string): string {
  if (below === '' || namespace === '') return below + namespace;
  return `${below}/${namespace}`;
}

function problemOf(namespace: string, key: string, bytes: number): string | undefined {
  const ofNamespace = namespaceProblem(namespace);
  if (ofNamespace !== undefined) return `The namespace ${ofNamespace}.`;
  const ofKey = keyProblem(key);
  if (ofKey !== undefined) return `The key ${ofKey}.`;
  if (bytes <= limits.valueBytes) return undefined;
  return `The value has ${bytes} bytes; the limit is ${limits.valueBytes}.`;
}

function newer(): GrapevineError {
  return new GrapevineError(
    'export-newer',
    'The file was exported by a newer version of Grapevine.',
    'Reload this page to get the newest version, then import again.',
  );
}
