import { describe, expect, it } from 'vitest';
import { standIn as hash } from '../testing/attested.ts';
import {
  disconnects,
  fail,
  id,
  introduce,
  many,
  others,
  room,
  self,
  tick,
} from '../testing/overlay.ts';
import { Peer, Subject } from '../testing/peer.ts';

/** Of the dials begun then. */
function urgencies(subject: Subject, at: number): boolean[] {
  subject.now = at;
  tick(subject);
  return subject.last('dial').map(({ urgent }) => urgent);
}

describe('the aim', () => {
  it('O1, O3: in a small room everybody known is dialled, one at a time, the first 4 urgently, all but 2 a second apart', () => {
    const { subject } = room(0);
    let dials = introduce(subject, many(0x600, 9));
    const dialled: [ms: number, urgent: boolean][] = [];
    for (; subject.now < 10_000; subject.now += 500) {
      tick(subject);
      dials.push(...subject.last('dial'));
      while (dials.length > 0) {
        expect(dials).toHaveLength(1);
        dialled.push([subject.now, dials[0]?.urgent ?? false]);
        new Peer(subject, dialled.length, dials[0]?.member ?? '').open();
        dials = subject.last('dial');
      }
    }
    const later = Array.from({ length: 7 }, (_, n) => [1000 * (n + 1), n < 2]);
    expect(dialled).toEqual([[0, true], [0, true], ...later]);
    expect(subject.node.stats().links).toBe(9);
  });

  it('O1: in a larger room 6 are enough, and nobody is dialled beyond', () => {
    const { subject, peers } = room(5);
    peers[0]?.say({ type: 'peers', members: [self, ...many(0x600, 9)] });
    expect(subject.last('dial')).toHaveLength(1);
    expect(subject.last('dial')[0]?.urgent).toBe(false);
    new Peer(subject, 6, subject.last('dial')[0]?.member ?? '').open();
    expect(subject.last('dial')).toEqual([]);
    expect(subject.last('schedule').every(({ delayMs }) => Number.isFinite(delayMs))).toBe(true);
    expect(subject.node.passive()).toHaveLength(8);
  });

  it('O1: in a larger room no more than 6 are dialled at once', () => {
    const { subject, peers } = room(3, undefined, others);
    peers[0]?.say({ type: 'peers', members: [self, ...others] });
    expect(subject.last('dial').map(({ urgent }) => urgent)).toEqual([true]);
    expect([2000, 4000, 6000].map((at) => urgencies(subject, at))).toEqual([[false], [false], []]);
  });

  it('O3: incoming dials count towards the aim for 10 s, but not below the minimum', () => {
    const { subject } = room(5, undefined, others);
    subject.handle({ type: 'timer', timer: 'retry' });
    subject.node.accepts(id(0x800), false);
    tick(subject);
    expect(subject.last('dial')).toEqual([]);
    expect(subject.last('schedule').map(({ delayMs }) => delayMs)).toContain(10_000);
    subject.now = 10_000;
    tick(subject);
    expect(subject.last('dial')).toHaveLength(1);
    const poor = room(3, undefined, others);
    for (let n = 0; n < 6; n++) poor.subject.node.accepts(id(0x800 + n), true);
    poor.peers[0]?.say({ type: 'peers', members: [self, ...others] });
    expect(poor.subject.last('dial').map(({ urgent }) => urgent)).toEqual([true]);
  });

  it('O3: who is dialled is chosen at random', () => {
    for (const [random, chosen] of [
      [0, 0x600],
      [0.5, 0x604],
      [0.99, 0x608],
    ] as const) {
      const { subject, peers } = room(5, () => random);
      peers[0]?.say({ type: 'peers', members: [self, ...many(0x600, 9)] });
      expect(subject.last('dial')).toMatchObject([{ member: id(chosen) }]);
    }
  });

  it('O1: the lower session id dials at once, the higher after a second', () => {
    for (const [other, atMs] of [
      [0x600, 0],
      [0x400, 1000],
    ] as const) {
      const { subject, peers } = room(4);
      peers[0]?.say({ type: 'peers', members: [self, id(other)] });
      const dials = [{ type: 'dial', member: id(other), urgent: false }];
      expect(subject.last('dial')).toEqual(atMs === 0 ? dials : []);
      subject.now = 999;
      tick(subject);
      expect(subject.last('dial')).toEqual([]);
      subject.now = 1000;
      tick(subject);
      expect(subject.last('dial')).toEqual(atMs === 0 ? [] : dials);
    }
  });

  it('O3: below the minimum dials are urgent, those under way counted; from there on to the aim they are not', () => {
    const { subject, peers } = room(2, undefined, others);
    peers[0]?.say({ type: 'peers', members: [self, ...others] });
    expect(subject.last('dial').map(({ urgent }) => urgent)).toEqual([true]);
    expect(urgencies(subject, 1999)).toEqual([]);
    const begun = [2000, 4000, 6000, 8000].map((at) => urgencies(subject, at));
    expect(begun).toEqual([[true], [false], [false], []]);
  });
});

describe('the passive view', () => {
  it('O2: takes in whom neighbours name, up to half of it, and whom the rendezvous names', () => {
    const { subject, peers } = room(6);
    peers[0]?.say({ type: 'peers', members: [self, id(1), id(2), ...many(0x600, 30)] });
    expect(subject.node.passive()).toEqual(many(0x600, 18));
    introduce(subject, many(0x700, 30));
    expect(subject.node.passive()).toHaveLength(36);
    expect(subject.node.passive()).toEqual(expect.arrayContaining([id(0x71d)]));
  });

  it('O2: holds nobody linked, not this node, nobody who left', () => {
    const { subject, peers } = room(7);
    introduce(subject, [self, id(1), id(0x600)]);
    expect(subject.node.passive()).toEqual([id(0x600)]);
    subject.handle({ type: 'linkDown', link: 1, reason: 'lost' });
    expect(subject.node.passive()).toEqual([id(0x600), id(1)]);
    peers[1]?.say({ type: 'bye' });
    expect(subject.node.passive()).toEqual([id(0x600), id(1)]);
    new Peer(subject, 9, id(0x600)).open();
    expect(subject.node.passive()).toEqual([id(1)]);
  });

  it('O2: who is absent when dialled is taken out, who refused or could not be reached is not', () => {
    const { subject } = room(0);
    introduce(subject, many(0x600, 3));
    for (const at of [2000, 4000]) expect(urgencies(subject, at)).toEqual([true]);
    fail(subject, id(0x600), 'absent');
    fail(subject, id(0x601), 'refused');
    fail(subject, id(0x602), 'failed');
    expect(subject.node.passive()).toEqual(many(0x601, 2));
  });
});

describe('dials', () => {
  it('O3: a member that could not be dialled is tried again after a while, others at once', () => {
    const { subject } = room(0);
    const [failed = ''] = introduce(subject, many(0x600, 3)).map(({ member }) => member);
    const [second = '', ...more] = fail(subject, failed, 'failed');
    expect(more).toEqual([]);
    subject.now = 500;
    const [third = ''] = fail(subject, second, 'failed');
    expect([failed, second, third].sort()).toEqual(many(0x600, 3));
    expect(fail(subject, third, 'failed')).toEqual([]);
    subject.now = 900;
    tick(subject);
    expect(subject.last('dial')).toEqual([]);
    subject.now = 1000;
    tick(subject);
    expect(subject.last('dial')).toEqual([{ type: 'dial', member: failed, urgent: true }]);
    expect(urgencies(subject, 2999)).toEqual([]);
    expect(urgencies(subject, 3000)).toHaveLength(1);
    expect(urgencies(subject, 5000)).toHaveLength(1);
  });

  it('O3: introductions come before what neighbours and shuffles told', () => {
    const { subject, peers } = room(5);
    peers[0]?.say({ type: 'peers', members: [self, ...many(0x600, 9)] });
    const [first] = subject.last('dial');
    introduce(subject, [id(0x700)]);
    expect(fail(subject, first?.member ?? '', 'failed')).toEqual([id(0x700)]);
    expect(fail(subject, id(0x700), 'failed')).not.toEqual([id(0x700)]);
  });

  it('O3: whom the table knows comes before whom neighbours and shuffles tell', () => {
    const { subject, peers } = room(5, undefined, others);
    peers[0]?.say({ type: 'peers', members: [self, ...many(0x900, 30)] });
    peers[0]?.say({ type: 'shuffle', hops: 0, path: [id(1)], members: many(0x980, 7) });
    expect(subject.node.passive().length).toBeGreaterThan(20);
    const dialled: string[] = [];
    for (let waiting: string[] = []; dialled.length < 20; subject.now += 500) {
      tick(subject);
      waiting.push(...subject.last('dial').map(({ member }) => member));
      dialled.push(...waiting);
      waiting = waiting.flatMap((member) => fail(subject, member, 'refused'));
    }
    const first = dialled.findIndex((member) => member >= id(0x900));
    expect(dialled.slice(0, first).sort()).toEqual([...others]);
  });

  it('O3: with nobody left in the passive view the neighbours of neighbours are dialled', () => {
    const { subject, peers } = room(4);
    peers[0]?.say({ type: 'peers', members: [self, id(0x600)] });
    fail(subject, id(0x600), 'absent');
    expect(subject.node.passive()).toEqual([]);
    subject.now = 999;
    peers[1]?.say({ type: 'disconnect', members: [] });
    expect(subject.last('dial').map(({ member }) => member)).not.toContain(id(0x600));
    subject.now = 1000;
    peers[2]?.say({ type: 'disconnect', members: [] });
    expect(subject.last('dial').map(({ member }) => member)).toContain(id(0x600));
  });

  it('a failure of a dial that came to a link another way changes nothing', () => {
    const { subject } = room(0);
    introduce(subject, [id(0x600)]);
    subject.handle({ type: 'linkUp', link: 1, member: id(0x600) });
    fail(subject, id(0x600), 'absent');
    subject.handle({ type: 'linkDown', link: 1, reason: 'lost' });
    expect(subject.node.passive()).toEqual([id(0x600)]);
    expect(fail(subject, id(0x999), 'failed')).toEqual([]);
  });

  it('nobody is dialled before the start nor after leaving', () => {
    const { subject } = room(1);
    const proof = new Uint8Array(48);
    const info = new Uint8Array(0);
    const idle = new Subject({ self, incarnation: 1, proof, info, random: () => 0.5, hash });
    expect(introduce(idle, [id(0x600)])).toEqual([]);
    expect(idle.node.accepts(id(0x601), true)).toBe(false);
    subject.handle({ type: 'leave' });
    subject.now = 60_000;
    expect(tick(subject).filter(({ type }) => type === 'rendezvous')).toEqual([]);
    expect(introduce(subject, [id(0x600)])).toEqual([]);
    expect(subject.node.accepts(id(0x601), true)).toBe(false);
  });
});

describe('dials from others', () => {
  it('O4: are taken up below 9, those taken up counted, urgent ones up to 12', () => {
    const { subject } = room(6);
    const accepts = (n: number, urgent: boolean) => subject.node.accepts(id(n), urgent);
    expect([accepts(0x600, false), accepts(0x601, false), accepts(0x602, false)]).toEqual([
      true,
      true,
      true,
    ]);
    expect(accepts(0x603, false)).toBe(false);
    expect([accepts(0x604, true), accepts(0x605, true), accepts(0x606, true)]).toEqual([
      true,
      true,
      true,
    ]);
    expect(accepts(0x607, true)).toBe(false);
    expect(accepts(0x600, true)).toBe(true);
    subject.now = 10_000;
    subject.handle({ type: 'timer', timer: 'retry' });
    expect(accepts(0x607, false)).toBe(true);
  });

  it('O4: are taken up from whoever is linked or being dialled, and not from oneself', () => {
    const { subject } = room(9);
    expect(subject.node.accepts(id(1), false)).toBe(true);
    expect(subject.node.accepts(id(0x600), false)).toBe(false);
    expect(subject.node.accepts(self, true)).toBe(false);
    const other = room(0).subject;
    introduce(other, [id(0x600)]);
    for (let n = 0; n < 12; n++) other.node.accepts(id(0x700 + n), true);
    expect(other.node.accepts(id(0x800), true)).toBe(false);
    expect(other.node.accepts(id(0x600), false)).toBe(true);
  });

  it('O4: dials under way count', () => {
    const { subject } = room(0);
    introduce(subject, many(0x600, 4));
    for (const at of [2000, 4000, 6000]) expect(urgencies(subject, at)).toHaveLength(1);
    for (let n = 0; n < 5; n++) expect(subject.node.accepts(id(0x700 + n), false)).toBe(true);
    expect(subject.node.accepts(id(0x705), false)).toBe(false);
  });
});

describe('letting go', () => {
  it('O5: the tenth neighbour costs one its place, with addresses; both keep each other in mind', () => {
    const { subject, peers } = room(9);
    peers[4]?.say({ type: 'peers', members: [self, ...many(1, 4)] });
    introduce(subject, many(0x700, 6));
    new Peer(subject, 10, id(10)).open();
    expect(subject.last('close')).toEqual([{ type: 'close', link: 5, reason: 'pruned' }]);
    const [told, ...more] = disconnects(peers[4] as Peer, subject);
    expect(more).toEqual([]);
    expect(told?.members).toHaveLength(8);
    expect(told?.members).not.toContain(id(5));
    expect(subject.node.passive()).toContain(id(5));
    expect(subject.node.stats().links).toBe(9);
  });

  it('O5: nobody is let go for a tenth link that has not said hello', () => {
    const { subject } = room(9);
    subject.handle({ type: 'linkUp', link: 10, member: id(10) });
    expect(subject.last('close')).toEqual([]);
  });

  it('O5: who is let go takes the addresses, closes, and dials that member no more for 60 s, unless urgently', () => {
    const { subject, peers } = room(6, undefined, others);
    peers[1]?.say({ type: 'peers', members: [self, ...others] });
    peers[0]?.say({ type: 'disconnect', members: many(0x700, 20) });
    expect(subject.last('close')).toEqual([{ type: 'close', link: 1, reason: 'pruned' }]);
    expect(subject.node.passive().filter((member) => member >= id(0x700))).toHaveLength(8);
    expect(subject.node.passive()).toContain(id(1));
    const tried: string[] = [];
    let waiting = subject.last('dial').map(({ member }) => member);
    for (; subject.now < 59_900; subject.now += 100) {
      tried.push(...waiting);
      waiting = waiting.flatMap((member) => fail(subject, member, 'failed'));
      tick(subject);
      waiting.push(...subject.last('dial').map(({ member }) => member));
    }
    expect(tried.length).toBeGreaterThan(20);
    expect(tried).not.toContain(id(1));
  });

  it('O5: a node below the minimum does not wait for the 60 s', () => {
    const { subject, peers } = room(1);
    peers[0]?.say({ type: 'disconnect', members: [] });
    expect(subject.last('dial')).toEqual([{ type: 'dial', member: id(1), urgent: true }]);
  });

  it('O5: in a small room who was let go is dialled again at once', () => {
    const { subject, peers } = room(6);
    peers[0]?.say({ type: 'disconnect', members: [] });
    tick(subject);
    subject.now = 1000;
    tick(subject);
    expect(subject.last('dial')).toEqual([{ type: 'dial', member: id(1), urgent: false }]);
  });

  it('O5: in a room of 12 nobody is let go, nor in a link of less than 30 s', () => {
    for (const [known, now, count] of [
      [4, 29_000, 1],
      [3, 29_000, 0],
      [4, 28_999, 0],
    ] as const) {
      const { subject, peers } = room(8, () => 0, many(0x600, known));
      subject.now = now;
      // Whom the table does not know does not count.
      peers[0]?.say({ type: 'peers', members: [self, ...many(0x700, 8)] });
      expect(
        peers[0]?.heard(tick(subject)).filter(({ type }) => type === 'disconnect'),
      ).toHaveLength(count);
    }
  });

  it('O5: a link both of whose ends have more than 6 is let go, one in 30 s, in a room of more than 12', () => {
    const { subject, peers } = room(8, undefined, others);
    const name = (count: number) => [self, ...many(0x600, count)];
    subject.now = 30_000;
    for (const peer of peers.slice(0, 2)) peer.say({ type: 'peers', members: name(5) });
    peers[2]?.say({ type: 'peers', members: name(6).slice(1).concat(self) });
    const lone = () => (tick(subject), subject.last('close'));
    expect(lone()).toEqual([{ type: 'close', link: 3, reason: 'pruned' }]);
    subject.now = 60_000;
    expect(lone()).toEqual([]);
  });
});
