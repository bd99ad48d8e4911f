import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Rooms } from './rooms.ts';

const first = (): number => 0;

test('topics do not see each other, whatever they are called', () => {
  const rooms = new Rooms<object>(8, first);
  const here = {};
  rooms.join('__proto__', 'constructor', here);
  expect(rooms.find('__proto__', 'constructor')).toBe(here);
  expect(rooms.find('__proto__', 'toString')).toBeUndefined();
  expect(rooms.find('constructor', 'constructor')).toBeUndefined();
});

test('a topic is forgotten with its last member', () => {
  const rooms = new Rooms<object>(8, first);
  const one = {};
  rooms.join('t', 'a', one);
  expect(rooms.size).toBe(1);
  rooms.leave('t', 'a', {});
  expect(rooms.size).toBe(1);
  rooms.leave('t', 'a', one);
  expect(rooms.size).toBe(0);
  rooms.leave('t', 'a', one);
});

test('a full topic takes nobody until somebody leaves', () => {
  const rooms = new Rooms<object>(2, first);
  const one = {};
  expect(rooms.join('t', 'a', one)).toBe(true);
  expect(rooms.join('t', 'b', {})).toBe(true);
  expect(rooms.join('t', 'c', {})).toBe(false);
  rooms.leave('t', 'a', one);
  expect(rooms.join('t', 'c', {})).toBe(true);
});

test('a sample names distinct other members, as many as asked for or there are', () => {
  const choices = fc.array(fc.nat(), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), choices, (members, chances) => {
      let turn = 0;
      const rooms = new Rooms<object>(100, (end) => (chances[turn++ % 8] ?? 0) % end);
      for (let id = 0; id < members; id += 1) rooms.join('t', `m${id}`, {});
      const sample = rooms.sample('t', 'm0', 8);
      expect(sample).toHaveLength(Math.min(8, members - 1));
      expect(new Set(sample).size).toBe(sample.length);
      expect(sample).not.toContain('m0');
    }),
  );
});

test('every member comes up in samples equally often', () => {
  // Every possible pair of choices once: 4 others, 2 drawn, so each must appear 6 times of 12.
  const seen = new Map<string, number>();
  for (let a = 0; a < 4; a += 1) {
    for (let b = 0; b < 3; b += 1) {
      const choices = [a, b];
      const rooms = new Rooms<object>(100, () => choices.shift() ?? 0);
      for (const id of ['self', 'w', 'x', 'y', 'z']) rooms.join('t', id, {});
      for (const id of rooms.sample('t', 'self', 2)) seen.set(id, (seen.get(id) ?? 0) + 1);
    }
  }
  expect([...seen.values()]).toEqual([6, 6, 6, 6]);
});
