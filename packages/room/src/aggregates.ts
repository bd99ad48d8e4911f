import type { Aggregate, InEvent, OutEvent } from '@grapevine/gossip';
import type { Clock } from '@grapevine/ports';
import { GrapevineError, limits, utf8 } from '@grapevine/wire';
import { contain } from './contain.ts';
import type { Problems } from './problems.ts';
import type { RoomAggregate } from './types.ts';

/** How often our own values are read. Source: PROTOCOL.md A1, no card says them more often. */
const readMs = 1_000;

interface AggregatesOptions {
  clock: Clock;
  problems: Problems;
  handle(event: InEvent): void;
}

/** Names listened to without a number of ours. The core watches 64; the others are for ours (`limits.metrics`). */
const maxListening = 48;

/** A number of ours. */
interface Own {
  aggregate: LiveAggregate;
  read: () => number;
  /** Undefined while it is no number. */
  value: number | undefined;
}

/** What the members' own numbers add up to: reads ours, hands out what the core makes of all. */
export class Aggregates {
  readonly #options: AggregatesOptions;
  readonly #own = new Map<string, Own>();
  /** All that are open, by name: ours, and those that only listen. */
  readonly #live = new Map<string, Set<LiveAggregate>>();
  #listening = 0;
  #running = false;
  #cancelReading: (() => void) | undefined;

  constructor(options: AggregatesOptions) {
    this.#options = options;
  }

  /**
   * @param read without it no number of ours is given
   * Throws GrapevineError `aggregate-name`, `aggregate-value`, `aggregate-open` or `aggregate-limit`.
   */
  open(name: string, read?: () => number): RoomAggregate {
    checkName(name);
    return read === undefined ? this.#listen(name) : this.#give(name, read);
  }

  list(): RoomAggregate[] {
    return Array.from(this.#own.values(), ({ aggregate }) => aggregate);
  }

  /** What the core says one comes to. */
  changed({ type: _type, name, ...value }: Extract<OutEvent, { type: 'aggregate' }>): void {
    for (const aggregate of [...(this.#live.get(name) ?? [])]) aggregate.changed(value);
  }

  /** Reads our values now: a hidden page may have slept over its timers. */
  refresh(): void {
    for (const [name, own] of this.#own) if (this.#read(name, own)) this.#tell(name, own.value);
  }

  start(): void {
    this.#running = true;
    this.refresh();
    this.#readLater();
  }

  pause(): void {
    this.#running = false;
    this.#cancelReading?.();
    this.#cancelReading = undefined;
  }

  stop(): void {
    this.pause();
    for (const live of [...this.#live.values()])
      for (const aggregate of [...live]) aggregate.stop();
  }

  #give(name: string, read: () => number): RoomAggregate {
    if (this.#own.has(name)) {
      throw new GrapevineError(
        'aggregate-open',
        `This tab gives a value to the aggregate ${JSON.stringify(name)} already.`,
        'Use the one that is open, or stop it first.',
      );
    }
    if (this.#own.size >= limits.metrics) {
      throw tooMany(`A member gives values to at most ${limits.metrics} aggregates.`);
    }
    const value = read();
    if (!Number.isFinite(value)) {
      throw new GrapevineError('aggregate-value', notANumber(name, value), 'Give a finite number.');
    }
    const aggregate = new LiveAggregate(name, ofOne(value), () => this.#close(aggregate));
    this.#own.set(name, { aggregate, read, value });
    this.#tell(name, value);
    this.#add(aggregate);
    // Who listens already hears of ours at once.
    this.#options.handle({ type: 'watchAggregate', name, watch: true });
    this.#readLater();
    return aggregate;
  }

  #listen(name: string): RoomAggregate {
    if (this.#listening >= maxListening) {
      throw tooMany(`At most ${maxListening} aggregates are listened to at a time.`);
    }
    this.#listening++;
    const [open] = this.#live.get(name) ?? [];
    const aggregate = new LiveAggregate(name, open?.value() ?? ofNobody, () => {
      this.#listening--;
      this.#remove(aggregate);
    });
    this.#add(aggregate);
    if (!open) this.#options.handle({ type: 'watchAggregate', name, watch: true });
    return aggregate;
  }

  #add(aggregate: LiveAggregate): void {
    const live = this.#live.get(aggregate.name);
    if (live) live.add(aggregate);
    else this.#live.set(aggregate.name, new Set([aggregate]));
  }

  /** The last one under its name ends the watch of the core. */
  #remove(aggregate: LiveAggregate): void {
    const { name } = aggregate;
    const live = this.#live.get(name);
    live?.delete(aggregate);
    if (live?.size !== 0) return;
    this.#live.delete(name);
    this.#options.handle({ type: 'watchAggregate', name, watch: false });
  }

  #close(aggregate: LiveAggregate): void {
    const { name } = aggregate;
    this.#own.delete(name);
    this.#options.problems.clear('aggregate-value', name);
    this.#tell(name, undefined);
    this.#remove(aggregate);
    if (this.#own.size > 0) return;
    this.#cancelReading?.();
    this.#cancelReading = undefined;
  }

  #readLater(): void {
    if (!this.#running || this.#own.size === 0) return;
    this.#cancelReading ??= this.#options.clock.after(readMs, () => {
      this.#cancelReading = undefined;
      this.refresh();
      this.#readLater();
    });
  }

  /** @returns whether our value is another one now */
  #read(name: string, own: Own): boolean {
    const before = own.value;
    const { problems } = this.#options;
    let value: unknown;
    try {
      value = own.read();
    } catch (error) {
      value = error;
    }
    own.value = typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    if (own.value !== undefined) problems.clear('aggregate-value', name);
    else {
      const action = 'This tab is left out of it until it gives a finite number.';
      problems.raise({ code: 'aggregate-value', message: notANumber(name, value), action }, name);
    }
    return own.value !== before;
  }

  #tell(name: string, value: number | undefined): void {
    this.#options.handle({ type: 'metric', name, value });
  }
}

const ofNobody: Aggregate = {
  ...{ count: 0, sum: undefined, average: undefined, min: undefined, max: undefined },
  exact: true,
};

function ofOne(value: number): Aggregate {
  return { count: 1, sum: value, average: value, min: value, max: value, exact: true };
}

class LiveAggregate implements RoomAggregate {
  readonly name: string;
  readonly #onStop: () => void;
  readonly #listeners = new Set<(value: Aggregate) => void>();
  #value: Aggregate;
  readonly #waiting: (() => void)[] = [];
  #isStopped = false;

  constructor(name: string, value: Aggregate, onStop: () => void) {
    this.name = name;
    this.#value = value;
    this.#onStop = onStop;
  }

  value(): Aggregate {
    return this.#value;
  }

  onChange(listener: (value: Aggregate) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  changed(value: Aggregate): void {
    this.#value = value;
    for (const listener of [...this.#listeners]) contain(() => listener(value));
    this.#wake();
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#listeners.clear();
    this.#onStop();
    this.#wake();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Aggregate> {
    let isOver = false;
    const values = this.#values(() => isOver || this.#isStopped);
    const end = values.return.bind(values);
    // Its own would let who waits wait for the next change.
    values.return = (value) => {
      isOver = true;
      this.#wake();
      return end(value);
    };
    return values;
  }

  async *#values(isOver: () => boolean): AsyncGenerator<Aggregate, undefined> {
    while (!isOver()) {
      const value = this.#value;
      yield value;
      while (this.#value === value && !isOver()) {
        await new Promise<void>((resolve) => void this.#waiting.push(resolve));
      }
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function notANumber(name: string, value: unknown): string {
  return `The aggregate ${JSON.stringify(name)} was given no finite number but: ${String(value)}`;
}

function checkName(name: string): void {
  const bytes = utf8(name).length;
  if (bytes > 0 && bytes <= limits.metricNameBytes && !/\p{Cs}/u.test(name)) return;
  throw new GrapevineError(
    'aggregate-name',
    `The name of an aggregate is text of 1 to ${limits.metricNameBytes} bytes.`,
    'Choose another name.',
  );
}

function tooMany(message: string): GrapevineError {
  return new GrapevineError('aggregate-limit', message, 'Stop another one first.');
}
