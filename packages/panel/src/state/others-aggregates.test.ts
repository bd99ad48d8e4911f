import type { RoomAggregate } from '@grapevine/room';
import { expect, test } from 'vitest';
import { OthersAggregates } from './others-aggregates.ts';

const value = { count: 1, sum: 1, average: 1, min: 1, max: 1, exact: true };

/** A room that lets `places` be listened to. */
function roomOf(names: string[], places = 100) {
  const open = new Set<string>();
  const make = (name: string): RoomAggregate => ({
    name,
    value: () => value,
    onChange: () => () => undefined,
    stop: () => void open.delete(name),
    async *[Symbol.asyncIterator]() {},
  });
  const ours = ['ours'];
  const status: { state: 'alone' | 'left' } = { state: 'alone' };
  const room = {
    aggregate: (name: string) => {
      if (open.size >= places) throw Object.assign(new Error('full'), { code: 'aggregate-limit' });
      open.add(name);
      return make(name);
    },
    aggregates: () => ours.map((name) => make(name)),
    aggregateNames: () => names,
    status: () => status,
  };
  return { room, open, ours, names, status };
}

const shown = (others: OthersAggregates, { room }: ReturnType<typeof roomOf>) => {
  const { open, more } = others.follow(room);
  return [open.map(({ name }) => name), more];
};

test('the aggregates of others are those this tab gives no number to, while somebody gives one', () => {
  const others = new OthersAggregates(24);
  const scene = roomOf(['b', 'ours', 'a']);
  expect(shown(others, scene)).toEqual([['b', 'a'], 0]);
  scene.names.splice(0, 3, 'c', 'a');
  expect(shown(others, scene)).toEqual([['a', 'c'], 0]);
  expect([...scene.open].toSorted()).toEqual(['a', 'c']);
  scene.ours.push('c');
  expect(shown(others, scene)).toEqual([['a'], 0]);
  others.stop();
  expect(scene.open.size).toBe(0);
});

test('as many as are to be shown are open, and those beyond are counted', () => {
  const others = new OthersAggregates(2);
  const scene = roomOf(['a', 'b', 'c', 'd']);
  expect(shown(others, scene)).toEqual([['a', 'b'], 2]);
  scene.names.shift();
  expect(shown(others, scene)).toEqual([['b', 'c'], 1]);
});

test('programs that listen to as many as there may be leave no place, and a room that was left none to open', () => {
  const others = new OthersAggregates(24);
  const scene = roomOf(['a', 'b'], 1);
  expect(shown(others, scene)).toEqual([['a'], 1]);
  scene.status.state = 'left';
  expect(shown(others, scene)).toEqual([[], 0]);
  expect(scene.open.size).toBe(0);
});
