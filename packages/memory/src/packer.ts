import { limits } from '@grapevine/wire';
import { memoryLimits } from './memory-limits.ts';
import { encodeRecord, type VersionRecord } from './records.ts';

const hashBytes = 32;
const saltBytes = 16;
/** A size below 2^27 as a varint. */
const sizeBytes = 4;
/** hlc step, kind, empty document, count of values, length of the body: an upper bound. */
const frameBytes = 8 + 1 + 1 + 2 + 3;

/** One delta's worth of records. */
interface Packed {
  body: readonly Uint8Array[];
  values: readonly Uint8Array[];
}

/** Fills deltas up to PROTOCOL.md L4. */
export class Packer {
  #records: Uint8Array[] = [];
  #values: Uint8Array[] = [];
  #payloadBytes = frameBytes;
  #deltaBytes = frameBytes;
  #inlineBytes = 0;

  get count(): number {
    return this.#records.length;
  }

  /** @returns the record's place, or undefined where it does not fit any more: `take` first */
  add(record: Omit<VersionRecord, 'value'>, value: Uint8Array | undefined): number | undefined {
    const index = value === undefined ? 0 : this.#values.length + 1;
    const encoded = encodeRecord({ ...record, value: index });
    const isInline = value !== undefined && value.length <= limits.inlineValueBytes;
    const inline = isInline ? value.length : 0;
    const commitment = value === undefined ? 0 : hashBytes + sizeBytes;
    const carried = isInline ? saltBytes + inline + sizeBytes : commitment;
    const payloadBytes = this.#payloadBytes + commitment + encoded.length;
    const deltaBytes = this.#deltaBytes + carried + encoded.length;
    const inlineBytes = this.#inlineBytes + inline;
    const fits =
      payloadBytes <= limits.payloadBytes &&
      deltaBytes <= limits.deltaBytes &&
      inlineBytes <= memoryLimits.batchInlineBytes &&
      index <= limits.deltaValues;
    if (!fits && this.count > 0) return undefined;
    this.#payloadBytes = payloadBytes;
    this.#deltaBytes = deltaBytes;
    this.#inlineBytes = inlineBytes;
    if (value !== undefined) this.#values.push(value);
    return this.#records.push(encoded) - 1;
  }

  /** Empties it. */
  take(): Packed {
    const packed = { body: this.#records, values: this.#values };
    this.#records = [];
    this.#values = [];
    this.#payloadBytes = frameBytes;
    this.#deltaBytes = frameBytes;
    this.#inlineBytes = 0;
    return packed;
  }
}
