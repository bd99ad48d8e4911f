import { systemClock } from '@grapevine/ports';
import type { Signaling, SignalingEvents } from '@grapevine/ports';
import { sessionIdFrom } from '@grapevine/wire';
import { expect, test, vi } from 'vitest';
import { createLateSignaling } from './late.ts';
import { secureRandom } from './testing/secure-random.ts';

const self = sessionIdFrom(new Uint8Array(16).fill(1));
const other = sessionIdFrom(new Uint8Array(16).fill(2));
const data = Uint8Array.of(1);

/** A client that loads when told, and a clock that is told. */
function late() {
  const calls: string[] = [];
  const note = (name: string) => (): void => void calls.push(name);
  const client: Signaling = {
    open: note('open'),
    send: note('send'),
    sample: note('sample'),
    retryNow: note('retryNow'),
    close: note('close'),
  };
  const loads: { done(): void; fail(): void }[] = [];
  const timers = new Map<() => void, number>();
  const clock = {
    ...systemClock,
    after: (ms: number, run: () => void) => {
      timers.set(run, ms);
      return () => void timers.delete(run);
    },
  };
  const states: string[] = [];
  const events: SignalingEvents = {
    onMembers: () => undefined,
    onMessage: () => undefined,
    onAbsent: () => undefined,
    onState: ({ state }) => states.push(state),
  };
  const signaling = createLateSignaling({ url: 'ws://fake', random: secureRandom, clock }, () => {
    return new Promise((resolve, reject) => {
      loads.push({
        done: () => resolve({ createSignaling: () => client }),
        fail: () => reject(new TypeError('Failed to fetch')),
      });
    });
  });
  return { calls, clock, events, loads, signaling, states, timers };
}

test('it is loaded when opened, and what was said meanwhile is said then', async () => {
  const { calls, events, loads, signaling, states } = late();
  expect(loads).toHaveLength(0);
  signaling.open('topic', self, events);
  for (let i = 0; i < 40; i++) signaling.send(other, data);
  signaling.sample();
  expect([calls, states]).toEqual([[], ['connecting']]);
  loads[0]?.done();
  await vi.waitFor(() => expect(calls[0]).toBe('open'));
  expect(calls).toEqual(['open', ...Array.from({ length: 32 }, () => 'send')]);
  signaling.retryNow();
  signaling.close();
  expect(calls.slice(-2)).toEqual(['retryNow', 'close']);
});

test('what cannot be loaded is tried again after 5 s, at once when asked, and not once closed', async () => {
  const { calls, events, loads, signaling, timers } = late();
  signaling.open('topic', self, events);
  loads[0]?.fail();
  await vi.waitFor(() => expect([...timers.values()]).toEqual([5_000]));
  signaling.retryNow();
  expect([loads.length, timers.size]).toEqual([2, 0]);
  loads[1]?.fail();
  await vi.waitFor(() => expect(timers.size).toBe(1));
  signaling.close();
  expect([timers.size, calls]).toEqual([0, []]);
});

test('closed while it loads, it never opens', async () => {
  const { calls, events, loads, signaling } = late();
  signaling.open('topic', self, events);
  signaling.close();
  loads[0]?.done();
  await new Promise((resolve) => setImmediate(resolve));
  expect(calls).toEqual([]);
});
