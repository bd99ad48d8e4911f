import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Message } from '../frames/message.ts';
import { FakeLog } from '../testing/log.ts';
import { Scripted, beacon, brief, id } from '../testing/scripted.ts';
import type { Said } from '../testing/scripted.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const disconnect: Message = { type: 'disconnect', members: [] };
const trees = (said: Said) => brief(said, 'graft', 'prune');

interface Setting {
  room: Scripted;
  /** The neighbour `from` brings one more delta. */
  write: (from: string) => Said;
}

/** The node 5 hangs on a in the shared tree of 0; b is as near, c is its child. */
function hung(): Setting {
  const room = new Scripted(hash, '5');
  for (const digit of ['a', 'b', 'c']) {
    room.link(digit);
    room.meet(digit, digit);
  }
  room.from('a', beacon('0', 3, 1));
  room.from('b', beacon('0', 3, 1));
  room.from('c', { type: 'graft', roots: [] });
  const log = new FakeLog(hash);
  return {
    room,
    write: (from) => room.rumour(from, log.append(id('d'), [Uint8Array.of(1)])),
  };
}

/** The same after a brought a delta and then let go of its link at once. */
function left(): Setting {
  const { room, write } = hung();
  write('a');
  room.from('a', disconnect);
  return { room, write };
}

const closed = ({ subject }: Scripted) => subject.last('close').map(({ reason }) => reason);
const fed = (said: Said) =>
  Object.keys(said)
    .filter((digit) => said[digit]?.some(({ type }) => type === 'run'))
    .sort();

describe('a link that is let go', () => {
  it('O5: ends at once where no deltas went over it of late', () => {
    const { room, write } = hung();
    write('a');
    room.pass(2001);
    room.from('a', disconnect);
    expect(closed(room)).toEqual(['pruned']);
  });

  it('O5: else 2 s later, and who hung on it hangs elsewhere meanwhile, fed over both', () => {
    const { room, write } = hung();
    write('a');
    room.pass(2000);
    expect(trees(room.from('a', disconnect))).toBe('b:graft');
    expect(closed(room)).toEqual([]);
    expect(fed(write('b'))).toEqual(['a', 'c']);
    room.pass(1999);
    expect(closed(room)).toEqual([]);
    room.pass(1);
    expect(closed(room)).toEqual(['pruned']);
    expect(fed(write('b'))).toEqual(['c']);
  });

  it('O5: a child is fed until then, and nobody hangs on such a neighbour anew', () => {
    const { room, write } = hung();
    write('a');
    room.from('b', disconnect);
    expect(closed(room)).toEqual(['pruned']);
    room.from('c', disconnect);
    expect(closed(room)).toEqual([]);
    expect(fed(write('a'))).toEqual(['c']);
    room.from('c', beacon('0', 3, 0));
    expect(trees(room.cut('a'))).not.toMatch(/c:graft/);
  });

  it('O5: an epoch that it tells meanwhile takes nobody back to it', () => {
    for (const first of ['a', 'b']) {
      const { room, write } = left();
      const second = first === 'a' ? 'b' : 'a';
      const said = [first, second].map((from) => trees(room.from(from, beacon('0', 4, 1))));
      expect(said.join('')).not.toMatch(/a:graft|b:prune/);
      room.pass(2000);
      expect(closed(room)).toEqual(['pruned']);
      expect(fed(write('c'))).toEqual(['b']);
    }
  });

  it('O5: a second disconnect says nothing', () => {
    const { room } = left();
    const before = room.subject.node.passive();
    room.from('a', { type: 'disconnect', members: [id('e')] });
    expect(room.subject.node.passive()).toEqual(before);
  });

  it('M4: the loss of one accuses nobody', () => {
    const { room } = left();
    expect(brief(room.cut('a'), 'suspect', 'probe')).toBe('');
    expect(brief(room.pass(3000), 'suspect', 'probe')).toBe('');
  });
});
