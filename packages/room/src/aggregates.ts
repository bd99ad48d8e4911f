import type { Aggregate, InEvent, OutEvent } from '@grapevine/gossip';
import type { Clock } from '@grapevine/ports';
import { GrapevineError, limits, utf8 } from '@grapevine/wire';
import { contain } from './contain.ts';
import type { Problems } from './problems.ts';
import type { RoomAggregate } from './types.ts';

/** How often our own values are read. Source: PROTOCOL.md A1, no card says them more often. */
const readMs = 1_000;

export interface AggregatesOptions {
  clock: Clock;
  problems: Problems;
  handle(event: InEvent): void;
}

/** What the members' own numbers add up to: reads ours, hands out what the core makes of all. */
export class Aggregates {
  readonly #options: AggregatesOptions;
  readonly #open = new Map<string, LiveAggregate>();
  #running = false;
  #cancelReading: (() => void) | undefined;

  constructor(options: AggregatesOptions) {
    this.#options = options;
  }

  /** Throws GrapevineError `aggregate-name`, `aggregate-value`, `aggregate-open` or `aggregate-limit`. */
  open(name: string, read: () => number): RoomAggregate {
    this.#check(name);
    const value = read();
    if (!Number.isFinite(value)) {
      throw new GrapevineError('aggregate-value', notANumber(name, value), 'Give a finite number.');
    }
    const aggregate = new LiveAggregate(name, read, value, () => this.#close(aggregate));
    this.#open.set(name, aggregate);
    this.#tell(aggregate);
    this.#options.handle({ type: 'watchAggregate', name, watch: true });
    this.#readLater();
    return aggregate;
  }

  list(): RoomAggregate[] {
    return [...this.#open.values()];
  }

  /** What the core says one comes to. */
  changed({ type: _type, name, ...value }: Extract<OutEvent, { type: 'aggregate' }>): void {
    this.#open.get(name)?.changed(value);
  }

  /** Reads our values now: a hidden page may have slept over its timers. */
  refresh(): void {
    for (const aggregate of this.#open.values()) if (this.#read(aggregate)) this.#tell(aggregate);
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
    for (const aggregate of [...this.#open.values()]) aggregate.stop();
  }

  #check(name: string): void {
    const bytes = utf8(name).length;
    if (bytes === 0 || bytes > limits.metricNameBytes || /\p{Cs}/u.test(name)) {
      throw new GrapevineError(
        'aggregate-name',
        `The name of an aggregate is text of 1 to ${limits.metricNameBytes} bytes.`,
        'Choose another name.',
      );
    }
    if (this.#open.has(name)) {
      throw new GrapevineError(
        'aggregate-open',
        `This tab gives a value to the aggregate ${JSON.stringify(name)} already.`,
        'Use the one that is open, or stop it first.',
      );
    }
    if (this.#open.size >= limits.metrics) {
      throw new GrapevineError(
        'aggregate-limit',
        `A member gives values to at most ${limits.metrics} aggregates.`,
        'Stop another one first.',
      );
    }
  }

  #close(aggregate: LiveAggregate): void {
    const { name } = aggregate;
    if (!this.#open.delete(name)) return;
    this.#options.problems.clear('aggregate-value', name);
    this.#options.handle({ type: 'metric', name, value: undefined });
    this.#options.handle({ type: 'watchAggregate', name, watch: false });
    if (this.#open.size > 0) return;
    this.#cancelReading?.();
    this.#cancelReading = undefined;
  }

  #readLater(): void {
    if (!this.#running || this.#open.size === 0) return;
    this.#cancelReading ??= this.#options.clock.after(readMs, () => {
      this.#cancelReading = undefined;
      this.refresh();
      this.#readLater();
    });
  }

  /** @returns whether our value is another one now */
  #read(aggregate: LiveAggregate): boolean {
    const { name, own: before } = aggregate;
    const { problems } = this.#options;
    let value: unknown;
    try {
      value = aggregate.read();
    } catch (error) {
      value = error;
    }
    const own = typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    if (own !== undefined) problems.clear('aggregate-value', name);
    else {
      const action = 'This tab is left out of it until it gives a finite number.';
      problems.raise({ code: 'aggregate-value', message: notANumber(name, value), action }, name);
    }
    aggregate.own = own;
    return own !== before;
  }

  #tell({ name, own }: LiveAggregate): void {
    this.#options.handle({ type: 'metric', name, value: own });
  }
}

class LiveAggregate implements RoomAggregate {
  readonly name: string;
  readonly read: () => number;
  /** Our own value; undefined while it is no number. */
  own: number | undefined;
  readonly #onStop: () => void;
  readonly #listeners = new Set<(value: Aggregate) => void>();
  #value: Aggregate;
  readonly #waiting: (() => void)[] = [];
  #isStopped = false;

  constructor(name: string, read: () => number, own: number, onStop: () => void) {
    this.name = name;
    this.read = read;
    this.own = own;
    this.#onStop = onStop;
    this.#value = { count: 1, sum: own, average: own, min: own, max: own, exact: true };
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
