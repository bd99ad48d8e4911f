/** A file a person chose or dropped, with its path relative to what they chose. */
export interface PickedFile {
  path: string;
  file: File;
  /** Bytes: asked for once, because Chromium asks the disk every time (0.1 ms). */
  size: number;
}

/** A chosen folder's own name is left out: it is the folder that is imported, not one more level. */
export function fromInput(files: Iterable<File>): PickedFile[] {
  return Array.from(files, (file) => {
    const inside = file.webkitRelativePath.split('/').slice(1).join('/');
    return { path: inside === '' ? file.name : inside, file, size: file.size };
  });
}

/**
 * Files and folders that were dropped, folders with everything below them. One dropped folder is imported like a chosen one; of
 * several, each keeps its name. Must be called inside the drop event: the browser forgets the items after it.
 */
export async function fromDrop(transfer: DataTransfer): Promise<PickedFile[]> {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry()).filter(
    (entry) => entry !== null,
  );
  const [only] = entries;
  const picked: PickedFile[] = [];
  if (entries.length === 1 && only instanceof FileSystemDirectoryEntry) {
    await walk(await childrenOf(only), '', picked);
  } else {
    await walk(entries, '', picked);
  }
  return picked;
}

async function walk(
  entries: readonly FileSystemEntry[],
  prefix: string,
  picked: PickedFile[],
): Promise<void> {
  for (const entry of entries) {
    const path = `${prefix}${entry.name}`;
    if (entry instanceof FileSystemDirectoryEntry) {
      await walk(await childrenOf(entry), `${path}/`, picked);
    } else if (entry instanceof FileSystemFileEntry) {
      const file = await new Promise<File>((resolve, reject) => {
        entry.file(resolve, reject);
      });
      picked.push({ path, file, size: file.size });
    }
  }
}

/** A directory is read in portions; an empty one is the end. */
async function childrenOf(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (portion.length === 0) return children;
    children.push(...portion);
  }
}
