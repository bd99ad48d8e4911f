import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Message } from '../frames/message.ts';
import { FakeLog } from '../testing/log.ts';
import { Scripted, beacon, brief, id } from '../testing/scripted.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());

const have = (session: string, seq: number): Message => {
  return { type: 'have', heads: [{ session: id(session), seq }] };
};
const peers = (...digits: string[]): Message => ({ type: 'peers', members: digits.map(id) });

function runs(session: string, count: number) {
  const log = new FakeLog(hash);
  return Array.from({ length: count }, (_, i) => log.append(id(session), [Uint8Array.of(i)]));
}

/** The node 5 with the neighbours named, a being the parent on the shared tree; f is elsewhere. */
function large(...digits: string[]): Scripted {
  const room = new Scripted(hash, '5');
  for (const digit of digits) room.link(digit);
  room.from('a', beacon('0', 3, 1));
  room.meet('f', 'a');
  return room;
}

describe('own deltas', () => {
  it('B5: go to all neighbours at once while these are all members known', () => {
    const room = new Scripted(hash, '5');
    for (const digit of ['a', 'b', '4']) room.link(digit);
    expect(brief(room.write(), 'run')).toBe('4:direct-51..1 a:direct-51..1 b:direct-51..1');
    expect(brief(room.pass(2000), 'have')).toBe('');
    room.meet('f', 'a');
    room.from('b', { type: 'graft', roots: [] });
    expect(brief(room.write(), 'run')).toBe('b:even-52..2');
  });

  it('B6: go along the shared tree, and beside it as have within 750 ms', () => {
    const room = large('a', 'b', 'c');
    expect(brief(room.write(), 'run', 'have')).toBe('a:odd-51..1');
    expect(brief(room.pass(749), 'run', 'have')).toBe('');
    expect(brief(room.pass(1), 'run', 'have')).toBe('b:have-51 c:have-51');
    expect(brief(room.pass(2000), 'run', 'have')).toBe('');
  });

  it('B6: a neighbour of lower session id is told 250 ms later, unless it spoke first', () => {
    const room = large('a', '3', '4');
    room.write();
    expect(brief(room.pass(749), 'have')).toBe('');
    room.from('4', have('5', 1));
    expect(brief(room.pass(251), 'have')).toBe('3:have-51');
  });

  it('B6: what follows within a step goes along, what is younger waits for its own time', () => {
    const room = large('a', 'b');
    room.write();
    room.pass(249);
    room.write();
    room.pass(251);
    room.write();
    expect(brief(room.pass(250), 'have')).toBe('b:have-52');
    expect(brief(room.pass(1000), 'have')).toBe('b:have-53');
  });

  it('B6: a have rides on the first frame after the delay began, once', () => {
    const room = large('a', 'b');
    room.write();
    room.pass(499);
    expect(brief(room.from('b', { type: 'echo', nonce: 1 }), 'have')).toBe('');
    room.pass(1);
    expect(brief(room.from('b', { type: 'echo', nonce: 2 }), 'have')).toBe('b:have-51');
    expect(brief(room.pass(2000), 'have')).toBe('');
  });

  it("B5: another tab's deltas go along the shared tree", () => {
    const room = new Scripted(hash, '5');
    for (const digit of ['a', 'b']) room.link(digit);
    room.from('a', beacon('0', 3, 1));
    const [run] = runs('e', 1);
    if (run === undefined) throw new Error('no run');
    room.log.validateRun(run.session, run.bytes);
    const feed = room.log.feed(run.session);
    const said = room.handle({ type: 'append', feed, runs: [run] });
    expect(brief(said, 'run')).toBe('a:odd-e1..1');
  });
});

describe('deltas of others', () => {
  it('B6: go on along the tree at once, never back, and count as forwarded', () => {
    const room = large('a', 'b', 'c');
    room.from('b', { type: 'graft', roots: [] });
    const [first] = runs('e', 1);
    if (first === undefined) throw new Error('no run');
    expect(brief(room.rumour('b', first), 'run', 'have')).toBe('a:odd-e1..1');
    expect(room.subject.node.stats().deltasForwarded).toBe(1);
    expect(brief(room.pass(750), 'have')).toBe('c:have-e1');
  });

  it('G3: do not go to who has said to hold them', () => {
    const room = large('a', 'b');
    room.from('b', { type: 'graft', roots: [] }, have('e', 1));
    const [first] = runs('e', 1);
    if (first === undefined) throw new Error('no run');
    expect(brief(room.rumour('a', first), 'run')).toBe('');
    expect(brief(room.pass(1000), 'have')).toBe('');
  });

  it('G3: of a run only what the neighbour lacks goes to it, from the log', () => {
    const room = large('a', 'b');
    room.from('b', { type: 'graft', roots: [] }, have('e', 1));
    const log = new FakeLog(hash);
    const run = log.append(id('e'), [Uint8Array.of(1), Uint8Array.of(2)]);
    expect(brief(room.rumour('a', run), 'run')).toBe('');
    const [read] = room.subject.last('readRuns');
    expect(read).toMatchObject({ session: id('e'), from: 2, to: 2 });
    const runsRead = room.log.readRuns(id('e'), 2, 2, 65_536);
    const answer = { type: 'runsRead', id: read?.id ?? 0, runs: runsRead, end: undefined } as const;
    expect(brief(room.handle(answer), 'run')).toBe('b:odd-e2..2');
  });

  it('B5: sent directly go on along the shared tree to those not linked to the author', () => {
    const room = large('a', 'b', 'c', 'd');
    for (const digit of ['b', 'c', 'd']) room.from(digit, { type: 'graft', roots: [] });
    room.from('a', peers('5', 'b'));
    room.from('c', peers('5', 'a'));
    const [first] = runs('a', 1);
    if (first === undefined) throw new Error('no run');
    expect(brief(room.rumour('a', first, 'direct'), 'run')).toBe('d:direct-a1..1');
    expect(brief(room.pass(1000), 'have')).toBe('');
  });

  it('G2: got by repair are announced at once and not pushed', () => {
    const room = large('a', 'b', 'c');
    const [first] = runs('e', 1);
    if (first === undefined) throw new Error('no run');
    room.from('b', { type: 'run', repair: true, way: 'even', ...first });
    const [question] = room.subject.last('validate');
    const verdict = room.log.validateRun(first.session, first.bytes);
    const said = room.handle({ type: 'validated', id: question?.id ?? 0, ...verdict });
    expect(brief(said, 'run', 'have')).toBe('a:have-e1 c:have-e1');
  });
});

describe('what is late', () => {
  /** How long a delta named by a neighbour is waited for, by the round trip to it. */
  function grace(roundTripMs?: number): number {
    const room = large('a');
    const echo = room.link('b').find((message) => message.type === 'echo');
    if (roundTripMs !== undefined && echo?.type === 'echo') {
      room.subject.now += roundTripMs;
      room.from('b', { type: 'echoReply', nonce: echo.nonce });
    }
    room.from('b', have('e', 1));
    for (let waited = 1; waited <= 3000; waited++) {
      if (brief(room.pass(1), 'want') !== '') return waited;
    }
    return Infinity;
  }

  it('G5: is wanted three round trips after a have, at least 300 and at most 1000 ms', () => {
    expect([10, 100, 101, 333, 334, 2000].map(grace)).toEqual([300, 300, 303, 999, 1000, 1000]);
  });

  it('G5: is wanted 500 ms after a have before the first round trip is known', () => {
    expect(grace()).toBe(500);
  });

  it('G5: a gap before a rumour is wanted after the same time', () => {
    const room = large('a', 'b');
    const [, second] = runs('e', 2);
    if (second === undefined) throw new Error('no run');
    expect(brief(room.rumour('a', second), 'want')).toBe('');
    expect(brief(room.pass(499), 'want')).toBe('');
    expect(brief(room.pass(1), 'want')).toBe('a:want-e1..1');
  });

  it('G5: a gap before what came by repair is wanted at once', () => {
    const room = large('a', 'b');
    const [, second] = runs('e', 2);
    if (second === undefined) throw new Error('no run');
    const said = room.from('a', { type: 'run', repair: true, way: 'even', ...second });
    expect(brief(said, 'want')).toBe('a:want-e1..1');
  });
});

describe('a machine with too much to do', () => {
  /** Milliseconds from a have to its want, where a delta came `twice` times more than needed. */
  function grace(twice: number): number {
    const room = large('a', 'b');
    const [first] = runs('e', 1);
    if (first === undefined) throw new Error('no run');
    room.rumour('a', first);
    const again = { type: 'run', repair: true, way: 'even', ...first } as const;
    for (let i = 0; i < twice; i++) room.from('a', again);
    room.from('b', have('f', 1));
    for (let waited = 50; waited <= 6000; waited += 50) {
      if (brief(room.pass(50), 'want') !== '') return waited;
    }
    return Infinity;
  }

  it('G5: asks later by a quarter for every delta that came once too often, at most 8 times', () => {
    expect([0, 1, 4, 100].map(grace)).toEqual([500, 650, 1250, 4000]);
  });
});
