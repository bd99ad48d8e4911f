import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Message } from '../frames/message.ts';
import { Scripted, beacon, brief } from '../testing/scripted.ts';
import type { Said } from '../testing/scripted.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const trees = (said: Said) => brief(said, 'beacon', 'graft', 'prune');
const graft: Message = { type: 'graft', roots: [] };

describe('grafts that cross', () => {
  it('B8: who hangs on the one that grafts, which is nearer, says so again and never prunes', () => {
    const room = new Scripted(hash, '5');
    for (const digit of ['a', 'b']) room.link(digit);
    room.from('b', beacon('0', 3, 1));
    room.from('a', beacon('0', 3, 4));
    room.pass(1);
    // Farther now, on a: who meant to hang on the nearer one that this was until then.
    expect(trees(room.cut('b'))).toBe('a:shared-03+5 a:graft');
    expect(trees(room.from('a', graft))).toBe('a:graft');
    expect(trees(room.pass(5000))).toBe('');
  });

  it('B8: who had meant to hang on the one that grafts takes it as a child and hangs elsewhere', () => {
    const room = new Scripted(hash, '5');
    for (const digit of ['a', 'b', 'c']) room.link(digit);
    room.from('c', beacon('0', 3, 3));
    room.from('a', beacon('0', 3, 2));
    room.from('b', beacon('0', 3, 3));
    room.pass(1);
    expect(trees(room.cut('c'))).toBe('a:shared-03+4 a:graft');
    expect(trees(room.from('a', beacon('0', 3, 5), graft))).toBe('b:shared-03+4 b:graft');
  });
});
