// @vitest-environment happy-dom
import type { Room, RoomEvents } from '@grapevine/room';
import type { ReactiveController } from 'lit';
import { afterEach, expect, test, vi } from 'vitest';
import { RoomController } from './room-controller.ts';
import type { RoomHost } from './room-controller.ts';

type Listeners = Map<keyof RoomEvents, Set<() => void>>;

/** Of a room, only its events: all the controller uses. */
function eventsOnly(): {
  room: Room;
  emit: (event: keyof RoomEvents) => void;
  count: () => number;
} {
  const listeners: Listeners = new Map();
  const of = (event: keyof RoomEvents): Set<() => void> => {
    const set = listeners.get(event) ?? new Set();
    listeners.set(event, set);
    return set;
  };
  const events: Pick<Room, 'on' | 'off'> = {
    on: (event, listener) => of(event).add(listener),
    off: (event, listener) => of(event).delete(listener),
  };
  return {
    room: events as Room,
    emit: (event) => {
      for (const listener of of(event)) listener();
    },
    count: () => [...listeners.values()].reduce((sum, set) => sum + set.size, 0),
  };
}

class Host implements RoomHost {
  room: Room | undefined;
  updates = 0;
  controllers: ReactiveController[] = [];
  readonly updateComplete = Promise.resolve(true);

  addController(controller: ReactiveController): void {
    this.controllers.push(controller);
  }
  removeController(): void {
    this.controllers = [];
  }
  requestUpdate(): void {
    this.updates += 1;
  }
}

const frame = (): Promise<unknown> => new Promise(requestAnimationFrame);

/** Pretends that the page is hidden, or shown. */
function setHidden(hidden: boolean): void {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(hidden ? 'hidden' : 'visible');
  document.dispatchEvent(new Event('visibilitychange'));
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('a burst of events is one update, before a frame', async () => {
  const { room, emit } = eventsOnly();
  const host = new Host();
  host.room = room;
  const controller = new RoomController(host, ['memory', 'status']);
  controller.hostConnected();
  await frame();
  expect(host.updates).toBe(1);
  for (let i = 0; i < 1_000; i += 1) emit(i % 2 ? 'memory' : 'status');
  expect(host.updates).toBe(1);
  await vi.waitUntil(() => host.updates > 1);
  await frame();
  expect(host.updates).toBe(2);
});

test('while events pour in updates get rarer, down to one a second, and the last event is not lost', async () => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const { room, emit } = eventsOnly();
  const host = new Host();
  host.room = room;
  let value = 0;
  const shown: number[] = [];
  new RoomController(host, ['memory'], {
    onChange: () => shown.push(value),
  }).hostConnected();
  await vi.advanceTimersByTimeAsync(100);
  expect(shown).toEqual([0]);
  for (value = 1; value <= 200; value += 1) {
    emit('memory');
    await vi.advanceTimersByTimeAsync(50);
  }
  value = 200;
  expect(shown.length).toBeGreaterThan(8);
  expect(shown.length).toBeLessThan(14);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(shown.at(-1)).toBe(200);
  // Quiet again: the next one is shown at once.
  await vi.advanceTimersByTimeAsync(5_000);
  value = 201;
  emit('memory');
  await vi.advanceTimersByTimeAsync(20);
  expect(shown.at(-1)).toBe(201);
  expect(host.updates).toBe(0);
});

test('an event that changes nothing of what the element shows draws nothing', async () => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const { room, emit } = eventsOnly();
  const host = new Host();
  host.room = room;
  let shows = 'one';
  new RoomController(host, ['status'], { shows: () => shows }).hostConnected();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(host.updates).toBe(1);
  const draws = vi.spyOn(globalThis, 'requestAnimationFrame');
  for (let i = 0; i < 100; i += 1) {
    emit('status');
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(host.updates).toBe(1);
  expect(draws).not.toHaveBeenCalled();
  shows = 'two';
  emit('status');
  await vi.advanceTimersByTimeAsync(20);
  expect(host.updates).toBe(2);
});

test('a hidden page draws next to nothing, and catches up once it is shown', async () => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const { room, emit } = eventsOnly();
  const host = new Host();
  host.room = room;
  setHidden(true);
  new RoomController(host, ['memory']).hostConnected();
  for (let i = 0; i < 100; i += 1) {
    emit('memory');
    await vi.advanceTimersByTimeAsync(40);
  }
  expect(host.updates).toBe(0);
  setHidden(false);
  expect(host.updates).toBe(1);
  setHidden(true);
  await vi.advanceTimersByTimeAsync(1_000);
  for (let i = 0; i < 100; i += 1) {
    emit('memory');
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(host.updates).toBeLessThanOrEqual(4);
});

test('events it was not asked to follow are not followed', async () => {
  const { room, emit } = eventsOnly();
  const host = new Host();
  host.room = room;
  new RoomController(host, ['memory']).hostConnected();
  await frame();
  emit('members');
  await frame();
  expect(host.updates).toBe(1);
});

test('another room is followed in place of the one before', async () => {
  const [one, two] = [eventsOnly(), eventsOnly()];
  const host = new Host();
  host.room = one.room;
  const controller = new RoomController(host, ['memory']);
  controller.hostConnected();
  host.room = two.room;
  controller.hostUpdate();
  await frame();
  expect([one.count(), two.count()]).toEqual([0, 1]);
});

test('an element that is gone listens to nothing and is not updated', async () => {
  const { room, emit, count } = eventsOnly();
  const host = new Host();
  host.room = room;
  const controller = new RoomController(host, ['memory']);
  controller.hostConnected();
  emit('memory');
  controller.hostDisconnected();
  await frame();
  expect(count()).toBe(0);
  expect(host.updates).toBe(0);
});
