import { utf8 } from './bytes.ts';

/** Appends PROTOCOL.md's primitives to a growing buffer. Misuse (a negative or oversized number) is a bug and throws. */
export class Writer {
  #buffer: Uint8Array;
  #length = 0;

  /** @param capacity bytes to start with; the buffer doubles when full */
  constructor(capacity = 256) {
    this.#buffer = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
    return this;
  }

  /** @param value an integer from 0 to 2^53 - 1 */
  varint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a varint: ${value}`);
    this.#reserve(8);
    let rest = value;
    while (rest > 127) {
      this.#buffer[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#length++] = rest;
    return this;
  }

  bytes(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  varbytes(bytes: Uint8Array): this {
    return this.varint(bytes.length).bytes(bytes);
  }

  varstring(text: string): this {
    return this.varbytes(utf8(text));
  }

  /** A copy of what was written; the writer may go on. */
  done(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}
