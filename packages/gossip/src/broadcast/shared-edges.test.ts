import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SessionId } from '@grapevine/wire';
import type { Message, Way } from '../frames/message.ts';
import { FakeLog } from '../testing/log.ts';
import { Scripted, beacon, brief, id } from '../testing/scripted.ts';
import type { Said } from '../testing/scripted.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const trees = (said: Said) => brief(said, 'graft', 'prune');
const graft: Message = { type: 'graft', roots: [] };
const neighbours = ['a', 'b', 'c', 'd'];

/** By whom they are sent, who gets the runs said and what way they go: `ab odd`. */
function runsIn(said: Said): string {
  const to: string[] = [];
  const ways = new Set<Way>();
  for (const [digit, messages] of Object.entries(said)) {
    for (const message of messages ?? []) {
      if (message.type !== 'run') continue;
      to.push(digit);
      ways.add(message.way);
    }
  }
  return [to.sort().join(''), ...ways].join(' ');
}

let used = 0;
/** Of a session of its own. */
function freshRun() {
  const text = used++;
  const session: SessionId = `e${text.toString(16).padStart(31, '0')}`;
  return new FakeLog(hash).append(session, [Uint8Array.of(text % 256)]);
}

/** Where a delta goes that comes that way from the neighbour. */
const onward = (room: Scripted, way: Way, from = 'd') => runsIn(room.rumour(from, freshRun(), way));

/** In epoch 3 of the root 0 the node 5 hung on a, and c on it, for so long; now b has brought epoch 4. */
function renewed({ formedMs = 2000, root = '0' } = {}): Scripted {
  const room = new Scripted(hash, '5');
  for (const digit of neighbours) {
    room.link(digit);
    room.meet(digit, digit);
  }
  room.meet('8', 'a');
  room.from('a', beacon('0', 3, 1));
  room.from('c', graft);
  room.pass(formedMs);
  expect(trees(room.from('b', beacon(root, 4, 1)))).toMatch('b:graft');
  return room;
}

describe('after a new epoch of the same root', () => {
  it('B2: deltas of the one before go on along its edges for 4 s', () => {
    const room = renewed();
    expect(onward(room, 'odd')).toBe('ac odd');
    expect(onward(room, 'odd', 'a')).toBe('c odd');
    room.pass(3999);
    expect(onward(room, 'odd')).toBe('ac odd');
    room.pass(1);
    expect(onward(room, 'odd')).toBe('bc even');
  });

  it('B2: what is written here goes along the one before for 2 s', () => {
    const room = renewed();
    expect(runsIn(room.write())).toBe('ac odd');
    room.pass(1999);
    expect(runsIn(room.write())).toBe('ac odd');
    room.pass(1);
    expect(runsIn(room.write())).toBe('bc even');
  });

  it('B2: deltas of the new one go along its edges, to the former parent no more', () => {
    const room = renewed();
    expect(onward(room, 'even')).toBe('bc even');
    room.from('c', { type: 'prune', roots: [] });
    expect(onward(room, 'even')).toBe('b even');
    expect(onward(room, 'odd')).toBe('ac odd');
  });

  it('B2: the former parent is left once it, too, must have heard of the epoch', () => {
    const room = renewed();
    expect(trees(room.pass(1999))).toBe('');
    expect(trees(room.pass(1))).toBe('a:prune');
    expect(onward(room, 'odd')).toBe('ac odd');
  });

  it('B2: a member that was in another tree is fed whatever the way', () => {
    const room = renewed();
    room.link('9');
    room.from('9', beacon('9', 0, 0));
    expect(onward(room, 'odd')).toBe('ac odd');
    room.from('9', graft);
    expect(onward(room, 'odd')).toBe('9ac odd');
    expect(onward(room, 'even')).toBe('9bc even');
  });

  it('B2: but not one that has long been in the tree and only hangs here now', () => {
    const room = renewed();
    room.link('9');
    room.from('9', beacon('0', 4, 7), graft);
    expect(onward(room, 'odd')).toBe('ac odd');
    expect(onward(room, 'even')).toBe('9bc even');
  });

  it('B7: a duplicate that came along the one before ends nothing', () => {
    const room = renewed();
    const run = freshRun();
    room.rumour('a', run, 'odd');
    expect(trees(room.rumour('d', run, 'odd'))).toBe('');
    const other = freshRun();
    room.rumour('a', other, 'even');
    expect(trees(room.rumour('d', other, 'even'))).toBe('d:prune');
  });

  it('O5: a link on the one before that is let go ends 2 s later', () => {
    const room = renewed();
    const closed = () => room.subject.last('close').map(({ reason }) => reason);
    room.from('a', { type: 'disconnect', members: [] });
    expect(closed()).toEqual([]);
    room.pass(1999);
    expect(closed()).toEqual([]);
    room.pass(1);
    expect(closed()).toEqual(['pruned']);
    expect(onward(room, 'odd')).toBe('bc even');
  });

  it('B10: ephemerals go along both', () => {
    const room = renewed();
    room.handle({ type: 'ephemeral', channel: 'x', bytes: Uint8Array.of(1) });
    const [sign] = room.subject.last('sign');
    if (sign === undefined) throw new Error('nothing to sign');
    const said = room.handle({ type: 'signed', id: sign.id, signature: new Uint8Array(64) });
    const to = Object.keys(said).filter((digit) =>
      said[digit]?.some(({ type }) => type === 'ephemeral'),
    );
    expect(to.sort().join('')).toBe('abc');
  });
});

describe('the epoch before is not kept', () => {
  it('B2: where its edges had not stood for 2 s', () => {
    expect(onward(renewed({ formedMs: 1999 }), 'odd')).toBe('bc even');
  });

  it('B2: where the root is another one', () => {
    expect(onward(renewed({ root: '1' }), 'odd')).toBe('bc even');
  });

  it('B2: once a link on it is lost', () => {
    const room = renewed();
    room.cut('d');
    expect(onward(room, 'odd', 'c')).toBe('a odd');
    room.cut('c');
    expect(onward(room, 'odd', 'a')).toBe('b even');
  });

  it('B2: once a neighbour on it is not well', () => {
    for (const [about, edges] of [
      ['d', 'a odd'],
      ['a', 'ab even'],
    ] as const) {
      const room = renewed();
      const opinion = { by: id('b'), about: id(about), incarnation: 1, number: 1, degree: 9 };
      room.from('b', { type: 'suspect', ...opinion, signature: new Uint8Array(64) });
      for (const { id: question } of room.subject.last('verify')) {
        room.handle({ type: 'verified', id: question, ok: true });
      }
      expect(onward(room, 'odd', 'c')).toBe(edges);
    }
  });

  it('B2: by who begins an epoch for want of a root', () => {
    const room = new Scripted(hash, '5');
    for (const digit of ['0', 'b', 'c']) room.link(digit);
    room.from('0', beacon('0', 3, 0));
    room.from('b', beacon('0', 3, 1), graft);
    room.pass(2000);
    room.cut('0');
    room.pass(1);
    expect(runsIn(room.write())).toMatch('even');
  });
});

it('B2: the root keeps it too', () => {
  const room = new Scripted(hash, '5');
  for (const digit of ['a', 'b']) {
    room.link(digit);
    room.meet(digit, digit);
  }
  room.meet('8', 'a');
  room.from('a', beacon('5', 0, 1), graft);
  expect(brief(room.pass(10_000), 'beacon')).toMatch('a:shared-51+0');
  expect(runsIn(room.write())).toBe('a even');
  room.pass(1999);
  expect(runsIn(room.write())).toBe('a even');
  room.pass(1);
  expect(runsIn(room.write())).toBe('a odd');
});
