/** What one page of a benchmark does and notes; the same for every system, so that all do the same work. */

declare global {
  var bench: Driver;
}

/** A write at a moment of `wallClock`. */
export interface Write {
  key: string;
  at: number;
}

/** A member shown as gone, in the words of the system that shows it. */
export interface Departure {
  id: string;
  how: string;
  at: number;
}

/** Since the page was loaded. */
export interface Counters {
  /** Update payloads received, those already held included. */
  copies: number;
  /** Those that were new. */
  fresh: number;
  /** Messages sent over data channels, by the browser's own interface. */
  sent: number;
  repairBytes: number;
  at: number;
}

/** Unix milliseconds, to the browser's resolution: all pages of one machine share it. */
export function wallClock(): number {
  return performance.timeOrigin + performance.now();
}

let sent = 0;
const send = Object.getOwnPropertyDescriptor(RTCDataChannel.prototype, 'send');
Object.defineProperty(RTCDataChannel.prototype, 'send', {
  ...send,
  value(this: RTCDataChannel, data: ArrayBuffer) {
    sent += 1;
    Reflect.apply(send?.value as (data: ArrayBuffer) => void, this, [data]);
  },
});

const openTimeoutMs = 60_000;

export abstract class Driver {
  /** When each entry was first seen through the public interface. */
  readonly seen = new Map<string, number>();
  readonly started = new Map<string, number>();
  readonly departures: Departure[] = [];
  readonly errors: string[] = [];
  readonly #waiting = new Set<() => void>();

  /** Names under which the others show this page. */
  abstract ids(): string[];
  /** Nothing is on its way: `members` are here and equal as far as the system can say. */
  abstract isSettled(members: number): boolean;
  /** For a row that says why a page never settled. */
  abstract describe(): string;
  protected abstract open(room: string): Promise<void>;
  protected abstract write(key: string, value: string): void | Promise<unknown>;
  protected abstract count(): Omit<Counters, 'sent' | 'at'>;

  counters(): Counters {
    return { ...this.count(), sent, at: wallClock() };
  }

  /** Opens the room at that moment, and writes one entry as soon as the system takes it. Rejects where no room opens. */
  async join(room: string, at: number, key?: string): Promise<void> {
    await sleepUntil(at);
    await Promise.race([this.open(room), late('no room opened', openTimeoutMs)]);
    if (key !== undefined) this.put(key);
  }

  put(key: string): void {
    this.started.set(key, wallClock());
    Promise.resolve(this.write(key, 'twenty characters...')).catch((error: unknown) => {
      this.errors.push(String(error));
    });
  }

  async putAll(writes: readonly Write[]): Promise<void> {
    for (const { key, at } of writes) {
      await sleepUntil(at);
      this.put(key);
    }
  }

  /** @returns whether all of them were seen in time */
  holds(keys: readonly string[], timeoutMs: number): Promise<boolean> {
    return this.#until(() => keys.every((key) => this.seen.has(key)), timeoutMs);
  }

  /** @returns when one of the ids was first shown as `how`; undefined where it was not in time */
  async gone(ids: readonly string[], how: string, timeoutMs: number): Promise<number | undefined> {
    const find = () =>
      this.departures.find((departure) => departure.how === how && ids.includes(departure.id));
    await this.#until(() => find() !== undefined, timeoutMs);
    return find()?.at;
  }

  async settles(members: number, timeoutMs: number): Promise<boolean> {
    const end = wallClock() + timeoutMs;
    while (!this.isSettled(members)) {
      if (wallClock() > end) return false;
      await sleepUntil(wallClock() + 100);
    }
    return true;
  }

  protected saw(key: string): void {
    if (this.seen.has(key)) return;
    this.seen.set(key, wallClock());
    this.#look();
  }

  protected left(id: string, how: string): void {
    this.departures.push({ id, how, at: wallClock() });
    this.#look();
  }

  #look(): void {
    for (const look of this.#waiting) look();
  }

  #until(fact: () => boolean, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (fact()) end(true);
      };
      const timer = setTimeout(() => end(false), timeoutMs);
      const end = (outcome: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(outcome);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** Rejects after that time. */
function late(message: string, timeoutMs: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(message)), timeoutMs);
  });
}

function sleepUntil(at: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, at - wallClock()));
  });
}
