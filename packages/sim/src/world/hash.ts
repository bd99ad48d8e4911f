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

/**
 * Four lanes of 32 bits, MurmurHash3's way. Not for adversaries: the simulator has none. 16 bytes.
 * @param words zeros behind the first `length`, up to a multiple of four
 */
function hashWords(words: Int32Array, length: number, seed: number): void {
  let a = seed;
  let b = seed ^ c2;
  let c = seed ^ c3;
  let d = seed ^ c4;
  for (let at = 0; at < length; at += 4) {
    a = (Math.imul(rotate(a ^ Math.imul(words[at] as number, c1), 19) + b, 5) + 0x561ccd1b) | 0;
    b = (Math.imul(rotate(b ^ Math.imul(words[at + 1] as number, c2), 17) + c, 5) + 0x0bcaa747) | 0;
    c = (Math.imul(rotate(c ^ Math.imul(words[at + 2] as number, c3), 15) + d, 5) + 0x96cd1c35) | 0;
    d = (Math.imul(rotate(d ^ Math.imul(words[at + 3] as number, c4), 13) + a, 5) + 0x32ac3b17) | 0;
  }
  a = finish(a ^ length);
  b = finish(b + a);
  c = finish(c + b);
  d = finish(d + c);
  result[0] = finish(a + d);
  result[1] = finish(b + a);
  result[2] = finish(c + b);
  result[3] = finish(d + c);
}

const result = new Int32Array(4);
const resultBytes = new Uint8Array(result.buffer);
/** What is being hashed, as bytes and as words: it is copied here, to be read four bytes at a time. */
let input = new Uint8Array(1024);
let inputWords = new Int32Array(input.buffer);

/** Fast, the same everywhere and no more: it stands in for SHA-256. 32 bytes. */
export function fastHash(bytes: Uint8Array, seed = 0): Uint8Array {
  const { length } = bytes;
  if (length + 16 > input.length) {
    input = new Uint8Array(2 * (length + 16) - ((2 * length) % 16));
    inputWords = new Int32Array(input.buffer);
  }
  input.set(bytes);
  input.fill(0, length, (length + 16) & ~15);
  hashWords(inputWords, (length + 3) >> 2, seed ^ Math.imul(length, c1));
  const hash = new Uint8Array(hashBytes);
  hash.set(resultBytes);
  hash.set(resultBytes, 16);
  return hash;
}

/** 16 bytes over whole numbers. */
export function hashOfNumbers(...numbers: readonly number[]): Uint8Array {
  inputWords.fill(0, 0, (numbers.length + 3) & ~3);
  inputWords.set(numbers);
  hashWords(inputWords, numbers.length, numbers.length);
  return resultBytes.slice();
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
