/** A source of chance, uniform in [0, 1). */
export type Random = () => number;

/**
 * Independent streams of one seed, one a purpose: what one fault draws does not shift what another
 * does, so that a run stays comparable when something is added to it.
 */
export class Streams {
  readonly #seed: number;

  /** @param seed an integer from 0 to 2^53 - 1 */
  constructor(seed: number) {
    this.#seed = seed;
  }

  of(purpose: string, index = 0): Random {
    let a = mix(this.#seed >>> 0);
    let b = mix(Math.floor(this.#seed / 2 ** 32) ^ 0x9e3779b9);
    for (let i = 0; i < purpose.length; i++) a = mix(a ^ purpose.charCodeAt(i));
    b = mix(b ^ index);
    return sfc32(a, b, mix(a ^ b), 1);
  }
}

/** Finalizer of MurmurHash3. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}

/** Doty-Humphrey's sfc32 from PractRand: 128 bits of state, passes its tests. */
function sfc32(first: number, second: number, third: number, count: number): Random {
  let a = first;
  let b = second;
  let c = third;
  let counter = count;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}

/** Uniform in [low, high). */
export function between(random: Random, [low, high]: readonly [number, number]): number {
  return low + random() * (high - low);
}

/** A uniform index below `count`. */
export function below(random: Random, count: number): number {
  return Math.floor(random() * count);
}

/** Time to the next of events that come `perMs` a millisecond; Infinity where none come. */
export function wait(random: Random, perMs: number): number {
  return perMs > 0 ? -Math.log(1 - random()) / perMs : Infinity;
}
