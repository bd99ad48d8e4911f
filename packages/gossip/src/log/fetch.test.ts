import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Feed, Run, Verdict } from '../event.ts';
import type { Message } from '../frames/message.ts';
import { FakeLog } from '../testing/log.ts';
import { Peer, Subject } from '../testing/peer.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const id = (digit: string) => digit.repeat(32);
const author = id('a');
const graceMs = 500;
const patienceMs = 1000;
/** From when on `leaves` are not wanted at once. */
const oldMs = 10_000;

/** A node, what its neighbours are asked for, and how each of its validations ends. */
class Room {
  readonly subject: Subject;
  readonly peers: Peer[];

  constructor(neighbours: number, settings = {}) {
    const [proof, info] = [new Uint8Array(48), new Uint8Array(0)];
    const config = { self: id('5'), incarnation: 1, proof, info, random: () => 0.5, hash };
    this.subject = new Subject({ ...config, ...settings });
    this.subject.handle({ type: 'start' });
    this.peers = Array.from(
      { length: neighbours },
      (_, n) => new Peer(this.subject, n + 1, id(String(n + 6))),
    );
    for (const peer of this.peers) peer.open();
  }

  /** Wants of the last call: `neighbour:feed from..to`. */
  get asked(): string[] {
    return this.peers.flatMap((peer, n) =>
      peer
        .heard(this.subject.effects)
        .flatMap((message) => (message.type === 'want' ? message.ranges : []))
        .map(({ session, from, to }) => `${n}:${String(session[0])} ${from}..${to}`),
    );
  }

  get pending(): number | undefined {
    return this.subject.last('sync').at(-1)?.pending;
  }

  say(n: number, ...messages: Message[]): string[] {
    const bytes = this.peers[n]?.frame(...messages) ?? new Uint8Array(0);
    this.subject.handle({ type: 'frame', link: n + 1, bytes });
    return this.asked;
  }

  at(ms: number): string[] {
    this.subject.now = ms;
    this.subject.handle({ type: 'timer', timer: 'retry' });
    return this.asked;
  }

  /** What a neighbour was asked for comes. */
  repaired(n: number, run: Run, verdict?: (id: number) => Verdict): string[] {
    const asked = this.say(n, runMessage(run, true));
    const [question] = this.subject.last('validate');
    if (question === undefined || verdict === undefined) return asked;
    this.subject.handle({ type: 'validated', id: question.id, ...verdict(question.id) });
    return [...asked, ...this.asked];
  }

  get validated(): string[] {
    return this.subject.last('validate').map(({ session }) => String(session[0]));
  }
}

const runMessage = (run: Run, repair = false): Message => {
  return { type: 'run', repair, way: 'even', ...run };
};
const have = (seq: number, session = author): Message => {
  return { type: 'have', heads: [{ session, seq }] };
};
const leaf = (seq: number, { ended = false, session = author } = {}) => {
  return { session, seq, ended, hash: 7 };
};
const leaves = (...entries: ReturnType<typeof leaf>[]): Message => {
  return { type: 'leaves', salt: 1, leaves: entries };
};
const feed = (seq: number, ended = false, session = author): Feed => {
  return { session, seq, leaf: new Uint8Array(16).fill(seq), ended };
};
const accepted = (seq: number, run?: Run) => (): Verdict => {
  return { verdict: 'accept', feed: feed(seq), runs: run === undefined ? [] : [run] };
};

function written(count: number, session = author): Run[] {
  const log = new FakeLog(hash);
  return Array.from({ length: count }, (_, i) => log.append(session, [new Uint8Array(9).fill(i)]));
}

describe('what leaves name', () => {
  it('G5: is wanted at once on a link younger than 10 s, and else after the grace', () => {
    const young = new Room(1);
    expect(young.at(oldMs - 1)).toEqual([]);
    expect(young.say(0, leaves(leaf(3)))).toEqual(['0:a 1..3']);
    const old = new Room(1);
    expect(old.at(oldMs)).toEqual([]);
    expect(old.say(0, leaves(leaf(3)))).toEqual([]);
    expect(old.at(oldMs + graceMs - 1)).toEqual([]);
    expect(old.at(oldMs + graceMs)).toEqual(['0:a 1..3']);
  });

  it('G5: is no more than what is beyond our head, and counts as missing until it is held', () => {
    const room = new Room(2);
    room.subject.handle({ type: 'feeds', feeds: [feed(3)] });
    expect(room.say(0, leaves(leaf(2)), have(2), have(3))).toEqual([]);
    expect(room.pending ?? 0).toBe(0);
    expect(room.say(0, leaves(leaf(5)))).toEqual(['0:a 4..5']);
    expect(room.pending).toBe(2);
    room.say(1, leaves(leaf(9), leaf(4, { session: id('b') })));
    expect(room.pending).toBe(10);
    room.subject.handle({ type: 'feeds', feeds: [feed(8)] });
    expect(room.pending).toBe(5);
  });

  it('G5: is asked of one neighbour at a time, of the one asked for less', () => {
    const room = new Room(3);
    expect(room.say(0, leaves(leaf(5)))).toEqual(['0:a 1..5']);
    expect(room.say(1, leaves(leaf(5)))).toEqual([]);
    for (const n of [0, 1, 2]) room.say(n, have(2, id('b')));
    expect(room.at(graceMs)).toEqual(['1:b 1..2']);
  });

  it('G5: what is not answered goes to the next that named it, at once where the link is lost', () => {
    const silent = new Room(2);
    silent.say(0, leaves(leaf(5)));
    silent.say(1, leaves(leaf(4)));
    expect(silent.at(patienceMs - 1)).toEqual([]);
    expect(silent.at(patienceMs)).toEqual(['1:a 1..4']);
    // The silent one is not asked again for what it did not give.
    expect(silent.at(2 * patienceMs)).toEqual([]);
    const lost = new Room(2);
    lost.say(0, leaves(leaf(5)));
    lost.say(1, leaves(leaf(4)));
    lost.subject.handle({ type: 'linkDown', link: 1, reason: 'lost' });
    expect(lost.asked).toEqual(['1:a 1..4']);
    expect(lost.pending).toBe(4);
    lost.subject.handle({ type: 'linkDown', link: 2, reason: 'lost' });
    expect(lost.pending).toBe(0);
  });

  it('G5: a neighbour that answers anything is at work, and so are we while we validate', () => {
    const room = new Room(2);
    room.say(0, leaves(leaf(1, { session: id('b') }), leaf(5)));
    room.say(1, leaves(leaf(5)));
    room.subject.now = 900;
    const [run] = written(1, id('b'));
    if (run === undefined) return;
    room.say(0, runMessage(run, true));
    const [question] = room.subject.last('validate');
    // Of what it sent something is being validated.
    expect(room.at(2500)).toEqual([]);
    room.subject.now = 2600;
    const verdict = { verdict: 'accept', feed: feed(1, false, id('b')), runs: [run] } as const;
    room.subject.handle({ type: 'validated', id: question?.id ?? 0, ...verdict });
    expect(room.asked).toEqual([]);
    expect(room.at(2600 + patienceMs - 1)).toEqual([]);
    expect(room.at(2600 + patienceMs)).toEqual(['1:a 1..5']);
  });

  it('G5: of so many feeds at a time over one link, the next as half of them have come', () => {
    const room = new Room(1, { wantsPerLink: 4 });
    const names = [...'abcdef'].map((digit) => leaf(1, { session: id(digit) }));
    expect(room.say(0, leaves(...names))).toEqual([...'abcd'].map((digit) => `0:${digit} 1..1`));
    const come = (digit: string) => {
      const [run] = written(1, id(digit)) as [Run];
      const held = feed(1, false, id(digit));
      room.repaired(0, run, () => ({ verdict: 'accept', feed: held, runs: [run] }));
      return room.at(1);
    };
    expect(come('a')).toEqual([]);
    expect(come('b')).toEqual(['0:e 1..1', '0:f 1..1']);
  });

  it('G5: what came short is asked for again from where it ends', () => {
    const room = new Room(1);
    const runs = written(2);
    expect(room.say(0, leaves(leaf(2)))).toEqual(['0:a 1..2']);
    const [first, second] = runs as [Run, Run];
    expect(room.repaired(0, first, accepted(1, first))).toEqual([]);
    // In flight still: the range is not whole.
    expect(room.repaired(0, second, accepted(2, second))).toEqual([]);
    expect(room.pending).toBe(0);
    expect(room.say(0, leaves(leaf(4)))).toEqual(['0:a 3..4']);
  });
});

describe('links that are asked for much', () => {
  const other = (seq: number) => leaf(seq, { session: id('b') });

  it('L11: a copy that contradicts is asked for whole when there is room for it', () => {
    const room = new Room(1, { wantsPerLink: 1 });
    room.subject.handle({ type: 'feeds', feeds: [feed(3)] });
    expect(room.say(0, leaves(other(1)))).toEqual(['0:b 1..1']);
    expect(room.say(0, leaves(leaf(3)))).toEqual([]);
    const [run] = written(1, id('b')) as [Run];
    const held = feed(1, false, id('b'));
    room.repaired(0, run, () => ({ verdict: 'accept', feed: held, runs: [run] }));
    expect(room.say(0, leaves(leaf(3)))).toEqual(['0:a 1..3']);
  });

  it('L10: what is beyond the end of a feed is waited for no more', () => {
    const room = new Room(1, { wantsPerLink: 1 });
    expect(room.say(0, leaves(leaf(5)))).toEqual(['0:a 1..5']);
    room.subject.handle({ type: 'feeds', feeds: [feed(2, true)] });
    expect(room.asked).toEqual([]);
    expect(room.say(0, leaves(other(1)))).toEqual(['0:b 1..1']);
  });

  it('G5: a link that is lost takes nothing back that another was asked for', () => {
    const room = new Room(2);
    expect(room.say(1, leaves(other(3)))).toEqual(['1:b 1..3']);
    expect(room.say(0, leaves(leaf(3), other(3)))).toEqual(['0:a 1..3']);
    room.subject.handle({ type: 'linkDown', link: 2, reason: 'lost' });
    expect(room.asked).toEqual(['0:b 1..3']);
  });

  it('G5: what a neighbour names that is gone, or that is held, is not missing', () => {
    const room = new Room(1);
    room.subject.handle({ type: 'feeds', feeds: [feed(3)] });
    for (const seq of [2, 3]) expect(room.say(0, have(seq))).toEqual([]);
    expect(room.at(5000)).toEqual([]);
    room.say(0, have(4), { type: 'bye' });
    expect(room.pending).toBe(0);
  });
});

describe('a gap', () => {
  it('G7: is wanted up to what is parked, at once where that came by repair', () => {
    const room = new Room(1);
    const runs = written(6);
    const [, , , fourth] = runs as [Run, Run, Run, Run];
    expect(room.say(0, runMessage(fourth, true))).toEqual(['0:a 1..3']);
    const rumour = new Room(1);
    expect(rumour.say(0, runMessage(fourth))).toEqual([]);
    expect(rumour.say(0, have(6))).toEqual([]);
    expect(rumour.at(graceMs)).toEqual(['0:a 1..3']);
  });

  it('G7: a run parked before is not parked again, and counts as come twice', () => {
    const room = new Room(1);
    const [, , third] = written(3) as [Run, Run, Run];
    room.say(0, runMessage(third));
    const { parkedBytes } = room.subject.node.load();
    room.say(0, runMessage(third));
    expect(room.subject.node.load().parkedBytes).toBe(parkedBytes);
    expect(room.subject.node.stats().duplicateDeltas).toBe(1);
  });

  it('G7: what is filled up frees what was parked, and what it covers is counted', () => {
    const room = new Room(1);
    const log = new FakeLog(hash);
    const [first, second, third] = [1, 2, 3].map((n) => log.append(author, [Uint8Array.of(n)]));
    if (first === undefined || second === undefined || third === undefined) return;
    const [both] = log.readRuns(author, 1, 2, 65_536);
    room.say(0, runMessage(second), runMessage(third));
    room.repaired(0, both as Run, accepted(2, both));
    expect(room.subject.last('validate')).toMatchObject([{ what: 'run', repair: false }]);
    expect(room.subject.node.stats().duplicateDeltas).toBe(1);
    expect(room.subject.node.stats().deltasReceived).toBe(2);
    expect(room.subject.node.load().parkedBytes).toBe(0);
  });

  it('G7: a run found not to follow is parked, one that does is asked for anew', () => {
    const [, second] = written(2) as [Run, Run];
    for (const [held, parked] of [
      [0, 400 + second.bytes.length],
      [1, 0],
    ] as const) {
      const room = new Room(1);
      room.subject.handle({ type: 'feeds', feeds: [feed(1)] });
      room.say(0, runMessage(second));
      const [question] = room.subject.last('validate');
      const verdict = { verdict: 'park', feed: feed(held) } as const;
      room.subject.handle({ type: 'validated', id: question?.id ?? 0, ...verdict });
      expect(room.subject.node.load().parkedBytes).toBe(parked);
    }
  });
});

describe('copies that contradict', () => {
  it('L11: one that differs at the same head is asked for whole, once on a link', () => {
    const room = new Room(2);
    room.subject.handle({ type: 'feeds', feeds: [feed(3)] });
    expect(room.say(0, leaves(leaf(3)))).toEqual(['0:a 1..3']);
    expect(room.say(0, leaves(leaf(3)))).toEqual([]);
    expect(room.at(5000)).toEqual([]);
    expect(room.say(0, leaves(leaf(3)), leaves(leaf(9)))).toEqual([]);
    expect(room.say(1, leaves(leaf(3)))).toEqual(['1:a 1..3']);
  });

  it('L11: one behind ours, or that ended, is not', () => {
    const room = new Room(1);
    room.subject.handle({ type: 'feeds', feeds: [feed(3)] });
    expect(room.say(0, leaves(leaf(2)))).toEqual([]);
    expect(room.say(0, leaves(leaf(3, { ended: true })))).toEqual(['0:a 0..0']);
    const ended = new Room(1);
    ended.subject.handle({ type: 'feeds', feeds: [feed(3, true)] });
    expect(ended.say(0, leaves(leaf(3)))).toEqual([]);
  });

  it('L11: what of it is held already is validated, and it is in flight until all has come', () => {
    const room = new Room(1, { wantsPerLink: 1 });
    const runs = written(3);
    room.subject.handle({ type: 'feeds', feeds: [feed(3)] });
    expect(room.say(0, leaves(leaf(3)))).toEqual(['0:a 1..3']);
    const known = (): Verdict => ({ verdict: 'known', feed: feed(3) });
    const [first, second, third] = runs as [Run, Run, Run];
    for (const run of [first, second]) {
      room.repaired(0, run, known);
      // No place for another want.
      expect(room.say(0, leaves(leaf(1, { session: id('b') })))).toEqual([]);
    }
    expect(room.say(0, runMessage(third, true))).toEqual([]);
    expect(room.validated).toEqual(['a']);
    expect(room.say(0, leaves(leaf(1, { session: id('b') })))).toEqual(['0:b 1..1']);
    expect(room.subject.node.stats().duplicateDeltas).toBe(2);
  });

  it('L10: an end mark is asked for where there is room, once at a time', () => {
    const room = new Room(2, { wantsPerLink: 1 });
    expect(room.say(0, leaves(leaf(2, { ended: true })))).toEqual(['0:a 1..2']);
    expect(room.say(1, leaves(leaf(2, { ended: true })))).toEqual(['1:a 0..0']);
    room.say(1, { type: 'end', session: author, bytes: Uint8Array.of(3) });
    expect(room.subject.last('validate')).toMatchObject([
      { what: 'end', session: author, repair: true },
    ]);
    expect(room.say(1, leaves(leaf(2, { ended: true })))).toEqual(['1:a 0..0']);
  });

  it('L10: beyond the end of a feed only what an ended copy holds is part of it', () => {
    const room = new Room(1);
    room.subject.handle({ type: 'feeds', feeds: [feed(2, true)] });
    expect(room.say(0, leaves(leaf(4)))).toEqual([]);
    expect(room.say(0, leaves(leaf(4, { ended: true })))).toEqual(['0:a 3..4', '0:a 0..0']);
    const late = new Room(1);
    late.say(0, have(4));
    expect(late.pending).toBe(4);
    late.subject.handle({ type: 'feeds', feeds: [feed(2, true)] });
    expect(late.pending).toBe(0);
    expect(late.at(graceMs)).toEqual([]);
  });
});
