import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SessionId } from '@grapevine/wire';
import { FakeLog } from '../testing/log.ts';
import { Scripted, beacon, brief, id } from '../testing/scripted.ts';
import type { Said } from '../testing/scripted.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const trees = (said: Said) => brief(said, 'graft', 'prune');

/** The node 5 hangs on a, and the tree is in use; b is so many milliseconds there and back. */
function inUse(roundTripMs?: number): Scripted {
  const room = new Scripted(hash, '5');
  room.link('a');
  const echo = room.link('b').find((message) => message.type === 'echo');
  if (roundTripMs !== undefined && echo?.type === 'echo') {
    room.subject.now += roundTripMs;
    room.from('b', { type: 'echoReply', nonce: echo.nonce });
  }
  room.from('a', beacon('0', 3, 1));
  const session: SessionId = id('e');
  room.rumour('a', new FakeLog(hash).append(session, [Uint8Array.of(1)]));
  return room;
}

/** Milliseconds until the former parent a is sent `prune`. */
function keptMs(room: Scripted): number {
  for (let waited = 1; waited <= 4000; waited++) {
    if (trees(room.pass(1)) === 'a:prune') return waited;
  }
  return Infinity;
}

describe('a former parent in use', () => {
  it('B2: keeps its edge for three round trips to the new parent, at least 100 ms and at most 2 s', () => {
    const kept = [1, 33, 34, 500, 666, 667, 900].map((roundTripMs) => {
      const room = inUse(roundTripMs);
      expect(trees(room.from('b', beacon('0', 4, 1)))).toBe('b:graft');
      return keptMs(room);
    });
    expect(kept).toEqual([100, 100, 102, 1500, 1998, 2000, 2000]);
  });

  it('B2: keeps it for 2 s where no round trip is known, and where this node is the root now', () => {
    const unknown = inUse();
    unknown.from('b', beacon('0', 4, 1));
    expect(keptMs(unknown)).toBe(2000);
    const root = inUse(10);
    expect(trees(root.from('b', beacon('5', 9, 0)))).toBe('');
    expect(keptMs(root)).toBe(2000);
  });
});
