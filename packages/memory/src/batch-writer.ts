import { concat } from '@grapevine/wire';
import type { MemoryHost } from './host.ts';
import { memoryLimits } from './memory-limits.ts';
import { entryPath } from './names.ts';
import { Packer } from './packer.ts';
import type { VersionRecord } from './records.ts';
import { versionId } from './version.ts';

/** One version that is about to be written. */
export interface Change extends Omit<VersionRecord, 'type' | 'value'> {
  bytes: Uint8Array | undefined;
}

/**
 * Writes many changes in few deltas, several of them on their way to disk at once. A failed append
 * makes `ready` and `finish` throw its error; what was appended before stays.
 */
export class BatchWriter {
  readonly #host: MemoryHost;
  readonly #packer = new Packer();
  readonly #inFlight = new Set<Promise<void>>();
  #open: { path: string; index: number; onWritten: (version: string) => void }[] = [];
  #paths = new Set<string>();
  #failure: { error: unknown } | undefined;

  constructor(host: MemoryHost) {
    this.#host = host;
  }

  /**
   * Call it before a change to an entry is planned: two versions of one entry never share a delta,
   * because the second names the first as its parent, whose id the delta decides.
   */
  async ready(namespace: string, key: string): Promise<void> {
    if (this.#paths.has(entryPath(namespace, key))) this.flush();
    while (this.#inFlight.size >= memoryLimits.appendsInFlight) await Promise.race(this.#inFlight);
    this.#rethrow();
  }

  /**
   * Takes the change in; a full delta goes out first.
   * @returns whether one did
   */
  add(change: Change, onWritten: (version: string) => void): boolean {
    const { bytes, ...rest } = change;
    const record = { type: 'version', ...rest } as const;
    let index = this.#packer.add(record, bytes);
    const isFull = index === undefined;
    if (isFull) {
      this.flush();
      index = this.#packer.add(record, bytes);
    }
    const path = entryPath(change.namespace, change.key);
    this.#paths.add(path);
    this.#open.push({ path, index: index ?? 0, onWritten });
    return isFull;
  }

  /** Sends what is taken in. */
  flush(): void {
    if (this.#packer.count === 0) return;
    const { body, values } = this.#packer.take();
    const written = this.#open;
    this.#open = [];
    this.#paths = new Set();
    const append = this.#append(concat(...body), values, written).finally(() =>
      this.#inFlight.delete(append),
    );
    this.#inFlight.add(append);
  }

  /** Sends what is left and waits until all of it is saved. */
  async finish(): Promise<void> {
    this.flush();
    await this.settle();
  }

  /** Waits for what was sent; what was only taken in is dropped. */
  async settle(): Promise<void> {
    await Promise.all(this.#inFlight);
    this.#rethrow();
  }

  async #append(
    body: Uint8Array,
    values: readonly Uint8Array[],
    written: readonly { index: number; onWritten: (version: string) => void }[],
  ): Promise<void> {
    try {
      const { session, seq } = await this.#host.append(body, values);
      for (const { index, onWritten } of written) onWritten(versionId({ session, seq, index }));
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #rethrow(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
