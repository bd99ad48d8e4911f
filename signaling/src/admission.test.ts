import { expect, test } from 'vitest';
import { Admission } from './admission.ts';

const limits = { maxSocketsPerAddress: 2, maxJoinsPerMinute: 60 };

test('an address has so many sockets, and a released one makes room', () => {
  const admission = new Admission(limits);
  expect(admission.admitSocket('a', 0)).toBe(true);
  expect(admission.admitSocket('a', 0)).toBe(true);
  expect(admission.admitSocket('a', 0)).toBe(false);
  expect(admission.admitSocket('b', 0)).toBe(true);
  admission.release('a');
  expect(admission.admitSocket('a', 0)).toBe(true);
});

test('this machine is not limited', () => {
  const admission = new Admission({ maxSocketsPerAddress: 1, maxJoinsPerMinute: 1 });
  for (let count = 0; count < 10; count += 1) {
    expect(admission.admitSocket(null, 0)).toBe(true);
    expect(admission.admitJoin(null, 0)).toBe(true);
  }
  expect(admission.size).toBe(0);
});

test('joins refill by the minute', () => {
  const admission = new Admission(limits);
  for (let count = 0; count < 60; count += 1) expect(admission.admitJoin('a', 0)).toBe(true);
  expect(admission.admitJoin('a', 0)).toBe(false);
  expect(admission.admitJoin('a', 1001)).toBe(true);
  expect(admission.admitJoin('a', 1002)).toBe(false);
});

test('a sweep forgets idle addresses and keeps those that still owe', () => {
  const admission = new Admission(limits);
  admission.admitSocket('connected', 0);
  admission.admitJoin('joined', 0);
  admission.sweep(10);
  expect(admission.size).toBe(2);
  admission.release('connected');
  admission.sweep(2000);
  expect(admission.size).toBe(0);
});

test('however many addresses come, the memory of them is bounded', () => {
  const admission = new Admission(limits);
  admission.admitSocket('connected', 0);
  for (let count = 0; count < 70_000; count += 1) admission.admitJoin(`a${count}`, 0);
  expect(admission.size).toBeLessThanOrEqual(65_536);
  admission.admitSocket('connected', 0);
  expect(admission.admitSocket('connected', 0)).toBe(false);
});
