import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Message } from '../frames/message.ts';
import { Scripted, beacon, brief, id } from '../testing/scripted.ts';
import type { Said } from '../testing/scripted.ts';
import { proofOf } from '../testing/signatures.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const graft = (...roots: string[]): Message => ({ type: 'graft', roots: roots.map(id) });
const have = (session: string, seq = 1): Message => {
  return { type: 'have', heads: [{ session: id(session), seq }] };
};
const trees = (said: Said) => brief(said, 'beacon', 'graft', 'prune');
const signature = new Uint8Array(64);

/** The node 5 among neighbours a, b and c in the tree of root 0, which a brought. */
function hung(hops = 1): Scripted {
  const room = new Scripted(hash, '5');
  for (const digit of ['a', 'b', 'c']) room.link(digit);
  room.from('a', beacon('0', 3, hops));
  return room;
}

/** What was stated is true. @returns what all are told then */
function verified(room: Scripted): Said {
  const all: Said = {};
  for (const { id: question } of room.subject.last('verify')) {
    Object.assign(all, room.handle({ type: 'verified', id: question, ok: true }));
  }
  return all;
}

/** `by` says that the member does not answer. @returns what all are told then */
function suspect(room: Scripted, by: string, about: string): Said {
  const opinion = { by: id(by), about: id(about), incarnation: 1, number: 1, degree: 9 };
  room.from(by, { type: 'suspect', ...opinion, signature });
  return verified(room);
}

/** A later card of the member comes from `from`. @returns what all are told then */
function card(
  room: Scripted,
  from: string,
  member: string,
  state: 'alive' | 'asleep' | 'left',
): Said {
  const session = id(member);
  const rest = { incarnation: 2, health: 0, info: new Uint8Array(0), metrics: [], signature };
  room.from(from, { type: 'alive', session, proof: proofOf(session), state, ...rest });
  return verified(room);
}

describe('a parent that is not well', () => {
  it('B8: suspect, asleep or left it is left for another', () => {
    for (const end of [
      (room: Scripted) => suspect(room, 'c', 'a'),
      (room: Scripted) => card(room, 'c', 'a', 'asleep'),
      (room: Scripted) => card(room, 'c', 'a', 'left'),
      (room: Scripted) => room.from('a', { type: 'bye' }),
    ]) {
      const room = hung(2);
      room.from('b', beacon('0', 3, 1));
      expect(trees(end(room))).toMatch(/b:graft/);
    }
  });

  it('B8: another that is not well is not left for anybody, and takes nobody else along', () => {
    const room = hung(2);
    room.from('b', beacon('0', 3, 1));
    expect(trees(suspect(room, 'c', 'b'))).toBe('');
    // Nor is it hung on.
    expect(trees(room.cut('a'))).toBe('');
  });

  it('B8: well again, with no other to hang on meanwhile, it stays', () => {
    const stays = hung(2);
    suspect(stays, 'c', 'a');
    stays.pass(1000);
    card(stays, 'c', 'a', 'alive');
    expect(trees(stays.pass(30_000))).toBe('');
    const leaves = hung(2);
    suspect(leaves, 'c', 'a');
    expect(trees(leaves.pass(10_499))).toBe('');
    expect(trees(leaves.pass(1))).toMatch(/b:shared-54\+0/);
  });

  it('B8: who turns up nearer while it is suspect is hung on', () => {
    const room = hung(2);
    suspect(room, 'c', 'a');
    room.cut('a');
    room.pass(1000);
    expect(trees(room.from('b', beacon('0', 3, 1)))).toMatch(/b:graft/);
    expect(trees(room.pass(30_000))).not.toMatch(/shared-54/);
  });

  it('B8: a root that said goodbye was lost', () => {
    const room = new Scripted(hash, '5');
    for (const digit of ['0', 'b', 'c']) room.link(digit);
    room.from('0', beacon('0', 3, 0));
    room.from('b', beacon('0', 3, 1));
    room.from('0', { type: 'bye' });
    expect(trees(room.pass(1))).toBe('b:shared-54+0 c:shared-54+0');
  });

  it('B8: to take one as a child on whom we hang leaves us without a parent', () => {
    const room = hung(1);
    room.from('b', beacon('0', 3, 9));
    room.from('a', beacon('0', 3, 11));
    expect(trees(room.from('a', graft()))).toBe('a:prune a:shared-03+10 b:graft c:shared-03+10');
  });

  it('B4: unheard of for 210 s, it is told that we hang on it no more', () => {
    const room = hung();
    room.pass(214_999);
    expect(trees(room.pass(1))).toMatch(/a:prune/);
  });
});

describe('the members of the room', () => {
  it("B1: a member's own tree ends when it is gone, not when it is suspect", () => {
    for (const [end, known] of [
      [(room: Scripted) => card(room, 'a', 'f', 'left'), false],
      [(room: Scripted) => suspect(room, 'a', 'f'), true],
      [(room: Scripted) => card(room, 'a', 'f', 'asleep'), true],
    ] as const) {
      const room = hung();
      room.meet('f', 'a');
      room.from('a', beacon('f', 1, 3, false));
      end(room);
      expect(trees(room.from('b', graft('f')))).toBe(known ? '' : 'b:prunef');
    }
  });

  it('B4: who comes or goes brings the next epoch of the root sooner, who is suspect does not', () => {
    const root = () => {
      const room = new Scripted(hash, '5');
      room.link('a');
      room.meet('e', 'a');
      expect(trees(room.pass(10_000))).toBe('a:shared-51+0');
      return room;
    };
    const quiet = root();
    expect(trees(quiet.pass(20_000))).toBe('');
    const coming = root();
    coming.meet('f', 'a');
    expect(trees(coming.pass(9999))).toBe('');
    expect(trees(coming.pass(1))).toBe('a:shared-52+0');
    expect(trees(coming.pass(20_000))).toBe('');
    const going = root();
    card(going, 'a', 'e', 'left');
    expect(trees(going.pass(10_000))).toBe('a:shared-52+0');
    const doubted = root();
    suspect(doubted, 'a', 'e');
    expect(trees(doubted.pass(10_000))).toBe('');
  });

  it('B4: a root without links waits for one', () => {
    const room = new Scripted(hash, '5');
    expect(room.subject.due.has('tree')).toBe(false);
    room.link('a');
    expect(room.subject.due.has('tree')).toBe(true);
    room.cut('a');
    expect(trees(room.pass(100_000))).toBe('');
    expect(brief({ b: room.link('b') }, 'beacon')).toBe('b:shared-50+0');
  });

  it('B2: the 256 epochs of a neighbour count from its first in 10 s', () => {
    const room = new Scripted(hash, '5');
    for (const digit of ['a', 'b']) room.link(digit);
    room.pass(11_000);
    for (let epoch = 11; epoch <= 10 + 256; epoch++) room.from('a', beacon('0', epoch, 1));
    expect(trees(room.from('a', beacon('0', 300, 1)))).toBe('');
    room.pass(9999);
    expect(trees(room.from('a', beacon('0', 300, 1)))).toBe('');
    room.pass(1);
    expect(trees(room.from('a', beacon('0', 300, 1)))).toMatch(/b:shared-0300/);
  });
});

describe('what had to be asked for', () => {
  it('B7: makes a nearer neighbour the parent, at most once a second', () => {
    const room = hung(4);
    room.from('b', beacon('0', 3, 3));
    room.from('c', beacon('0', 3, 2));
    room.from('b', have('d'));
    expect(trees(room.pass(499))).toBe('');
    expect(trees(room.pass(1))).toMatch(/b:graft/);
    room.from('c', have('e'));
    expect(trees(room.pass(999))).not.toMatch(/c:graft/);
    room.from('c', have('f'));
    expect(trees(room.pass(501))).toMatch(/c:graft/);
  });

  it('B7: does not make one that is not nearer the parent, nor one that never said how far it is', () => {
    const room = hung(4);
    room.from('b', beacon('0', 3, 6));
    room.from('b', have('d'));
    room.from('c', have('e'));
    expect(trees(room.pass(2000))).toBe('');
  });

  it('B7: tells the parent anew that we hang on it, where it was the parent that was late', () => {
    const room = hung();
    room.from('a', have('d'));
    expect(trees(room.pass(500))).toBe('a:graft');
  });

  it('B7: what was named by `leaves` alone, or came by repair, changes no edge', () => {
    const room = hung(4);
    room.from('b', beacon('0', 3, 3));
    const leaf = { session: id('d'), seq: 1, ended: false, hash: 1 };
    room.from('b', { type: 'leaves', salt: 1, leaves: [leaf] });
    expect(trees(room.pass(2000))).toBe('');
  });
});
