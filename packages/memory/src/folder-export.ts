import { equalBytes, toHex, utf8 } from '@grapevine/wire';
import { fileNameOf, foldedName } from './file-names.ts';
import { markedFile, readFolderFile, type FileEntry } from './folder-file.ts';
import type { FolderFile } from './types.ts';

/**
 * Chooses paths for entries: a plain file where its path and bytes say all there is to say, else a
 * marked one. No two files get paths that differ in case only.
 */
export class FolderExport {
  /** Folded names in use, by folder. */
  readonly #taken = new Map<string, Set<string>>();
  /** Folder of a namespace; undefined where a file has its name. */
  readonly #folders = new Map<string, string | undefined>([['', '']]);

  /** @param entry attributes undefined or empty where all are the default */
  file(entry: FileEntry): FolderFile {
    const hasMore = Object.keys(entry.attributes ?? {}).length > 0 || !entry.available;
    const folder = this.#folder(entry.namespace);
    if (!hasMore && folder !== undefined) {
      const plain = this.#plainName(entry, folder);
      if (plain !== undefined && this.#take(folder, plain)) {
        return { path: join(folder, plain), bytes: entry.bytes };
      }
    }
    const home = folder ?? '';
    return { path: join(home, this.#markedName(entry, home)), bytes: markedFile(entry) };
  }

  #plainName(entry: FileEntry, folder: string): string | undefined {
    const name = entry.mimeType === 'text/markdown' ? `${entry.key}.md` : entry.key;
    const fileName = fileNameOf(name);
    if (fileName === undefined) return undefined;
    const back = readFolderFile({ path: join(folder, fileName), bytes: entry.bytes });
    const isSame =
      back.attributes === undefined &&
      back.namespace === entry.namespace &&
      back.key === entry.key &&
      back.mimeType === entry.mimeType &&
      equalBytes(back.bytes, entry.bytes);
    return isSame ? fileName : undefined;
  }

  /** Any free name will do, because the file itself names its entry. */
  #markedName({ key }: FileEntry, folder: string): string {
    const stem = fileNameOf(`${key}.md`)?.slice(0, -3) ?? `entry-${shortName(key)}`;
    for (let number = 1; ; number++) {
      const name = number === 1 ? `${stem}.md` : `${stem}~${number}.md`;
      if (this.#take(folder, name)) return name;
    }
  }

  /** @returns undefined where the namespace cannot have a folder of its name */
  #folder(namespace: string): string | undefined {
    if (this.#folders.has(namespace)) return this.#folders.get(namespace);
    const at = namespace.lastIndexOf('/');
    const above = this.#folder(at < 0 ? '' : namespace.slice(0, at));
    const name = fileNameOf(namespace.slice(at + 1));
    const isFree = above !== undefined && name !== undefined && this.#take(above, name);
    const folder = isFree ? join(above, name) : undefined;
    this.#folders.set(namespace, folder);
    return folder;
  }

  #take(folder: string, name: string): boolean {
    const taken = this.#taken.get(folder) ?? new Set();
    this.#taken.set(folder, taken);
    const folded = foldedName(name);
    if (taken.has(folded)) return false;
    taken.add(folded);
    return true;
  }
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** The start of a key too long for a file name, as hex. */
function shortName(key: string): string {
  return toHex(utf8(key).subarray(0, 16));
}
