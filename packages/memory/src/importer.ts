import { GrapevineError } from '@grapevine/wire';
import { BatchWriter, type Change } from './batch-writer.ts';
import type { MemoryHost } from './host.ts';
import { memoryLimits } from './memory-limits.ts';
import { turn } from './turn.ts';
import type { ImportProblem, ImportReport, LongTaskOptions, Written } from './types.ts';
import type { Wanted, Writes } from './writes.ts';

/** One thing to import, or why it cannot be. */
export type ImportItem =
  | { where: string; problem: string }
  | {
      /** Path of the file, or `line N`. */
      where: string;
      namespace: string;
      key: string;
      /** Called once what was imported before it is in the view. */
      make: () => ImportWrite | Promise<ImportWrite>;
    };

export interface ImportWrite {
  wanted: Wanted;
  /** Written beside it, so that a conflict stays one; `wanted` comes last and is shown. */
  others: readonly Change[];
  /** The entry is in that state already, candidates and all. */
  isThere: boolean;
}

/**
 * Brings items in: many to a delta, several deltas on their way at once, with room for the page in
 * between.
 */
export class Importer {
  readonly #writes: Writes;
  readonly #batch: BatchWriter;
  readonly #options: LongTaskOptions;
  readonly #total: number;
  readonly #report: ImportReport;
  #done = 0;
  #sinceTurn = 0;
  #moreProblems = 0;

  constructor(writes: Writes, host: MemoryHost, total: number, options: LongTaskOptions) {
    this.#writes = writes;
    this.#batch = new BatchWriter(host);
    this.#options = options;
    this.#total = total;
    this.#report = { added: 0, changed: 0, unchanged: 0, problems: [], cancelled: false };
  }

  /** @throws what an append throws; what was saved before it stays */
  async run(items: Iterable<ImportItem> | AsyncIterable<ImportItem>): Promise<ImportReport> {
    for await (const item of items) {
      if (this.#isCancelled()) break;
      const isChunk = await this.#import(item);
      this.#done += 1;
      this.#sinceTurn += 1;
      if (isChunk) this.#progress();
      if (isChunk || this.#sinceTurn >= memoryLimits.itemsPerTurn) await this.#breathe();
    }
    if (this.#isCancelled()) {
      this.#report.cancelled = true;
      await this.#batch.settle();
    } else {
      await this.#batch.finish();
      this.#progress();
    }
    if (this.#moreProblems > 0) {
      const message = `${this.#moreProblems} more problems are not listed.`;
      this.#report.problems.push({ where: '', message });
    }
    return this.#report;
  }

  /** @returns whether a delta went out */
  async #import(item: ImportItem): Promise<boolean> {
    if ('problem' in item) {
      this.#problem({ where: item.where, message: item.problem });
      return false;
    }
    await this.#batch.ready(item.namespace, item.key);
    try {
      return await this.#write(await item.make());
    } catch (error) {
      // What is wrong with one item is reported; the batch keeps what is wrong with the room and
      // throws it above.
      if (!(error instanceof GrapevineError)) throw error;
      this.#problem({ where: item.where, message: error.message });
      return false;
    }
  }

  async #write({ wanted, others, isThere }: ImportWrite): Promise<boolean> {
    let isChunk = false;
    let isWritten = false;
    const write = (change: Change, isNew: boolean): Promise<Written> => {
      isWritten = true;
      for (const other of others) isChunk = this.#batch.add(other, () => undefined) || isChunk;
      isChunk = this.#batch.add(change, () => this.#count(isNew)) || isChunk;
      return Promise.resolve({ id: '', version: '' });
    };
    if (others.length > 0 && !isThere) {
      await write(this.#writes.change(wanted, 'created'), this.#isNew(wanted));
    } else if (!isThere) await this.#writes.ensure(() => wanted, write);
    if (!isWritten) this.#report.unchanged += 1;
    return isChunk;
  }

  #isNew({ namespace, key }: Wanted): boolean {
    return this.#writes.visible(namespace, key) === undefined;
  }

  #count(isNew: boolean): void {
    if (isNew) this.#report.added += 1;
    else this.#report.changed += 1;
  }

  #problem(problem: ImportProblem): void {
    if (this.#report.problems.length < memoryLimits.importProblems) {
      this.#report.problems.push(problem);
    } else this.#moreProblems += 1;
  }

  #isCancelled(): boolean {
    return this.#options.signal?.aborted === true;
  }

  #progress(): void {
    this.#options.onProgress?.({ done: this.#done, total: this.#total });
  }

  async #breathe(): Promise<void> {
    this.#sinceTurn = 0;
    await turn();
  }
}

/** The lines of a text with their numbers, from 1 on; blank ones left out. */
export function* numberedLines(text: string): Generator<{ number: number; line: string }> {
  let number = 0;
  for (let from = 0; from < text.length;) {
    const end = text.indexOf('\n', from);
    const to = end < 0 ? text.length : end;
    number += 1;
    const line = text.slice(from, to).trim();
    if (line !== '') yield { number, line };
    from = to + 1;
  }
}
