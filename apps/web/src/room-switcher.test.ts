import type { Room } from '@grapevine/room';
import { beforeEach, expect, test, vi } from 'vitest';
import { RoomSwitcher } from './room-switcher.ts';
import type { RoomState } from './room-switcher.ts';

/** What happened, in order. */
const log: string[] = [];
const joinRoom = vi.hoisted(() => vi.fn<(link: string | undefined) => Promise<Room>>());
vi.mock('@grapevine/room', () => ({ joinRoom }));

/** Of a room, only what switching uses. */
function roomOf(link: string): Room {
  const room: Pick<Room, 'link' | 'leave'> = {
    link,
    leave: async () => {
      log.push(`left ${link}`);
    },
  };
  return room as Room;
}

beforeEach(() => {
  log.length = 0;
  joinRoom.mockImplementation(async (link) => {
    log.push(`joined ${link}`);
    if (link === 'bad') throw new Error('mistyped');
    return roomOf(link ?? 'new');
  });
});

function switcher(): { switcher: RoomSwitcher; last: () => RoomState | undefined } {
  let last: RoomState | undefined;
  const made = new RoomSwitcher({}, (state) => {
    last = state;
  });
  return { switcher: made, last: () => last };
}

test('the room before is left before the next one is joined', async () => {
  const { switcher: rooms, last } = switcher();
  await rooms.open('a');
  await rooms.open('b');
  expect(log).toEqual(['joined a', 'left a', 'joined b']);
  expect(last()).toMatchObject({ at: 'open', room: { link: 'b' } });
});

test('of rooms asked for in quick succession the last one is open, the others are left', async () => {
  const { switcher: rooms, last } = switcher();
  await Promise.all(['a', 'b', 'c'].map((link) => rooms.open(link)));
  expect(last()).toMatchObject({ at: 'open', room: { link: 'c' } });
  const joined = log.filter((line) => line.startsWith('joined')).length;
  const left = log.filter((line) => line.startsWith('left')).length;
  expect(joined - left).toBe(1);
});

test('a bad link is an error and leaves no other room open', async () => {
  const { switcher: rooms, last } = switcher();
  await rooms.open('a');
  await rooms.open('bad');
  expect(log).toEqual(['joined a', 'left a', 'joined bad']);
  expect(last()).toMatchObject({ at: 'failed', error: { message: 'mistyped' } });
  await rooms.open(undefined);
  expect(last()).toMatchObject({ at: 'open', room: { link: 'new' } });
});
