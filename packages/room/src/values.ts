import type { Storage } from '@grapevine/ports';
import { sha256 } from '@grapevine/replica';
import { toHex, type ValueHash } from '@grapevine/wire';

/** PROTOCOL.md section 1: salt in front of a value. */
export const saltBytes = 16;

/** Bytes of whole values kept at hand for members that fetch them chunk by chunk. Source: guess, the largest value twice. */
const cacheBytesMax = 128 * 1024 * 1024;

interface Arriving {
  size: number;
  /** Grows as chunks come: nothing is reserved on a stranger's word. */
  chunks: Uint8Array[];
  received: number;
}

/**
 * Detached values: those held (in storage, the recent ones in memory), those on their way. Everything here is salted: 16 bytes of salt, then the value.
 */
export class Values {
  readonly #storage: Storage;
  readonly #held = new Set<ValueHash>();
  readonly #cache = new Map<ValueHash, Uint8Array>();
  readonly #wanted = new Map<ValueHash, number>();
  readonly #arriving = new Map<ValueHash, Arriving>();
  /** Not yet saved: never evicted from the cache. */
  readonly #unsaved = new Set<ValueHash>();
  #cacheBytes = 0;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** What storage held when the room was opened. */
  restore(hashes: Iterable<ValueHash>): void {
    for (const hash of hashes) this.#held.add(hash);
  }

  has(hash: ValueHash): boolean {
    return this.#held.has(hash);
  }

  get wantedCount(): number {
    return this.#wanted.size;
  }

  /** @returns false where it is held or wanted already */
  want(hash: ValueHash, saltedSize: number): boolean {
    if (this.#held.has(hash) || this.#wanted.has(hash)) return false;
    this.#wanted.set(hash, saltedSize);
    return true;
  }

  /** Keeps it at hand at once; resolves when saved. */
  async add(hash: ValueHash, salted: Uint8Array): Promise<void> {
    this.#wanted.delete(hash);
    this.#held.add(hash);
    this.#unsaved.add(hash);
    this.#remember(hash, salted);
    await this.#storage.writeValue(hash, salted);
    this.#unsaved.delete(hash);
  }

  async read(hash: ValueHash): Promise<Uint8Array | undefined> {
    const cached = this.#cache.get(hash);
    if (cached) return cached;
    if (!this.#held.has(hash)) return undefined;
    const salted = await this.#storage.readValue(hash);
    if (salted && toHex(sha256(salted)) === hash) {
      this.#remember(hash, salted);
      return salted;
    }
    // Damaged or evicted by the browser: from now on it counts as missing, so that it is fetched again.
    this.#held.delete(hash);
    return undefined;
  }

  /** The value without its salt. */
  async readValue(hash: ValueHash): Promise<Uint8Array | undefined> {
    return (await this.read(hash))?.subarray(saltBytes);
  }

  /**
   * Takes the next chunk of a wanted value.
   * @returns the whole once its hash holds; 'bad' where it does not (the chunks are forgotten); undefined while it goes on
   */
  receive(
    hash: ValueHash,
    size: number,
    offset: number,
    bytes: Uint8Array,
  ): Uint8Array | 'bad' | undefined {
    const expected = this.#wanted.get(hash);
    if (expected === undefined) return undefined;
    if (offset === 0) this.#arriving.set(hash, { size, chunks: [], received: 0 });
    const arriving = this.#arriving.get(hash);
    if (!arriving || size !== expected || arriving.received !== offset) return this.#fail(hash);
    arriving.chunks.push(bytes.slice());
    arriving.received += bytes.length;
    if (arriving.received < size) return undefined;
    if (arriving.received > size) return this.#fail(hash);
    const whole = new Uint8Array(size);
    let at = 0;
    for (const chunk of arriving.chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    this.#arriving.delete(hash);
    return toHex(sha256(whole)) === hash ? whole : 'bad';
  }

  #fail(hash: ValueHash): 'bad' {
    this.#arriving.delete(hash);
    return 'bad';
  }

  #remember(hash: ValueHash, salted: Uint8Array): void {
    if (this.#cache.has(hash)) return;
    this.#cache.set(hash, salted);
    this.#cacheBytes += salted.length;
    for (const [oldest, bytes] of this.#cache) {
      if (this.#cacheBytes <= cacheBytesMax) return;
      if (oldest === hash || this.#unsaved.has(oldest)) continue;
      this.#cache.delete(oldest);
      this.#cacheBytes -= bytes.length;
    }
  }
}
