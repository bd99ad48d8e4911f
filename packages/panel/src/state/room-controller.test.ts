// @vitest-environment happy-dom
import type { Room, RoomEvents } from '@grapevine/room';
import type { ReactiveController } from 'lit';
import { expect, test, vi } from 'vitest';
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

test('a burst of events is one update in the next frame', async () => {
  const { room, emit } = eventsOnly();
  const host = new Host();
  host.room = room;
  const onChange = vi.fn();
  const controller = new RoomController(host, ['memory', 'status'], onChange);
  controller.hostConnected();
  await frame();
  expect(host.updates).toBe(1);
  for (let i = 0; i < 1_000; i += 1) emit(i % 2 ? 'memory' : 'status');
  expect(host.updates).toBe(1);
  await frame();
  expect(host.updates).toBe(2);
  expect(onChange).toHaveBeenCalledTimes(2);
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
