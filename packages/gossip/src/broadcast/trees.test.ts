import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Message } from '../frames/message.ts';
import { FakeLog } from '../testing/log.ts';
import { Scripted, beacon, brief, id } from '../testing/scripted.ts';
import type { Said } from '../testing/scripted.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());

const graft = (...roots: string[]): Message => ({ type: 'graft', roots: roots.map(id) });
const prune = (...roots: string[]): Message => ({ type: 'prune', roots: roots.map(id) });
const trees = (said: Said) => brief(said, 'beacon', 'graft', 'prune');
/** Deltas 1, 2, … of a session, each in a run of its own. */
function runsOf(session: string, count: number) {
  const log = new FakeLog(hash);
  return Array.from({ length: count }, (_, i) => log.append(id(session), [Uint8Array.of(i)]));
}
const runs = (session: string) => runsOf(session, 5) as [Run, Run, Run, Run, Run];
type Run = ReturnType<typeof runsOf>[number];
/** Whom a delta goes to that comes from `source`, which is no edge. Every one uses up a session. */
let used = 0;
function edges(room: Scripted, source = 'c'): string {
  const session = hash(Uint8Array.of(++used)).reduce((text, byte) => {
    return text + byte.toString(16).padStart(2, '0');
  }, '');
  const run = new FakeLog(hash).append(session.slice(0, 32), [Uint8Array.of(1)]);
  return Object.keys(filled(room.rumour(source, run)))
    .sort()
    .join('');
}
const filled = (said: Said) =>
  Object.fromEntries(
    Object.entries(said).filter(([, all]) => all?.some(({ type }) => type === 'run')),
  );

/** The node 5 among neighbours a, b and c in the tree of root 0, which a brought. */
function hung(hops = 1): Scripted {
  const room = new Scripted(hash, '5');
  for (const digit of ['a', 'b', 'c']) room.link(digit);
  room.from('a', beacon('0', 3, hops));
  return room;
}

describe('the shared tree', () => {
  it('B4: a member tells a new neighbour its own tree of epoch 0, after hello', () => {
    const room = new Scripted(hash, '5');
    expect(brief({ a: room.link('a') }, 'hello', 'beacon')).toBe('a:hello a:shared-50+0');
  });

  it('B2: who brings a better beacon becomes the parent, and all others are told', () => {
    const room = new Scripted(hash, '5');
    for (const digit of ['a', 'b', 'c']) room.link(digit);
    expect(trees(room.from('b', beacon('0', 0, 4)))).toBe('a:shared-00+5 b:graft c:shared-00+5');
  });

  it('B4: a higher epoch is better, then a lower root; anything else is not taken up', () => {
    const room = hung();
    expect(trees(room.from('b', beacon('0', 2, 0)))).toBe('');
    expect(trees(room.from('b', beacon('1', 3, 0)))).toBe('');
    expect(trees(room.from('b', beacon('9', 4, 0)))).toMatch(/b:graft/);
    expect(trees(room.from('c', beacon('8', 4, 7)))).toMatch(/c:graft/);
  });

  it('B2: a new epoch from the parent is passed on, and the edge stands without a word', () => {
    const room = hung();
    expect(trees(room.from('a', beacon('0', 4, 1)))).toBe('b:shared-04+2 c:shared-04+2');
  });

  it('B2: children stay through a new epoch until they leave', () => {
    const room = hung();
    room.from('b', graft());
    room.from('a', beacon('0', 4, 1));
    expect(edges(room)).toBe('ab');
    room.from('b', prune());
    expect(edges(room)).toBe('a');
  });

  it('B2: an unused edge to a former parent is pruned at once', () => {
    expect(trees(hung().from('b', beacon('0', 4, 1)))).toBe(
      'a:prune a:shared-04+2 b:graft c:shared-04+2',
    );
  });

  it('B2: a former parent in use keeps its edge for 2 s', () => {
    const room = hung();
    edges(room);
    room.pass(2000);
    expect(trees(room.from('b', beacon('1', 4, 1)))).not.toMatch(/prune/);
    expect(edges(room)).toBe('ab');
    expect(trees(room.pass(1999))).toBe('');
    expect(trees(room.pass(1))).toBe('a:prune');
    expect(edges(room)).toBe('b');
  });

  it('B2: a former parent that grafts is a child and is not pruned', () => {
    const room = hung();
    edges(room);
    room.from('b', beacon('0', 4, 1));
    room.from('a', graft());
    expect(trees(room.pass(3000))).toBe('');
    expect(edges(room)).toBe('ab');
  });

  it('B2: a beacon no honest node sends is passed over', () => {
    const room = hung();
    expect(trees(room.from('b', beacon('0', 2 ** 40, 1)))).toBe('');
    expect(trees(room.from('b', beacon('0', 9, 1_000_000)))).toBe('');
    expect(trees(room.from('b', beacon('0', 2 ** 39, 999_999)))).toMatch(/b:graft/);
  });

  it('B2: after the last epoch comes the first: nobody keeps the room from a later one', () => {
    const room = hung();
    for (const epoch of [2 ** 39, 2 ** 40 - 1]) {
      room.from('b', beacon('0', epoch, 1));
      room.pass(60_000);
    }
    expect(trees(room.from('c', beacon('0', 2 ** 39, 1)))).toBe('');
    expect(trees(room.from('a', beacon('1', 1, 1)))).toMatch(/a:graft/);
  });

  it('B2: one neighbour may bring 256 epochs in 10 s, and again in the next', () => {
    const room = new Scripted(hash, '5');
    for (const digit of ['a', 'b']) room.link(digit);
    for (let epoch = 1; epoch <= 256; epoch++) room.from('a', beacon('0', epoch, 1));
    expect(trees(room.from('a', beacon('0', 300, 1)))).toBe('');
    expect(trees(room.from('b', beacon('0', 300, 1)))).toMatch(/b:graft/);
    room.pass(10_000);
    expect(trees(room.from('a', beacon('0', 301, 1)))).toMatch(/a:graft/);
  });

  it('B2: to graft in a tree not known is answered with prune', () => {
    expect(trees(hung().from('b', graft('7')))).toBe('b:prune7');
  });

  it('B8: who told fewer hops than we have may not hang on us', () => {
    const room = hung(4);
    room.from('b', beacon('0', 3, 4));
    expect(trees(room.from('b', graft()))).toBe('b:prune');
    // As far as we are, and of a higher session id: we are the nearer one.
    room.from('c', beacon('0', 3, 5));
    expect(trees(room.from('c', graft()))).toBe('');
  });
});

describe('without a parent', () => {
  it('B8: the nearest of those nearer takes its place, told how far we are', () => {
    const room = hung(4);
    room.from('b', beacon('0', 3, 3));
    room.from('c', beacon('0', 3, 2));
    room.pass(1);
    expect(trees(room.cut('a'))).toBe('c:shared-03+5 c:graft');
  });

  it('B8: of two as near the lower session id is taken', () => {
    const room = hung(4);
    room.from('c', beacon('0', 3, 3));
    room.from('b', beacon('0', 3, 3));
    expect(trees(room.cut('a'))).toMatch(/b:graft/);
  });

  it('B8: as many hops and a lower session id is nearer, a higher one is not', () => {
    const near = new Scripted(hash, '5');
    for (const digit of ['a', '4']) near.link(digit);
    near.from('a', beacon('0', 3, 1));
    near.from('4', beacon('0', 3, 2), graft());
    expect(trees(near.cut('a'))).toBe('4:graft');
  });

  it('B8: with nobody nearer it prunes who hangs on it, hangs farther and tells so', () => {
    const room = hung(2);
    room.from('b', graft());
    room.from('c', beacon('0', 3, 6));
    room.pass(1);
    expect(trees(room.cut('a'))).toBe('b:prune b:shared-03+7 c:shared-03+7 c:graft');
    expect(edges(room, 'b')).toBe('c');
  });

  it('B8: after that, who cannot know how far it is now may not hang on it', () => {
    const room = hung(2);
    room.from('c', beacon('0', 3, 6));
    room.cut('a');
    expect(trees(room.from('b', graft()))).toBe('b:prune');
    room.from('b', beacon('0', 3, 8));
    expect(trees(room.from('b', graft()))).toBe('');
  });

  it('B8: it goes farther four times an epoch, then waits', () => {
    const room = new Scripted(hash, '5');
    for (const digit of ['a', 'b', 'c']) room.link(digit);
    room.from('a', beacon('0', 3, 10));
    for (let hops = 20, i = 0; i < 4; i++, hops += 10) {
      const digit = i % 2 === 0 ? 'b' : 'a';
      room.from(i % 2 === 0 ? 'a' : 'b', prune());
      expect(trees(room.from(digit, beacon('0', 3, hops)))).toMatch(`${digit}:graft`);
    }
    room.from('a', prune());
    expect(trees(room.from('c', beacon('0', 3, 90)))).toBe('');
    expect(trees(room.from('c', beacon('0', 4, 90)))).toMatch(/c:graft/);
  });

  it('B8: alone with the loss it waits for a neighbour to tell how far it is', () => {
    const room = hung(2);
    expect(trees(room.cut('a'))).toBe('');
    room.pass(1);
    expect(trees(room.from('b', beacon('0', 3, 2)))).toBe('b:shared-03+3 b:graft');
  });

  it('B8: prune from the parent leaves it without one', () => {
    const room = hung(2);
    room.from('b', beacon('0', 3, 1));
    expect(trees(room.from('a', prune()))).toBe('b:graft');
  });

  it('B8: a neighbour that is no edge may prune to no effect', () => {
    const room = hung(2);
    expect(trees(room.from('b', prune()))).toBe('');
    expect(edges(room)).toBe('a');
  });

  it('B8: stuck, it becomes root 10 s after the epoch began and half a second', () => {
    const room = hung(2);
    room.pass(4000);
    room.cut('a');
    expect(trees(room.pass(6499))).toBe('');
    expect(trees(room.pass(1))).toBe('b:shared-54+0 c:shared-54+0');
  });

  it('B8: not when somebody turns up meanwhile', () => {
    const room = hung(2);
    room.cut('a');
    room.from('b', beacon('0', 3, 3));
    expect(trees(room.pass(30_000))).not.toMatch(/shared-54/);
  });

  it('B4: next to the root that was lost it becomes root at once', () => {
    const room = new Scripted(hash, '5');
    for (const digit of ['0', 'b', 'c']) room.link(digit);
    room.from('0', beacon('0', 3, 0));
    room.from('b', beacon('0', 3, 1));
    room.cut('0');
    expect(trees(room.pass(1))).toBe('b:shared-54+0 c:shared-54+0');
  });

  it('B4: but not where another neighbour of the root is nearer', () => {
    const room = new Scripted(hash, '5');
    for (const digit of ['0', '4']) room.link(digit);
    room.from('0', beacon('0', 3, 0));
    room.from('4', beacon('0', 3, 1));
    expect(trees(room.cut('0'))).toBe('4:graft');
    expect(trees(room.pass(5000))).toBe('');
  });

  it('B8: a root that only ended the link is no lost root', () => {
    const room = new Scripted(hash, '5');
    for (const digit of ['0', 'b']) room.link(digit);
    room.from('0', beacon('0', 3, 0));
    room.from('b', beacon('0', 3, 1));
    expect(trees(room.cut('0', 'closed'))).toMatch(/b:graft/);
  });

  it('B4: without any link it is its own root of epoch 0 again', () => {
    const room = new Scripted(hash, '5');
    room.link('a');
    room.from('a', beacon('0', 3, 1));
    room.cut('a');
    expect(brief({ b: room.link('b') }, 'beacon')).toBe('b:shared-50+0');
  });
});

describe('the root', () => {
  it('B4: sends the next epoch 10 s after links changed, then every 60 s', () => {
    const room = new Scripted(hash, '5');
    room.link('a');
    expect(trees(room.pass(9999))).toBe('');
    expect(trees(room.pass(1))).toBe('a:shared-51+0');
    expect(trees(room.pass(59_000))).not.toMatch(/beacon|shared/);
    expect(trees(room.pass(1000))).toBe('a:shared-52+0');
  });

  it('B4: unheard of for 210 s and a random time it is replaced', () => {
    const room = hung();
    const waited = 210_000 + 5000;
    expect(trees(room.pass(waited - 1))).not.toMatch(/shared-54/);
    expect(trees(room.pass(1))).toMatch(/b:shared-54\+0/);
  });

  it('B4: hears of an epoch it did not begin and begins the one after', () => {
    const room = new Scripted(hash, '5');
    for (const digit of ['a', 'b']) room.link(digit);
    expect(trees(room.from('a', beacon('5', 7, 2)))).toBe('a:shared-58+0 b:shared-58+0');
  });

  it('B4: gives way to a better one', () => {
    const room = new Scripted(hash, '5');
    for (const digit of ['a', 'b']) room.link(digit);
    room.pass(10_000);
    expect(trees(room.from('a', beacon('4', 1, 0)))).toBe('a:graft b:shared-41+1');
    expect(trees(room.pass(100_000))).not.toMatch(/shared-5/);
  });
});

describe('hidden members', () => {
  it('B3: tell 64 hops more, and so again when shown', () => {
    const room = hung();
    expect(trees(room.handle({ type: 'hidden', hidden: true }))).toBe(
      'a:shared-03+66 b:shared-03+66 c:shared-03+66',
    );
    expect(trees(room.handle({ type: 'hidden', hidden: false }))).toMatch(/b:shared-03\+2/);
  });

  it('B3: lose their children to one 32 hops nearer, who then are nearer themselves', () => {
    const room = hung(38);
    expect(trees(room.from('b', beacon('0', 3, 7)))).toBe('');
    expect(trees(room.from('c', beacon('0', 3, 6)))).toBe(
      'a:prune a:shared-03+7 b:shared-03+7 c:graft',
    );
  });

  it('B3: a parent that is hidden later is left only for one that is nearer', () => {
    const room = hung(1);
    room.from('a', beacon('0', 3, 65));
    expect(trees(room.from('b', beacon('0', 3, 2)))).toBe('');
    expect(trees(room.from('c', beacon('0', 3, 1)))).toMatch(/c:graft/);
  });
});

describe('duplicates', () => {
  it('B7: from a former parent end its edge', () => {
    const room = hung();
    const [first] = runs('e');
    edges(room);
    room.from('b', beacon('0', 4, 1));
    room.rumour('b', first);
    expect(trees(room.rumour('a', first))).toBe('a:prune');
    expect(edges(room)).toBe('b');
    expect(trees(room.pass(3000))).toBe('');
  });

  it('B7: of what the former parent had sent first end its edge too', () => {
    const room = hung();
    const [first] = runs('e');
    edges(room);
    room.from('b', beacon('0', 4, 1));
    room.rumour('a', first);
    expect(trees(room.rumour('b', first))).toBe('a:prune');
  });

  it('B7: from a neighbour that is no edge are answered with prune', () => {
    const room = hung();
    const [first] = runs('e');
    room.rumour('a', first, 'odd');
    expect(trees(room.rumour('b', first, 'odd'))).toBe('b:prune');
  });

  it('B7: from a neighbour that is no edge, though first, are answered with prune', () => {
    const room = hung();
    const [first] = runs('e');
    room.rumour('b', first, 'odd');
    expect(trees(room.rumour('a', first, 'odd'))).toBe('b:prune');
  });

  it('B7: between parent and child end nothing', () => {
    const room = hung();
    const [first] = runs('e');
    room.from('b', graft());
    room.rumour('b', first);
    expect(trees(room.rumour('a', first))).toBe('');
  });

  it('B7: that were asked for, or went straight from their author, end nothing', () => {
    const room = hung();
    const [first, second] = runs('e');
    room.rumour('a', first);
    expect(trees(room.from('b', { type: 'run', repair: true, way: 'even', ...first }))).toBe('');
    room.rumour('a', second, 'direct');
    expect(trees(room.rumour('b', second, 'direct'))).toBe('');
  });
});
