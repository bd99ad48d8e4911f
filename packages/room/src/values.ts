import type { Storage } from '@grapevine/ports';
import { sha256 } from '@grapevine/replica';
import { toHex, type SessionId, type ValueHash } from '@grapevine/wire';

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

/** A value that deltas name. */
interface Named {
  /** Bytes, the salt included. */
  size: number;
  /** The first delta of each session that names it. */
  by: Map<SessionId, number>;
}

/**
 * Detached values: those held (in storage, the recent ones in memory), those on their way. Everything here is salted: 16 bytes of salt, then the value.
 */
export class Values {
  readonly #storage: Storage;
  readonly #held = new Set<ValueHash>();
  readonly #cache = new Map<ValueHash, Uint8Array>();
  readonly #named = new Map<ValueHash, Named>();
  readonly #wanted = new Set<ValueHash>();
  readonly #reading = new Map<ValueHash, Promise<Uint8Array | undefined>>();
  readonly #onWanted: (hash: ValueHash, saltedSize: number) => void;
  readonly #arriving = new Map<ValueHash, Arriving>();
  /** Not yet saved: never evicted from the cache. */
  readonly #unsaved = new Set<ValueHash>();
  #cacheBytes = 0;

  /** @param onWanted told each value that is named and not here, once until it has come */
  constructor(storage: Storage, onWanted: (hash: ValueHash, saltedSize: number) => void) {
    this.#storage = storage;
    this.#onWanted = onWanted;
  }

  /** What storage held when the room was opened. */
  restore(hashes: Iterable<ValueHash>): void {
    for (const hash of hashes) this.#held.add(hash);
  }

  /** An accepted delta names a value that it does not carry. */
  name(hash: ValueHash, size: number, { session, seq }: { session: SessionId; seq: number }): void {
    const named = this.#named.get(hash) ?? { size, by: new Map<SessionId, number>() };
    this.#named.set(hash, named);
    named.by.set(session, Math.min(seq, named.by.get(session) ?? seq));
    if (!this.#held.has(hash)) this.#want(hash, size);
  }

  /**
   * Deltas of `session` from `fromSeq` on are gone.
   * @returns what was wanted for their sake alone, and is no longer
   */
  retract(session: SessionId, fromSeq: number): ValueHash[] {
    const unwanted: ValueHash[] = [];
    for (const [hash, { by }] of this.#named) {
      if ((by.get(session) ?? 0) < fromSeq) continue;
      by.delete(session);
      if (by.size > 0) continue;
      this.#named.delete(hash);
      this.#arriving.delete(hash);
      if (this.#wanted.delete(hash)) unwanted.push(hash);
    }
    return unwanted;
  }

  /** Keeps it at hand at once; resolves when saved. */
  async add(hash: ValueHash, salted: Uint8Array): Promise<void> {
    this.#wanted.delete(hash);
    this.#held.add(hash);
    this.#unsaved.add(hash);
    this.#remember(hash, salted);
    await this.#save(hash, salted);
  }

  /** Gives storage what it has not said to be saved. */
  async saveAgain(): Promise<void> {
    const unsaved = [...this.#unsaved].flatMap((hash) => {
      const salted = this.#cache.get(hash);
      return salted ? [this.#save(hash, salted)] : [];
    });
    await Promise.all(unsaved);
  }

  /** Rejects where storage does. */
  async read(hash: ValueHash): Promise<Uint8Array | undefined> {
    const cached = this.#cache.get(hash);
    if (cached) return cached;
    if (!this.#held.has(hash)) return undefined;
    // Asked for chunk by chunk, it is read and hashed once.
    const reading = this.#reading.get(hash) ?? this.#load(hash);
    this.#reading.set(hash, reading);
    try {
      return await reading;
    } finally {
      this.#reading.delete(hash);
    }
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
    const expected = this.#named.get(hash)?.size;
    if (!this.#wanted.has(hash)) return undefined;
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

  async #save(hash: ValueHash, salted: Uint8Array): Promise<void> {
    await this.#storage.writeValue(hash, salted);
    this.#unsaved.delete(hash);
  }

  #want(hash: ValueHash, size: number): void {
    if (this.#wanted.has(hash)) return;
    this.#wanted.add(hash);
    this.#onWanted(hash, size);
  }

  async #load(hash: ValueHash): Promise<Uint8Array | undefined> {
    const salted = await this.#storage.readValue(hash);
    if (salted && toHex(sha256(salted)) === hash) {
      this.#remember(hash, salted);
      return salted;
    }
    // It may have come anew meanwhile.
    const cached = this.#cache.get(hash);
    if (cached) return cached;
    // Damaged or evicted by the browser: from now on it is missing, and fetched again.
    this.#held.delete(hash);
    const named = this.#named.get(hash);
    if (named) this.#want(hash, named.size);
    return undefined;
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
