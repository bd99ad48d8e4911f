import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventQueue } from './queue.ts';

describe('event queue', () => {
  test('gives events back by time, equal times in the order they were asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
        const queue = new EventQueue(4);
        for (const [order, time] of times.entries()) queue.push(time, 1, order, time, undefined);
        const expected = [...times.entries()].sort(([a, s], [b, t]) => s - t || a - b);
        const popped: [number, number][] = [];
        while (queue.pop()) popped.push([queue.a, queue.now]);
        expect(popped).toEqual(expected);
      }),
    );
  });

  test('stays in order while events are taken and added in turns', () => {
    const step = fc.record({ delay: fc.integer({ min: 0, max: 9 }), take: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const queue = new EventQueue(1);
        let last = 0;
        let size = 0;
        for (const { delay, take } of steps) {
          if (!take) {
            queue.push(queue.now + delay, 0, 0, 0, undefined);
            size++;
          } else if (queue.pop()) {
            size--;
            expect(queue.now).toBeGreaterThanOrEqual(last);
            last = queue.now;
          }
          expect(queue.size).toBe(size);
        }
      }),
    );
  });

  test('carries what an event is made of, and forgets it', () => {
    const queue = new EventQueue(1);
    const ref = { some: 'thing' };
    queue.push(5, 3, -7, 9, ref);
    expect(queue.nextAt).toBe(5);
    expect(queue.pop()).toBe(true);
    expect([queue.now, queue.kind, queue.a, queue.b, queue.ref]).toEqual([5, 3, -7, 9, ref]);
    expect([queue.pop(), queue.nextAt]).toEqual([false, Infinity]);
  });

  test('what is asked for the past happens now', () => {
    const queue = new EventQueue();
    queue.push(10, 0, 1, 0, undefined);
    queue.pop();
    queue.push(3, 0, 2, 0, undefined);
    queue.pop();
    expect(queue.now).toBe(10);
  });
});
