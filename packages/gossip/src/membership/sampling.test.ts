import { describe, expect, it } from 'vitest';
import { Actor, Attested, cardOf, opinionOf, round, run, sessionOf } from '../testing/attested.ts';

describe('sampled rooms', () => {
  const sampled = new Uint8Array(8).fill(255);

  it('M1: with a full table nobody new is taken in but neighbours, and nothing passed on', () => {
    const subject = new Attested({ knownMembers: 4 });
    const [a, b] = [subject.meet(1), subject.meet(2)];
    a.say(cardOf(sessionOf(8)));
    expect(subject.stateOf(sessionOf(8))).toBe('alive');
    b.take();
    a.say(cardOf(sessionOf(9)));
    expect(subject.stateOf(sessionOf(9))).toBeUndefined();
    expect(b.take('alive')).toEqual([]);
    a.say(cardOf(sessionOf(8), { incarnation: 2 }));
    expect(b.take('alive')).toEqual([]);
    const c = subject.meet(3);
    expect(subject.stateOf(c.id)).toBe('alive');
    expect(subject.stateOf(sessionOf(8))).toBeUndefined();
    const again = new Actor(subject, 20, sessionOf(6));
    expect(again.take('hello')).toMatchObject([{ members: sampled }]);
  });

  it('M4: there only a neighbour of the accused passes an accusation on, and judges alone', () => {
    const subject = new Attested({ knownMembers: 5 });
    const [a, b] = [subject.meet(1), subject.meet(2)];
    for (const byte of [8, 9, 10]) a.say(cardOf(sessionOf(byte)));
    b.take();
    a.say(opinionOf('suspect', a.id, sessionOf(8)));
    expect(subject.stateOf(sessionOf(8))).toBe('suspect');
    run(subject, 300, [a]);
    expect(b.take('suspect')).toEqual([]);
    run(subject, 1990, [a, b]);
    expect(subject.stateOf(sessionOf(8))).toBe('suspect');
    run(subject, 2010, [a, b]);
    expect(subject.stateOf(sessionOf(8))).toBe('dead');
    a.say(opinionOf('suspect', a.id, b.id, { number: 2 }));
    run(subject, subject.now + 300, [a]);
    expect(b.take('suspect')).toHaveLength(1);
  });

  it('M1: a newcomer learns from most of its neighbours that the room is sampled', () => {
    const subject = new Attested();
    const actors = [subject.meet(1), subject.meet(2), subject.meet(3)];
    const says = (actor: Actor | undefined) => actor?.say({ ...round, members: sampled });
    const digest = () => new Actor(subject, 20, sessionOf(6)).take('hello')[0]?.members;
    says(actors[0]);
    expect(digest()).not.toEqual(sampled);
    subject.handle({ type: 'linkDown', link: 20, reason: 'closed' });
    says(actors[1]);
    expect(digest()).toEqual(sampled);
  });
});
