import { Exporter } from './exporter.ts';
import type { MemoryHost } from './host.ts';
import { folderItems, jsonlItems } from './import-items.ts';
import { Importer, numberedLines } from './importer.ts';
import type { Presenter } from './presenter.ts';
import type { FolderFile, ImportOptions, ImportReport, LongTaskOptions } from './types.ts';
import type { View } from './view.ts';
import type { Writes } from './writes.ts';

/** Import and export: loaded when first asked for, since most page loads do neither. Namespaces are checked already. */
export class Transfer {
  readonly #writes: Writes;
  readonly #host: MemoryHost;
  readonly #exporter: Exporter;

  constructor(view: View, presenter: Presenter, writes: Writes, host: MemoryHost) {
    this.#writes = writes;
    this.#host = host;
    this.#exporter = new Exporter(view, presenter, () => host.now());
  }

  importFolder(
    files: Iterable<FolderFile> | AsyncIterable<FolderFile>,
    total: number,
    below: string,
    options: ImportOptions,
  ): Promise<ImportReport> {
    const importer = new Importer(this.#writes, this.#host, total, options);
    return importer.run(folderItems(files, below, this.#writes));
  }

  importJsonl(text: string, below: string, options: ImportOptions): Promise<ImportReport> {
    let total = 0;
    for (const { number } of numberedLines(text)) if (number > 1) total += 1;
    const importer = new Importer(this.#writes, this.#host, total, options);
    return importer.run(jsonlItems(text, below, this.#writes, this.#exporter));
  }

  exportFolder(namespace: string, options: LongTaskOptions): AsyncIterable<FolderFile> {
    return this.#exporter.folder(namespace, options);
  }

  exportJsonl(namespace: string, options: LongTaskOptions): AsyncIterable<string> {
    return this.#exporter.jsonl(namespace, options);
  }
}
