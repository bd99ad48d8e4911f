import { describe, expect, it } from 'vitest';
import { fail, id, introduce, others, room, self, tick } from '../testing/overlay.ts';
import { Peer } from '../testing/peer.ts';
import type { Subject } from '../testing/peer.ts';

describe('help from the rendezvous', () => {
  const asks = (subject: Subject) => subject.last('rendezvous').length;

  it('O8: is asked for at once without any link, again after 15 s and when it named nobody', () => {
    const { subject } = room(0);
    const asked: number[] = [];
    for (; subject.now < 36_000; subject.now += 250) {
      if (subject.now === 20_000) introduce(subject, []);
      else tick(subject);
      if (asks(subject) > 0) asked.push(subject.now / 1000);
    }
    expect(asked).toEqual([0, 15, 20, 35]);
  });

  it('O8: what other tabs of the browser name is no answer of the rendezvous', () => {
    for (const [by, asked] of [
      ['rendezvous', 1],
      ['tabs', 0],
    ] as const) {
      const { subject } = room(0);
      tick(subject);
      expect(asks(subject)).toBe(1);
      subject.now = 5000;
      introduce(subject, [], by);
      expect(asks(subject)).toBe(asked);
    }
  });

  it('O8: whom other tabs name is not dialled to heal a split', () => {
    let random = 0.5;
    const { subject } = room(9, () => random);
    subject.now = 30_000;
    random = 0;
    tick(subject);
    expect(asks(subject)).toBe(1);
    expect(introduce(subject, [id(0x700)], 'tabs')).toEqual([]);
    expect(introduce(subject, [id(0x701)])).toMatchObject([{ member: id(0x701) }]);
  });

  it('O8: is asked for below the minimum after four dials that failed in a row, not before', () => {
    const { subject, peers } = room(2, undefined, others);
    peers[0]?.say({ type: 'peers', members: [self, ...others] });
    const dialled = subject.last('dial').map(({ member }) => member);
    const asked: number[] = [];
    for (const member of dialled) {
      dialled.push(...fail(subject, member, 'absent'));
      asked.push(asks(subject));
      if (asked.length === 4) break;
    }
    expect(asked).toEqual([0, 0, 0, 1]);
  });

  it('O8: whoever has the links it can have does not ask', () => {
    const { subject } = room(3);
    for (; subject.now < 10_000; subject.now += 250) {
      tick(subject);
      expect(asks(subject)).toBe(0);
    }
  });

  it('O8: with probability 3 / room size every 30 s somebody is sought who is not known to be here', () => {
    for (const [chance, healing] of [
      [0.29, 1],
      [0.31, 0],
    ] as const) {
      let random = 0.5;
      const { subject } = room(9, () => random);
      subject.now = 30_000;
      random = chance;
      tick(subject);
      expect(asks(subject)).toBe(healing);
      introduce(subject, [id(1), id(0x700), self]);
      const dials = [{ type: 'dial', member: id(0x700), urgent: true }];
      expect(subject.last('dial')).toEqual(healing === 1 ? dials : []);
      expect(introduce(subject, [id(0x701)])).toEqual([]);
    }
  });
});

describe('losses', () => {
  it('O9: a neighbour lost is replaced at once, and may be dialled again after a second', () => {
    const { subject, peers } = room(6, undefined, others);
    peers[1]?.say({ type: 'peers', members: [self, ...others] });
    subject.handle({ type: 'linkDown', link: 1, reason: 'lost' });
    expect(subject.last('dial')).toHaveLength(1);
    expect(subject.last('dial')[0]?.member).not.toBe(id(1));
    expect(subject.node.passive()).toContain(id(1));
  });

  it('O9: above the aim a loss is borne', () => {
    const { subject, peers } = room(7, undefined, others);
    peers[1]?.say({ type: 'peers', members: [self, ...others] });
    subject.handle({ type: 'linkDown', link: 1, reason: 'lost' });
    expect(subject.last('dial')).toEqual([]);
  });

  it('O9: a link that never holds is dialled again more and more seldom', () => {
    const { subject } = room(0);
    introduce(subject, [id(0x600)]);
    const times: number[] = [];
    for (let link = 1; subject.now < 60_000; subject.now += 100) {
      tick(subject);
      for (const { member } of subject.last('dial')) {
        times.push(subject.now);
        new Peer(subject, link, member).open();
        subject.handle({ type: 'linkDown', link: link++, reason: 'lost' });
      }
    }
    expect(times.length).toBeLessThanOrEqual(6);
  });
});
