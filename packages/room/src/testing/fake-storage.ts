import type { Storage, StorageProblem } from '@grapevine/ports';
import { createMemoryStorage, type MemoryDevice } from '@grapevine/ports/conformance';
import { GrapevineError } from '@grapevine/wire';

const full: StorageProblem = {
  code: 'storage-full',
  message: 'The disk is full.',
  action: 'Free some space.',
};

/** A storage on `device` that counts what is asked of it and can run full or lose its disk. */
export class FakeStorage implements Storage {
  readonly #storage: Storage;
  readonly #held: (() => Promise<void>)[] = [];
  readonly #saving = new Set<Promise<void>>();
  #onProblem: (problem: StorageProblem | undefined) => void = () => undefined;
  #isFull = false;
  #holds = true;
  /** Reads of values reject. */
  failReads = false;
  /** Values asked for. */
  valueReads = 0;
  /** Batches given to `write`, values and settings among them. */
  writes = 0;
  /** Batches given to `write` with `replace` set. */
  replacements = 0;
  isOpen = false;
  /** Does it before anything else on `write`: a storage that is slow. */
  beforeWrite: () => Promise<void> = () => Promise.resolve();

  constructor(device: MemoryDevice) {
    this.#storage = createMemoryStorage(device);
  }

  async open(topic: string, onProblem: (problem: StorageProblem | undefined) => void) {
    this.#onProblem = onProblem;
    const stored = await this.#storage.open(topic, onProblem);
    this.isOpen = true;
    return stored;
  }

  write(batch: Parameters<Storage['write']>[0]): Promise<void> {
    if (batch.replace && (batch.deltas?.length ?? 0) > 0) this.replacements++;
    return this.#save(async () => {
      await this.beforeWrite();
      await this.#storage.write(batch);
    });
  }

  writeValue(hash: string, saltedValue: Uint8Array): Promise<void> {
    return this.#save(() => this.#storage.writeValue(hash, saltedValue));
  }

  writeSetting(name: string, value: unknown): Promise<void> {
    return this.#save(() => this.#storage.writeSetting(name, value));
  }

  async readValue(hash: string): Promise<Uint8Array | undefined> {
    this.valueReads++;
    if (this.failReads) throw new GrapevineError('storage-lost', 'The disk is gone.', 'Wait.');
    return this.#storage.readValue(hash);
  }

  readSetting(name: string): Promise<unknown> {
    return this.#storage.readSetting(name);
  }

  /** What is being written is waited for, as the port asks. */
  async close(): Promise<void> {
    this.isOpen = false;
    await Promise.allSettled(this.#saving);
    await this.#storage.close();
  }

  /** Nothing more fits: writes are refused, and kept to be tried again unless there are too many. */
  fill(holds = true): void {
    this.#isFull = true;
    this.#holds = holds;
  }

  /** There is space again: what waits is saved. */
  async makeRoom(): Promise<void> {
    this.#isFull = false;
    for (const write of this.#held.splice(0)) await write();
    this.#onProblem(undefined);
  }

  async #save(write: () => Promise<void>): Promise<void> {
    this.writes++;
    if (!this.#isFull) {
      const saving = write();
      this.#saving.add(saving);
      return saving.finally(() => this.#saving.delete(saving));
    }
    this.#onProblem(full);
    if (!this.#holds) throw new GrapevineError('storage-overflow', 'Too much waits.', 'Wait.');
    this.#held.push(write);
    throw new GrapevineError(full.code, full.message, full.action);
  }
}
