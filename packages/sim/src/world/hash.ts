const c1 = 0x239b961b;
const c2 = 0xab0e9789;
const c3 = 0x38b34ae5;
const c4 = 0xa1e38b93;

/** Bytes of a hash: as many as SHA-256 has, though only 128 bits of them are independent. */
const hashBytes = 32;

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function finish(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Four lanes of 32 bits, MurmurHash3's way. Not for adversaries: the simulator has none. */
class Lanes {
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  #next = 0;
  #count = 0;

  constructor(seed: number) {
    this.#a = seed;
    this.#b = seed ^ c2;
    this.#c = seed ^ c3;
    this.#d = seed ^ c4;
  }

  word(word: number): void {
    this.#count++;
    switch (this.#next++ & 3) {
      case 0:
        this.#a = Math.imul(rotate(this.#a ^ Math.imul(word, c1), 19) + this.#b, 5) + 0x561ccd1b;
        return;
      case 1:
        this.#b = Math.imul(rotate(this.#b ^ Math.imul(word, c2), 17) + this.#c, 5) + 0x0bcaa747;
        return;
      case 2:
        this.#c = Math.imul(rotate(this.#c ^ Math.imul(word, c3), 15) + this.#d, 5) + 0x96cd1c35;
        return;
      default:
        this.#d = Math.imul(rotate(this.#d ^ Math.imul(word, c4), 13) + this.#a, 5) + 0x32ac3b17;
    }
  }

  bytes(bytes: Uint8Array): void {
    const whole = bytes.length & ~3;
    let at = 0;
    for (; at < whole; at += 4) {
      this.word(
        (bytes[at] as number) |
          ((bytes[at + 1] as number) << 8) |
          ((bytes[at + 2] as number) << 16) |
          ((bytes[at + 3] as number) << 24),
      );
    }
    let rest = bytes.length << 8;
    for (; at < bytes.length; at++) rest = Math.imul(rest, 257) + (bytes[at] as number);
    this.word(rest);
  }

  /** Writes 16 bytes at `at`. */
  write(to: Uint8Array, at: number): void {
    const a = finish(this.#a ^ this.#count);
    const b = finish(this.#b + a);
    const c = finish(this.#c + b);
    const d = finish(this.#d + c);
    const words = [finish(a + d), finish(b + a), finish(c + b), finish(d + c)];
    for (const [index, word] of words.entries()) {
      to[at + index * 4] = word;
      to[at + index * 4 + 1] = word >>> 8;
      to[at + index * 4 + 2] = word >>> 16;
      to[at + index * 4 + 3] = word >>> 24;
    }
  }
}

/** Fast, the same everywhere and no more: it stands in for SHA-256. 32 bytes. */
export function fastHash(bytes: Uint8Array, seed = 0): Uint8Array {
  const lanes = new Lanes(seed);
  lanes.bytes(bytes);
  const hash = new Uint8Array(hashBytes);
  lanes.write(hash, 0);
  hash.copyWithin(16, 0, 16);
  return hash;
}

/** 16 bytes over whole numbers. */
export function hashOfNumbers(...numbers: readonly number[]): Uint8Array {
  const lanes = new Lanes(numbers.length);
  for (const number of numbers) lanes.word(number | 0);
  const hash = new Uint8Array(16);
  lanes.write(hash, 0);
  return hash;
}

/** A running hash over everything that was delivered: two runs are the same where it is. */
export class Trace {
  readonly #float = new Float64Array(1);
  readonly #words = new Uint32Array(this.#float.buffer);
  #low = 0x243f6a88;
  #high = 0x85a308d3;

  add(time: number, from: number, to: number, length: number): void {
    this.#float[0] = time;
    this.#mix(this.#words[0] as number);
    this.#mix(this.#words[1] as number);
    this.#mix(from);
    this.#mix(to);
    this.#mix(length);
  }

  /** 16 hex digits. */
  get hash(): string {
    const low = finish(this.#low ^ this.#high) >>> 0;
    const high = finish(this.#high + this.#low) >>> 0;
    return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
  }

  #mix(word: number): void {
    this.#low = Math.imul(rotate(this.#low ^ Math.imul(word, c1), 13), 5) + 0x561ccd1b;
    this.#high = Math.imul(rotate(this.#high ^ Math.imul(word, c2), 17), 5) + (this.#low >>> 3);
  }
}
