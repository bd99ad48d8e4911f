import { fromUtf8 } from './bytes.ts';
import { sessionIdBytes, sessionIdFrom } from './ids.ts';
import type { SessionId } from './ids.ts';

/** Why bytes from outside were refused. Carries no content, so it may be shown and counted. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/**
 * Reads PROTOCOL.md's primitives. Every method either returns a value wholly inside the buffer or throws
 * `DecodeError`; `decode` turns that into a value, so nothing downstream needs a try.
 */
export class Reader {
  readonly #buffer: Uint8Array;
  #at = 0;
  #end: number;

  constructor(buffer: Uint8Array) {
    this.#buffer = buffer;
    this.#end = buffer.length;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  /** Bytes read so far, for slicing out what was just decoded. */
  get offset(): number {
    return this.#at;
  }

  u8(): number {
    if (this.#at >= this.#end) throw new DecodeError('truncated');
    return this.#buffer[this.#at++] as number;
  }

  /** Four bytes, the lowest first. */
  u32(): number {
    const low = this.u8() | (this.u8() << 8);
    return (low | (this.u8() << 16) | (this.u8() << 24)) >>> 0;
  }

  /** @param limit the largest value allowed, at most 2^53 - 1 */
  varint(limit = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.u8();
      value += (byte & 127) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw new DecodeError('varint too large');
      if (byte < 128) {
        // The shortest form only: a last byte of zero would give one number two spellings.
        if (byte === 0 && scale > 1) throw new DecodeError('varint not in shortest form');
        if (value > limit) throw new DecodeError('over a limit');
        return value;
      }
      scale *= 128;
      if (scale > 2 ** 49) throw new DecodeError('varint too large');
    }
  }

  /** A view into the buffer, not a copy. */
  bytes(length: number): Uint8Array {
    const at = this.#skip(length);
    return this.#buffer.subarray(at, at + length);
  }

  /** A copy: what is small and stays does not keep the whole buffer. */
  copy(length: number): Uint8Array {
    const at = this.#skip(length);
    return this.#buffer.slice(at, at + length);
  }

  session(): SessionId {
    return sessionIdFrom(this.#buffer, this.#skip(sessionIdBytes));
  }

  varbytes(limit: number): Uint8Array {
    return this.bytes(this.varint(limit));
  }

  /** What `varbytes` would return, read by `read` to its last byte. */
  within<T>(limit: number, read: (reader: this) => T): T {
    const end = this.#end;
    const length = this.varint(limit);
    if (length > this.remaining) throw new DecodeError('truncated');
    this.#end = this.#at + length;
    const value = read(this);
    this.end();
    this.#end = end;
    return value;
  }

  /** @param limit bytes, not characters */
  varstring(limit: number): string {
    const text = fromUtf8(this.varbytes(limit));
    if (text === undefined) throw new DecodeError('not UTF-8');
    return text;
  }

  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  end(): void {
    if (this.remaining > 0) throw new DecodeError('trailing bytes');
  }

  /** @returns where the bytes stepped over begin */
  #skip(length: number): number {
    if (length > this.remaining) throw new DecodeError('truncated');
    const at = this.#at;
    this.#at += length;
    return at;
  }
}

/** Runs a decoder over all of `bytes`: its value, or the error; never an exception for bad input. */
export function decode<T>(bytes: Uint8Array, read: (reader: Reader) => T): T | DecodeError {
  const reader = new Reader(bytes);
  try {
    const value = read(reader);
    reader.end();
    return value;
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
}
