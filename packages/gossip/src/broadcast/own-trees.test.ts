import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Message } from '../frames/message.ts';
import { FakeLog } from '../testing/log.ts';
import { Scripted, beacon, brief, id } from '../testing/scripted.ts';
import type { Said } from '../testing/scripted.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());

const graft = (...roots: string[]): Message => ({ type: 'graft', roots: roots.map(id) });
const prune = (...roots: string[]): Message => ({ type: 'prune', roots: roots.map(id) });
const have = (session: string, seq: number): Message => {
  return { type: 'have', heads: [{ session: id(session), seq }] };
};
const trees = (said: Said) => brief(said, 'beacon', 'graft', 'prune');
const sent = (said: Said) => brief(said, 'run');
const own = (root: string, epoch: number, hops: number) => beacon(root, epoch, hops, false);

/** The node 5 on the shared tree of a, beside b and c, in a room with more members than those. */
function large(): Scripted {
  const room = new Scripted(hash, '5');
  for (const digit of ['a', 'b', 'c']) room.link(digit);
  room.from('a', beacon('0', 3, 1));
  room.meet('f', 'a');
  return room;
}

/** Deltas 1 to `count` of one session, each in a run of its own. */
function runs(session: string, count: number) {
  const log = new FakeLog(hash);
  return Array.from({ length: count }, (_, i) => log.append(id(session), [Uint8Array.of(i)]));
}

describe("an author's own tree", () => {
  it('B5: begins with the 32nd delta and is used 2 s later', () => {
    const room = large();
    expect(trees(room.write(31))).toBe('');
    const last = room.write();
    expect(trees(last)).toBe('a:own-51+0 b:own-51+0 c:own-51+0');
    expect(sent(last)).toBe('a:odd-532..32');
    room.from('b', graft('5'));
    room.from('c', graft('5'));
    room.pass(1999);
    expect(sent(room.write())).toBe('a:odd-533..33');
    room.pass(1);
    expect(sent(room.write())).toBe('b:own-534..34 c:own-534..34');
  });

  it('B5: is not used while nobody hangs on it', () => {
    const room = large();
    room.write(32);
    room.pass(3000);
    expect(sent(room.write())).toBe('a:odd-533..33');
  });

  it('B5: goes into the next epoch after 10 s and 32 deltas where links changed', () => {
    const room = large();
    room.write(32);
    room.pass(9999);
    expect(trees(room.write(40))).toBe('');
    room.pass(1);
    expect(trees(room.write())).toBe('a:own-52+0 b:own-52+0 c:own-52+0');
    room.pass(10_000);
    expect(trees(room.write(31))).toBe('');
    expect(trees(room.write())).toMatch(/own-53/);
  });

  it('B5: goes into the next epoch after 60 s where nothing changed', () => {
    const room = large();
    room.pass(40_000);
    room.from('a', beacon('0', 4, 1));
    room.write(32);
    room.pass(59_999);
    room.from('a', beacon('0', 5, 1));
    expect(trees(room.write(32))).toBe('');
    room.pass(1);
    expect(trees(room.write())).toMatch(/own-52/);
  });

  it('B5: does not begin while 64 trees are in use', () => {
    const room = large();
    const roots = Array.from({ length: 63 }, (_, i) => {
      return hash(Uint8Array.of(i)).reduce(
        (text, byte) => text + byte.toString(16).padStart(2, '0'),
        '',
      );
    }).map((text) => text.slice(0, 32));
    const log = new FakeLog(hash);
    for (const root of roots) {
      const [first, second] = [1, 2].map((byte) => log.append(root, [Uint8Array.of(byte)]));
      if (first === undefined || second === undefined) continue;
      room.rumour('a', first);
      room.from('a', { ...own('0', 1, 2), root });
      room.rumour('a', second, 'own');
    }
    expect(trees(room.write(40))).toBe('');
    room.pass(60_001);
    expect(trees(room.write())).toMatch(/own-51/);
  });

  it('B5: hears of an epoch it did not begin and begins the one after', () => {
    const room = large();
    expect(trees(room.from('b', own('5', 9, 1)))).toBe('');
    room.write(32);
    expect(trees(room.from('b', own('5', 9, 1)))).toMatch(/a:own-510\+0/);
  });

  it('B2: one neighbour can make it begin 256 epochs in 10 s', () => {
    const room = large();
    room.write(32);
    const begun = (from: string, epoch: number) =>
      trees(room.from(from, own('5', epoch, 1))) !== '';
    const counts = Array.from({ length: 300 }, (_, n) => begun('b', 10 + 2 * n));
    expect(counts.filter(Boolean)).toHaveLength(256);
    expect(begun('c', 1000)).toBe(true);
    room.pass(10_000);
    expect(begun('b', 2000)).toBe(true);
  });

  it('B4: a new neighbour is told it', () => {
    const room = large();
    room.write(32);
    expect(brief({ d: room.link('d') }, 'beacon')).toBe('d:shared-03+2 d:own-51+0');
  });
});

describe("another's own tree", () => {
  /** The tree of e, who is not linked, as a brought it. */
  function known(): Scripted {
    const room = large();
    const [first] = runs('e', 1);
    if (first !== undefined) room.rumour('a', first);
    room.from('a', own('e', 1, 2));
    return room;
  }

  it('B2: is believed in where its root is here or its feed is held', () => {
    const room = large();
    expect(trees(room.from('a', own('e', 1, 2)))).toBe('');
    expect(trees(room.from('a', own('c', 1, 2)))).toBe('a:graftc b:own-c1+3 c:own-c1+3');
    const [first] = runs('e', 1);
    if (first !== undefined) room.rumour('a', first);
    expect(trees(room.from('a', own('e', 1, 2)))).toBe('a:grafte b:own-e1+3 c:own-e1+3');
  });

  it('B6: its deltas go to the children only', () => {
    const room = known();
    const [, second, third] = runs('e', 3);
    if (second === undefined || third === undefined) throw new Error('too few');
    expect(sent(room.rumour('a', second, 'own'))).toBe('');
    room.from('c', graft('e'));
    expect(sent(room.rumour('b', third, 'own'))).toBe('c:own-e3..3');
  });

  it('B6: where it is not known they are told as have at once, and the sender is the parent', () => {
    const room = large();
    const [first, second] = runs('e', 2);
    if (first === undefined || second === undefined) throw new Error('too few');
    const said = room.rumour('a', first, 'own');
    expect(brief(said, 'run', 'have')).toBe('b:have-e1 c:have-e1');
    room.from('c', graft('e'));
    expect(sent(room.rumour('a', second, 'own'))).toBe('c:own-e2..2');
    // The only witness of the tree takes it back.
    room.from('a', prune('e'));
    expect(trees(room.from('b', graft('e')))).toBe('b:prunee');
  });

  it('B7: a duplicate from anybody but the parent prunes its link', () => {
    const room = known();
    const [, second, third] = runs('e', 3);
    if (second === undefined || third === undefined) throw new Error('too few');
    room.rumour('a', second, 'own');
    expect(trees(room.rumour('b', second, 'own'))).toBe('b:prunee');
    room.rumour('b', third, 'own');
    expect(trees(room.rumour('a', third, 'own'))).toBe('b:prunee');
  });

  it('B7: a have that ripens makes its sender the parent, be it nearer or not', () => {
    const room = known();
    room.from('b', own('e', 1, 8));
    room.from('b', have('e', 2));
    expect(brief(room.pass(499), 'want', 'graft')).toBe('');
    const said = room.pass(1);
    const words = brief(said, 'want', 'graft', 'prune').split(' ');
    expect(words.sort()).toEqual(['a:prunee', 'b:grafte', 'b:want-e2..2']);
  });

  it('B7: a have of the parent that ripens grafts again', () => {
    const room = known();
    room.from('a', have('e', 2));
    expect(brief(room.pass(500), 'want', 'graft')).toBe('a:grafte a:want-e2..2');
  });

  it('B7: a have fulfilled in time leads to nothing', () => {
    const room = known();
    const [, second] = runs('e', 2);
    room.from('b', have('e', 2));
    room.pass(400);
    if (second !== undefined) room.rumour('a', second, 'own');
    expect(brief(room.pass(2000), 'want', 'graft')).toBe('');
  });

  it('B7: of one who wrote 32 and whose tree is not known, the tree is asked for', () => {
    const room = large();
    for (const run of runs('e', 32)) room.rumour('a', run);
    room.from('b', have('e', 33));
    expect(brief(room.pass(500), 'want', 'graft')).toBe('b:grafte b:want-e33..33');
    expect(trees(room.from('b', prune('e')))).toBe('');
    expect(trees(room.from('c', graft('e')))).toBe('c:prunee');
  });

  it('B7: of one who wrote less a nearer neighbour becomes parent in the shared tree', () => {
    const room = large();
    room.from('b', beacon('0', 3, 2));
    room.from('c', beacon('0', 3, 1));
    room.from('b', have('d', 1));
    expect(brief(room.pass(500), 'want', 'graft')).toBe('b:want-d1..1');
    room.from('c', have('e', 1));
    expect(brief(room.pass(500), 'want', 'graft')).toBe('c:graft c:want-e1..1');
    // At most once a second.
    room.from('a', have('9', 1));
    expect(brief(room.pass(500), 'want', 'graft')).toBe('a:want-91..1');
  });

  it('B8: ends with its root, and with its link', () => {
    const room = large();
    room.from('a', own('c', 1, 2));
    room.from('b', graft('c'));
    room.from('c', { type: 'bye' });
    expect(trees(room.from('b', graft('c')))).toBe('b:prunec');
  });

  it('B1: the 64th gives way to the one used last, and is left in order', () => {
    const room = large();
    const log = new FakeLog(hash);
    const names = Array.from({ length: 64 }, (_, i) => {
      const digits = i.toString(16).padStart(2, '0');
      return `${digits}${'7'.repeat(30)}`;
    });
    let last: Said = {};
    for (const [index, root] of names.entries()) {
      room.rumour('a', log.append(root, [Uint8Array.of(1)]));
      last = room.from('a', { ...own('0', 1, 2), root });
      if (index === 0) room.from('b', { type: 'graft', roots: [root] });
      if (index < 63) expect(trees(last)).not.toMatch(/prune/);
    }
    expect(brief(last, 'prune')).toBe('a:prune0 b:prune0');
  });
});
