import type { InEvent } from '@grapevine/gossip';
import { createVirtualClock } from '@grapevine/ports/conformance';
import { describe, expect, it } from 'vitest';
import { Aggregates } from './aggregates.ts';
import { Problems } from './problems.ts';
import { World } from './testing/world.ts';

function create() {
  const clock = createVirtualClock();
  const problems = new Problems(() => undefined);
  const told: InEvent[] = [];
  const aggregates = new Aggregates({ clock, problems, handle: (event) => told.push(event) });
  aggregates.start();
  const codes = () => problems.list().map(({ code }) => code);
  return { clock, problems, told, aggregates, codes };
}

const metric = (name: string, value: number | undefined) => ({ type: 'metric', name, value });
const over = { count: 2, sum: 6, average: 3, min: 1, max: 5, exact: true };

function codeOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
  return 'no error';
}

describe('an aggregate', () => {
  it('A1: is read at once, every second, and when the page is shown; told when it changed', () => {
    const { clock, told, aggregates } = create();
    let value = 1;
    aggregates.open('load', () => value);
    expect(told).toEqual([
      metric('load', 1),
      { type: 'watchAggregate', name: 'load', watch: true },
    ]);
    told.length = 0;
    clock.advance(2_000);
    expect(told).toEqual([]);
    value = 2;
    clock.advance(999);
    expect(told).toEqual([]);
    clock.advance(1);
    expect(told).toEqual([metric('load', 2)]);
    value = 3;
    aggregates.refresh();
    expect(told.at(-1)).toEqual(metric('load', 3));
  });

  it('is listed while it is open', () => {
    const { aggregates } = create();
    const [load, links] = [aggregates.open('load', () => 4), aggregates.open('links', () => 2)];
    expect(aggregates.list()).toEqual([load, links]);
    load.stop();
    expect(aggregates.list()).toEqual([links]);
  });

  it('is our own number until others are known, then what the core says', () => {
    const { aggregates } = create();
    const load = aggregates.open('load', () => 4);
    expect(load.value()).toEqual({
      ...{ count: 1, sum: 4, average: 4, min: 4, max: 4, exact: true },
    });
    const told: unknown[] = [];
    const forget = load.onChange((value) => told.push(value));
    aggregates.changed({ type: 'aggregate', name: 'load', ...over });
    aggregates.changed({ type: 'aggregate', name: 'unknown', ...over, count: 9 });
    expect(load.value()).toEqual(over);
    forget();
    aggregates.changed({ type: 'aggregate', name: 'load', ...over, count: 3 });
    expect(told).toEqual([over]);
    expect(load.value().count).toBe(3);
  });

  it('can be iterated until it is stopped; a slow reader gets the latest', async () => {
    const { aggregates } = create();
    const load = aggregates.open('load', () => 4);
    const counts: number[] = [];
    const reading = (async () => {
      for await (const { count } of load) counts.push(count);
    })();
    await Promise.resolve();
    for (const count of [2, 3])
      aggregates.changed({ type: 'aggregate', name: 'load', ...over, count });
    while (counts.length < 2) await Promise.resolve();
    aggregates.changed({ type: 'aggregate', name: 'load', ...over, count: 4 });
    while (counts.length < 3) await Promise.resolve();
    load.stop();
    await reading;
    expect(counts).toEqual([1, 3, 4]);
  });

  it('lets go at once of who waits for its next change and wants no more, and of nobody else', async () => {
    const { aggregates } = create();
    const load = aggregates.open('load', () => 4);
    const [one, other] = [load[Symbol.asyncIterator](), load[Symbol.asyncIterator]()];
    for (const reader of [one, other]) expect((await reader.next()).value).toBe(load.value());
    const [waiting, stays] = [one.next(), other.next()];
    expect(await one.return?.()).toEqual({ done: true, value: undefined });
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await one.next()).toEqual({ done: true, value: undefined });
    aggregates.changed({ type: 'aggregate', name: 'load', ...over });
    expect(await stays).toEqual({ done: false, value: over });
    expect(await one.next()).toEqual({ done: true, value: undefined });
    const last = other.next();
    load.stop();
    expect(await last).toEqual({ done: true, value: undefined });
    expect(await load[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
  });

  it('that is stopped takes its number back, and its name is free again', () => {
    const { clock, told, aggregates } = create();
    const load = aggregates.open('load', () => 4);
    told.length = 0;
    load.stop();
    load.stop();
    expect(told).toEqual([
      metric('load', undefined),
      { type: 'watchAggregate', name: 'load', watch: false },
    ]);
    expect(clock.pending).toBe(0);
    aggregates.open('load', () => 4);
    aggregates.stop();
    expect(clock.pending).toBe(0);
  });

  it('is read no more while nobody is to hear of it', () => {
    const { clock, told, aggregates } = create();
    let value = 1;
    aggregates.open('load', () => value);
    aggregates.pause();
    expect(clock.pending).toBe(0);
    value = 2;
    told.length = 0;
    aggregates.start();
    expect(told).toEqual([metric('load', 2)]);
    expect(clock.pending).toBe(1);
  });
});

describe('an aggregate without a number of ours', () => {
  const watch = (on: boolean) => ({ type: 'watchAggregate', name: 'load', watch: on });
  const nobody = { sum: undefined, average: undefined, min: undefined, max: undefined };

  it('says what those of the others come to, and gives none', () => {
    const { clock, told, aggregates } = create();
    const load = aggregates.open('load');
    expect(told).toEqual([watch(true)]);
    expect(load.value()).toEqual({ count: 0, ...nobody, exact: true });
    const heard: unknown[] = [];
    load.onChange((value) => heard.push(value));
    aggregates.changed({ type: 'aggregate', name: 'load', ...over });
    expect(load.value()).toEqual(over);
    expect(heard).toEqual([over]);
    expect(aggregates.list()).toEqual([]);
    expect(clock.pending).toBe(0);
    load.stop();
    load.stop();
    expect(told).toEqual([watch(true), watch(false)]);
  });

  it('is open as often as is wanted, beside one with a number; the core is told of the first and the last', () => {
    const { told, aggregates } = create();
    const one = aggregates.open('load');
    aggregates.changed({ type: 'aggregate', name: 'load', ...over });
    const other = aggregates.open('load');
    expect(other.value()).toEqual(over);
    expect(told).toEqual([watch(true)]);
    const ours = aggregates.open('load', () => 4);
    expect(told).toEqual([watch(true), metric('load', 4), watch(true)]);
    expect(aggregates.list()).toEqual([ours]);
    aggregates.changed({ type: 'aggregate', name: 'load', ...over, count: 3 });
    expect([one, other, ours].map((live) => live.value().count)).toEqual([3, 3, 3]);
    told.length = 0;
    one.stop();
    ours.stop();
    expect(told).toEqual([metric('load', undefined)]);
    other.stop();
    expect(told.at(-1)).toEqual(watch(false));
  });

  it('is one of 48 at most, and leaves ours their places', () => {
    const { aggregates } = create();
    expect(codeOf(() => aggregates.open(''))).toBe('aggregate-name');
    const open = Array.from({ length: 48 }, (_, n) => aggregates.open(`${n}`));
    expect(codeOf(() => aggregates.open('0'))).toBe('aggregate-limit');
    for (let n = 0; n < 16; n++) aggregates.open(`own ${n}`, () => n);
    open[0]?.stop();
    open[0]?.stop();
    aggregates.open('another');
    expect(codeOf(() => aggregates.open('one more'))).toBe('aggregate-limit');
    aggregates.stop();
    expect(aggregates.list()).toEqual([]);
  });
});

describe('a number that is none', () => {
  it.each([NaN, Infinity, -Infinity])('is refused at first (%s)', (value) => {
    const { told, aggregates } = create();
    expect(codeOf(() => aggregates.open('load', () => value))).toBe('aggregate-value');
    expect(told).toEqual([]);
  });

  it('throws what the function throws at first', () => {
    const { aggregates } = create();
    const bug = new TypeError('a bug');
    const read = () => {
      throw bug;
    };
    expect(codeOf(() => aggregates.open('load', read))).toBe(bug);
  });

  it('is a problem later, and the member is left out, until there is one again', () => {
    const { clock, told, aggregates, codes, problems } = create();
    let read = () => 1;
    const load = aggregates.open('load', () => read());
    for (const bad of [
      () => NaN,
      () => {
        throw new Error('sensor gone');
      },
    ]) {
      read = bad;
      clock.advance(1_000);
      expect(codes()).toEqual(['aggregate-value']);
      expect(told.at(-1)).toEqual(metric('load', undefined));
    }
    expect(problems.list()[0]?.message).toContain('"load"');
    read = () => 7;
    clock.advance(1_000);
    expect(codes()).toEqual([]);
    expect(told.at(-1)).toEqual(metric('load', 7));
    read = () => NaN;
    clock.advance(1_000);
    load.stop();
    expect(codes()).toEqual([]);
  });
});

describe('the name of an aggregate', () => {
  it.each(['', 'x'.repeat(65), 'ä'.repeat(33), '\ud800'])('is refused: %j', (name) => {
    const { aggregates } = create();
    expect(codeOf(() => aggregates.open(name, () => 1))).toBe('aggregate-name');
  });

  it('A1: has 1 to 64 bytes, is used once, and there are 16 at most', () => {
    const { aggregates } = create();
    aggregates.open('x'.repeat(64), () => 1);
    expect(codeOf(() => aggregates.open('x'.repeat(64), () => 1))).toBe('aggregate-open');
    for (let n = 1; n < 16; n++) aggregates.open(`${n}`, () => n);
    expect(codeOf(() => aggregates.open('one more', () => 1))).toBe('aggregate-limit');
  });
});

describe('aggregates of a room', () => {
  it('of others are named, and listened to without a number of ours', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    const tea = ann.room.aggregate('tea', () => 3);
    await world.until('Bob knows the name', () => bob.room.aggregateNames().includes('tea'));
    expect(ann.room.aggregateNames()).toEqual([]);
    const heard = bob.room.aggregate('tea');
    await world.until('Bob knows the value', () => heard.value().sum === 3);
    expect(heard.value()).toEqual({ count: 1, sum: 3, average: 3, min: 3, max: 3, exact: true });
    expect(bob.room.aggregates()).toEqual([]);
    const both = bob.room.aggregate('tea', () => 5);
    await world.until('both hear of both', () =>
      [tea, heard, both].every((live) => live.value().sum === 8),
    );
    tea.stop();
    await world.until('nobody else gives one', () => bob.room.aggregateNames().length === 0);
    await world.until('what is left is ours', () => heard.value().sum === 5);
  });
});
