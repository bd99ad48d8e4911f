import { GrapevineError } from '@grapevine/wire';

/** A number, or one drawn uniformly between two for every run. */
export type Range = number | readonly [number, number];

/** What is wrong with a scenario file, and where. */
export function scenarioError(where: string, expected: string): GrapevineError {
  return new GrapevineError(
    'scenario-invalid',
    `${where} must be ${expected}.`,
    'Correct the file; packages/sim/README.md lists what a scenario may say.',
  );
}

/** Reads the fields of one object of a scenario file; what is not asked for is refused. */
export class Fields {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #where: string;
  readonly #asked = new Set<string>();

  constructor(value: unknown, where: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw scenarioError(where, 'an object');
    }
    this.#object = { ...value };
    this.#where = where;
  }

  has(name: string): boolean {
    return this.#object[name] !== undefined;
  }

  text(name: string): string {
    const value = this.#take(name);
    if (typeof value !== 'string' || value === '') throw this.#error(name, 'a text');
    return value;
  }

  flag(name: string): boolean {
    const value = this.#take(name);
    if (value === undefined) return false;
    if (typeof value !== 'boolean') throw this.#error(name, 'true or false');
    return value;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    const value = this.#take(name);
    const found = allowed.find((each) => each === value);
    if (found === undefined) throw this.#error(name, `one of ${allowed.join(', ')}`);
    return found;
  }

  /** One number that is the same in every run. */
  positive(name: string, fallback: number): number {
    const value = this.#take(name) ?? fallback;
    if (isNumber(value) && value > 0) return value;
    throw this.#error(name, 'one number above 0');
  }

  whole(name: string, fallback: number): number {
    const value = this.#take(name) ?? fallback;
    if (isNumber(value) && Number.isInteger(value)) return value;
    throw this.#error(name, 'one whole number');
  }

  range(name: string, fallback?: Range): Range {
    const value = this.#take(name) ?? fallback;
    if (isNumber(value)) return value;
    if (isPair(value)) return value;
    throw this.#error(name, 'a number or [low, high]');
  }

  /** A range from 0 to 1. */
  share(name: string, fallback?: Range): Range {
    return this.#within(name, fallback, (low, high) => low >= 0 && high <= 1, 'from 0 to 1');
  }

  /** A range above 0. */
  rate(name: string, fallback: Range): Range {
    return this.#within(name, fallback, (low) => low > 0, 'above 0');
  }

  /** Two numbers, of which something is drawn again and again. */
  span(name: string, fallback?: readonly [number, number]): readonly [number, number] {
    const value = this.#take(name) ?? fallback;
    if (isNumber(value)) return [value, value];
    if (isPair(value)) return value;
    throw this.#error(name, 'a number or [low, high]');
  }

  /** The fields of an object within. */
  object(name: string): Fields {
    return new Fields(this.#take(name), `${this.#where}.${name}`);
  }

  /** Each of a list, read; of none where it is left out. One thing alone counts as a list of one. */
  list<T>(name: string, read: (fields: Fields) => T): T[] {
    const value = this.has(name) ? this.#take(name) : [];
    const items: unknown[] = Array.isArray(value) ? value : [value];
    return items.map((item, index) => read(new Fields(item, `${this.#where}.${name}[${index}]`)));
  }

  raw(name: string): unknown {
    return this.#take(name);
  }

  /** Throws `scenario-invalid` where something was said that nobody asked for. */
  end(): void {
    for (const name of Object.keys(this.#object)) {
      if (!this.#asked.has(name))
        throw scenarioError(`${this.#where}.${name}`, 'left out: unknown');
    }
  }

  #within(
    name: string,
    fallback: Range | undefined,
    fits: (low: number, high: number) => boolean,
    bounds: string,
  ): Range {
    const range = this.range(name, fallback);
    const [low, high] = typeof range === 'number' ? [range, range] : range;
    if (!fits(low, high)) throw this.#error(name, `a number or [low, high], ${bounds}`);
    return range;
  }

  #take(name: string): unknown {
    this.#asked.add(name);
    return this.#object[name];
  }

  #error(name: string, expected: string): GrapevineError {
    return scenarioError(`${this.#where}.${name}`, expected);
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isPair(value: unknown): value is readonly [number, number] {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    isNumber(value[0]) &&
    isNumber(value[1]) &&
    value[0] <= value[1]
  );
}
