// @vitest-environment happy-dom
import type { Room, RoomEvents, Status } from '@grapevine/room';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import './status-bar.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

/** A bar that shows a room of which only the status is used. */
function create(): {
  become: (change: Partial<Status>) => Promise<void>;
  pass: (ms: number) => Promise<void>;
  text: () => string;
} {
  let status: Status = { state: 'in-sync', members: 2, inSyncWith: 1, pending: 0, problems: [] };
  const listeners = new Set<() => void>();
  const room: Pick<Room, 'status' | 'on' | 'off'> = {
    status: () => status,
    on: (event: keyof RoomEvents, listener) => {
      if (event === 'status') listeners.add(listener);
    },
    off: (_event, listener) => listeners.delete(listener),
  };
  const bar = document.createElement('grapevine-status');
  bar.room = room as Room;
  document.body.append(bar);
  const pass = async (ms: number): Promise<void> => {
    await vi.advanceTimersByTimeAsync(ms);
    await bar.updateComplete;
  };
  return {
    become: async (change) => {
      status = { ...status, ...change };
      for (const listener of listeners) listener();
      await pass(20);
    },
    pass,
    text: () => bar.renderRoot.textContent.replaceAll(/\s+/g, ' ').trim(),
  };
}

test('that the room has fallen behind is said once that has lasted, and that it is over at once', async () => {
  const { become, pass, text } = create();
  await pass(5_000);
  expect(text()).toBe('In sync with 1 2 members');
  await become({ state: 'catching-up', pending: 3 });
  await pass(400);
  expect(text()).toMatch(/^In sync with 1/);
  await pass(200);
  expect(text()).toMatch(/^Catching up \(3 changes\)/);
  await pass(5_000);
  await become({ state: 'in-sync', pending: 0 });
  expect(text()).toMatch(/^In sync with 1/);
});

test('a change that is known everywhere soon is never said to be missing', async () => {
  const { become, pass, text } = create();
  await pass(5_000);
  await become({ state: 'catching-up', pending: 1 });
  await pass(300);
  await become({ state: 'in-sync', pending: 0 });
  await pass(150);
  expect(text()).toMatch(/^In sync with 1/);
  await pass(5_000);
  expect(text()).toMatch(/^In sync with 1/);
});

test('a problem is told at once, also while the room has just fallen behind', async () => {
  const { become, pass, text } = create();
  await pass(5_000);
  await become({
    state: 'catching-up',
    problems: [{ code: 'storage-full', message: 'The disk is full.', action: 'Make room.' }],
  });
  expect(text()).toContain('The disk is full. Make room.');
});
