import type { AuthorId, SessionId, ValueHash } from '@grapevine/wire';

/** What `Memory` needs of whoever holds the log and the values. */
export interface MemoryHost {
  self: { author: AuthorId; session: SessionId };
  /**
   * Makes one delta of records; has called `memory.apply` with it synchronously; resolves once it
   * is saved on this device.
   * @param values unsalted
   * @throws GrapevineError `read-only`
   */
  append(
    body: Uint8Array,
    values: readonly Uint8Array[],
  ): Promise<{ session: SessionId; seq: number; hlc: number }>;
  /** Bytes of a detached value, unsalted; undefined where they are not here (yet). */
  readValue(hash: ValueHash): Promise<Uint8Array | undefined>;
  /** Unix milliseconds. */
  now(): number;
}
