// @vitest-environment happy-dom
import type { Member, Room, RoomStats } from '@grapevine/room';
import { afterEach, expect, test, vi } from 'vitest';
import './about.ts';

afterEach(() => {
  document.body.replaceChildren();
});

const stats: RoomStats = {
  ...{ framesSent: 1, framesReceived: 1, bytesSent: 1, bytesReceived: 1, deltasReceived: 1 },
  ...{ duplicateDeltas: 0, deltasForwarded: 0, repairBytes: 0, roundsRun: 1, links: 1 },
  ...{ peerConnections: 1, entries: 1 },
};

const author = 'a'.repeat(32);
const members: Member[] = [
  { id: '1'.repeat(32), author, name: 'Ada', kind: 'person', state: 'alive', since: 1, self: true },
  {
    ...{ id: '2'.repeat(32), author, name: 'Bob', kind: 'agent', state: 'suspect', since: 2 },
    ...{ self: false, health: 5, hidden: true },
    link: { transport: 'tabs', path: undefined, rttMs: 3 },
  },
];

test('the report tells how well members keep up and whose page is hidden, and not who they are', async () => {
  const copied = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
  const room: Pick<Room, 'status' | 'members' | 'stats' | 'on' | 'off'> = {
    status: () => ({
      ...{ state: 'in-sync', members: 2, inSyncWith: 1, pending: 0 },
      problems: [{ code: 'setting-invalid', message: 'Bob set fanout.', action: 'Set it anew.' }],
    }),
    members: () => members,
    stats: () => stats,
    on: () => undefined,
    off: () => undefined,
  };
  const view = document.createElement('grapevine-about');
  view.room = room as Room;
  document.body.append(view);
  await view.updateComplete;
  view.renderRoot.querySelector<HTMLButtonElement>('button.primary')?.click();
  const [text = ''] = copied.mock.lastCall ?? [];
  const report = JSON.parse(text) as { members: unknown; status: { problems: unknown } };
  expect(report.members).toEqual([
    { state: 'alive', since: 1, self: true, kind: 'person' },
    {
      ...{ state: 'suspect', since: 2, self: false, kind: 'agent', health: 5, hidden: true },
      link: { transport: 'tabs', rttMs: 3 },
    },
  ]);
  expect(report.status.problems).toEqual(['setting-invalid']);
  for (const word of ['Ada', 'Bob', author, '1'.repeat(32)]) expect(text).not.toContain(word);
});
