import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameMeter, TokenBucket } from './rate-limit.ts';

test('a burst passes at once, then what the rate allows', () => {
  const bucket = new TokenBucket(3, 10, 0);
  expect([0, 0, 0, 0].map((at) => bucket.take(at))).toEqual([true, true, true, false]);
  expect(bucket.take(99)).toBe(false);
  expect(bucket.take(101)).toBe(true);
  expect(bucket.take(102)).toBe(false);
});

test('silence never saves up more than one burst', () => {
  const bucket = new TokenBucket(2, 10, 0);
  const later = 1_000_000;
  expect([later, later, later].map((at) => bucket.take(at))).toEqual([true, true, false]);
});

test('a bucket is full again after a burst divided by the rate', () => {
  const bucket = new TokenBucket(5, 10, 0);
  for (let taken = 0; taken < 5; taken += 1) bucket.take(0);
  expect(bucket.isFull(499)).toBe(false);
  expect(bucket.isFull(501)).toBe(true);
});

test('over any time no more pass than one burst and the rate', () => {
  const steps = fc.array(fc.integer({ min: -50, max: 500 }), { maxLength: 200 });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 50 }),
      steps,
      (b, r, all) => {
        const bucket = new TokenBucket(b, r, 0);
        let nowMs = 0;
        let forwardMs = 0;
        let passed = 0;
        for (const step of all) {
          nowMs += step;
          forwardMs += Math.max(0, step);
          if (bucket.take(nowMs)) passed += 1;
        }
        expect(passed).toBeLessThanOrEqual(b + (forwardMs * r) / 1000 + 1e-6);
      },
    ),
  );
});

test('a meter tells the first drop from later ones, and a flood from both', () => {
  const meter = new FrameMeter(2, 1, 0);
  const passages = Array.from({ length: 5 }, () => meter.next(0));
  expect(passages).toEqual(['pass', 'pass', 'first-drop', 'drop', 'flood']);
});

test('one frame that passes makes the next drop a first one again', () => {
  const meter = new FrameMeter(1, 1, 0);
  expect([0, 1, 1002, 1003, 1004].map((at) => meter.next(at))).toEqual([
    'pass',
    'first-drop',
    'pass',
    'first-drop',
    'flood',
  ]);
});
