/** Children of a heap node: four keep the heap shallow, and its keys in one cache line. */
const arity = 4;

/**
 * What is to happen, by time and then by the order it was asked for. Everything an event is made of
 * lies in flat arrays, so that millions of them cost no allocation: two numbers `a`, `b` and one
 * `ref`, whose meaning belongs to `kind`.
 */
export class EventQueue {
  /** Of the event taken last. Milliseconds. */
  now = 0;
  kind = 0;
  a = 0;
  b = 0;
  ref: unknown = undefined;
  #size = 0;
  #order = 0;
  /** The heap: keys and the slot each belongs to. */
  #times: Float64Array;
  #orders: Float64Array;
  #slots: Int32Array;
  /** By slot. */
  #kinds: Uint8Array;
  #as: Int32Array;
  #bs: Int32Array;
  readonly #refs: unknown[] = [];
  #free: Int32Array;

  constructor(capacity = 1024) {
    this.#times = new Float64Array(capacity);
    this.#orders = new Float64Array(capacity);
    this.#slots = new Int32Array(capacity);
    this.#kinds = new Uint8Array(capacity);
    this.#as = new Int32Array(capacity);
    this.#bs = new Int32Array(capacity);
    this.#free = Int32Array.from({ length: capacity }, (_, slot) => slot);
  }

  get size(): number {
    return this.#size;
  }

  /** When the next event is due; Infinity where there is none. */
  get nextAt(): number {
    return this.#size === 0 ? Infinity : (this.#times[0] ?? Infinity);
  }

  /** @param time never before `now`: what is asked for the past happens at once */
  push(time: number, kind: number, a: number, b: number, ref: unknown): void {
    if (this.#size === this.#times.length) this.#grow();
    const slot = this.#free[this.#size] ?? 0;
    this.#kinds[slot] = kind;
    this.#as[slot] = a;
    this.#bs[slot] = b;
    this.#refs[slot] = ref;
    this.#rise(this.#size++, Math.max(time, this.now), this.#order++, slot);
  }

  /** Takes the next event into the fields. @returns false where there is none */
  pop(): boolean {
    if (this.#size === 0) return false;
    const slot = this.#slots[0] ?? 0;
    this.now = this.#times[0] ?? this.now;
    this.kind = this.#kinds[slot] ?? 0;
    this.a = this.#as[slot] ?? 0;
    this.b = this.#bs[slot] ?? 0;
    this.ref = this.#refs[slot];
    this.#refs[slot] = undefined;
    const last = --this.#size;
    this.#free[last] = slot;
    if (last > 0) {
      this.#sink(this.#times[last] ?? 0, this.#orders[last] ?? 0, this.#slots[last] ?? 0);
    }
    return true;
  }

  #rise(start: number, time: number, order: number, slot: number): void {
    const times = this.#times;
    let at = start;
    while (at > 0) {
      const above = Math.floor((at - 1) / arity);
      // A newer event of the same time stays behind.
      if ((times[above] as number) <= time) break;
      this.#move(above, at);
      at = above;
    }
    this.#put(at, time, order, slot);
  }

  #sink(time: number, order: number, slot: number): void {
    const times = this.#times;
    const orders = this.#orders;
    const size = this.#size;
    let at = 0;
    for (;;) {
      const first = at * arity + 1;
      if (first >= size) break;
      const end = Math.min(first + arity, size);
      let least = first;
      let leastTime = times[first] as number;
      for (let child = first + 1; child < end; child++) {
        const childTime = times[child] as number;
        if (childTime > leastTime) continue;
        if (childTime === leastTime && (orders[child] as number) > (orders[least] as number)) {
          continue;
        }
        least = child;
        leastTime = childTime;
      }
      if (leastTime > time || (leastTime === time && (orders[least] as number) > order)) break;
      this.#move(least, at);
      at = least;
    }
    this.#put(at, time, order, slot);
  }

  #move(from: number, to: number): void {
    this.#put(
      to,
      this.#times[from] as number,
      this.#orders[from] as number,
      this.#slots[from] as number,
    );
  }

  #put(at: number, time: number, order: number, slot: number): void {
    this.#times[at] = time;
    this.#orders[at] = order;
    this.#slots[at] = slot;
  }

  #grow(): void {
    const before = this.#times.length;
    const capacity = before * 2;
    this.#times = grown(this.#times, new Float64Array(capacity));
    this.#orders = grown(this.#orders, new Float64Array(capacity));
    this.#slots = grown(this.#slots, new Int32Array(capacity));
    this.#kinds = grown(this.#kinds, new Uint8Array(capacity));
    this.#as = grown(this.#as, new Int32Array(capacity));
    this.#bs = grown(this.#bs, new Int32Array(capacity));
    this.#free = grown(this.#free, new Int32Array(capacity));
    for (let slot = before; slot < capacity; slot++) this.#free[slot] = slot;
  }
}

type Numbers = Float64Array | Int32Array | Uint8Array;

function grown<T extends Numbers>(from: T, to: T): T {
  to.set(from);
  return to;
}
