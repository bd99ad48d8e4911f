import { describe, expect, it } from 'vitest';
import {
  Actor,
  Attested,
  cardOf,
  goneOf,
  opinionOf,
  round,
  run,
  self,
  sessionOf,
} from '../testing/attested.ts';
import { hello } from '../testing/peer.ts';

describe('accusations', () => {
  it('M4, M5: an accusation is passed on once, and the neighbour that hears it asks', () => {
    const subject = new Attested();
    const [accuser, accused, other] = [subject.meet(1), subject.meet(2, [1, 3]), subject.meet(3)];
    const accusation = opinionOf('suspect', accuser.id, accused.id, { degree: 3 });
    accuser.say(accusation);
    expect(subject.last('member')).toMatchObject([{ member: accused.id, state: 'suspect' }]);
    const gone = { type: 'gone', session: accused.id, incarnation: 1 };
    const asked = accused.take('suspect', 'gone', 'echo');
    expect(asked).toMatchObject([gone, { type: 'echo' }]);
    run(subject, 300);
    for (const actor of [accused, other]) {
      expect(actor.take('suspect', 'gone')).toEqual([accusation]);
    }
    expect(accuser.take('suspect')).toEqual([]);
    other.say(accusation);
    run(subject, 600);
    expect([accuser, accused, other].flatMap((actor) => actor.take('suspect'))).toEqual([]);
  });

  it('M5: whom its accuser names as its neighbour was told by that one itself', () => {
    const subject = new Attested();
    const [accuser, other, third] = [subject.meet(1, [3]), subject.meet(3), subject.meet(4)];
    subject.meet(2);
    accuser.say(opinionOf('suspect', accuser.id, sessionOf(2)));
    run(subject, 300);
    expect([other.take('suspect').length, third.take('suspect').length]).toEqual([0, 1]);
  });

  it('M4: of an accusation by one not known yet its member is told, where it is a neighbour', () => {
    const subject = new Attested();
    const [accuser, accused] = [subject.meet(1), subject.meet(2)];
    const other = sessionOf(4);
    accuser.say(cardOf(other));
    for (const [type, about, incarnation, told] of [
      ['suspect', accused.id, 1, 1],
      ['suspect', accused.id, 2, 0],
      ['suspect', other, 1, 0],
      ['vouch', accused.id, 1, 0],
    ] as const) {
      accuser.say(opinionOf(type, sessionOf(9), about, { incarnation }));
      expect(accused.take('gone')).toHaveLength(told);
      expect([subject.stateOf(accused.id), subject.stateOf(other)]).toEqual(['alive', 'alive']);
    }
    expect(accuser.take('gone')).toEqual([]);
    accuser.say(opinionOf('suspect', self, accused.id));
    expect(accused.take('gone')).toEqual([]);
  });

  it('M5: a neighbour that does not answer is accused by us too', () => {
    const subject = new Attested();
    const [accuser, accused] = [subject.meet(1), subject.meet(2, [1])];
    accuser.say(opinionOf('suspect', accuser.id, accused.id));
    expect(run(subject, 1990, [accuser])).toEqual([]);
    expect(accuser.take('suspect')).toEqual([]);
    run(subject, 2000);
    expect(accuser.take('suspect')).toMatchObject([{ by: self, about: accused.id, degree: 2 }]);
    // M6: two of two, a second after the last.
    expect(run(subject, 2990, [accuser])).toEqual([]);
    expect(run(subject, 3000, [accuser])[0]).toEqual([3000, 'dead']);
  });

  it('M6: the only neighbour of one lost is all of them in a room of two, not of three', () => {
    for (const [others, deadAt] of [
      [[], 1800],
      [[2], 12_000],
    ] as const) {
      const subject = new Attested();
      const lost = subject.meet(1);
      const actors = others.map((byte) => subject.meet(byte));
      subject.handle({ type: 'linkDown', link: lost.link, reason: 'lost' });
      for (const actor of actors) expect(actor.take('suspect')).toMatchObject([{ degree: 1 }]);
      expect(run(subject, deadAt - 10, actors)).toEqual([]);
      expect(run(subject, deadAt, actors)).toEqual([[deadAt, 'dead']]);
    }
  });

  it('M8: what was to be decided while our timers were held up is found out anew', () => {
    const subject = new Attested();
    const [accuser, accused] = [subject.meet(1), subject.meet(2, [1])];
    accuser.say(opinionOf('suspect', accuser.id, accused.id));
    subject.now = 60_000;
    const said = run(subject, 63_240, [accuser]);
    expect([said, subject.stateOf(accused.id)]).toEqual([[], 'suspect']);
    // Two of two, a second after the last.
    expect(run(subject, 64_260, [accuser])).toEqual([
      [64_250, 'dead'],
      [64_250, 'silent'],
    ]);
  });

  it('M5, M4: and its link is closed two seconds after', () => {
    const subject = new Attested();
    const [accuser, accused] = [subject.meet(1), subject.meet(2, [1, 3, 4, 5])];
    accuser.say(opinionOf('suspect', accuser.id, accused.id, { degree: 5 }));
    const seen: [number, string][] = [];
    for (let at = 0; at < 4200; at += 100) {
      accuser.say(round);
      seen.push(...run(subject, at, [accuser]));
    }
    expect(seen).toEqual([[4000, 'silent']]);
  });

  it('M5: for one that answers and does not speak for itself we vouch, once', () => {
    const subject = new Attested();
    const [accuser, accused, other] = [subject.meet(1), subject.meet(2, [1, 3]), subject.meet(3)];
    accuser.say(opinionOf('suspect', accuser.id, accused.id, { degree: 3 }));
    subject.now += 10;
    accused.say({ type: 'ack', bytes: 0 });
    const all = [accuser, accused];
    run(subject, 1990, all);
    expect(other.take('vouch')).toEqual([]);
    run(subject, 2000, all);
    expect(other.take('vouch')).toMatchObject([{ by: self, about: accused.id, incarnation: 1 }]);
    expect(subject.stateOf(accused.id)).toBe('suspect');
    const vouches: number[] = [];
    for (let at = 2500; at < 40_000; at += 500) {
      for (const actor of [...all, other]) actor.say(round);
      vouches.push(other.take('vouch').length);
      expect(run(subject, at, all)).toEqual([]);
    }
    expect(vouches.every((count) => count === 0)).toBe(true);
  });

  it('M5: a suspicion nobody holds any more is over', () => {
    const subject = new Attested();
    const [accuser, accused] = [subject.meet(1), subject.meet(2)];
    accuser.say(opinionOf('suspect', accuser.id, accused.id, { number: 5 }));
    accuser.say(opinionOf('vouch', accuser.id, accused.id, { number: 4 }));
    expect(subject.stateOf(accused.id)).toBe('suspect');
    accuser.say(opinionOf('vouch', accuser.id, accused.id, { number: 6 }));
    expect(subject.last('member')).toMatchObject([{ member: accused.id, state: 'alive' }]);
  });

  it('M5: ours is taken back where the member is heard again', () => {
    const subject = new Attested();
    const [accused, other] = [subject.meet(2, [1, 3]), subject.meet(3)];
    expect(run(subject, 4260, [other])).toEqual([[4250, 'suspect']]);
    subject.now = 5000;
    accused.say({ type: 'ack', bytes: 0 });
    other.take();
    const seen: [number, string][] = [];
    for (let at = 5000; at < 7050; at += 50) {
      other.say(round);
      seen.push(...run(subject, at, [accused]));
    }
    expect(seen).toEqual([[7000, 'alive']]);
    expect(other.take('vouch')).toMatchObject([{ by: self, about: accused.id }]);
  });

  it('M5: and where it is linked again', () => {
    const subject = new Attested();
    const [accused, other] = [subject.meet(2, [1, 3]), subject.meet(3)];
    subject.handle({ type: 'linkDown', link: accused.link, reason: 'lost' });
    const back = new Actor(subject, 12, accused.id);
    back.say(hello);
    const seen: [number, string][] = [];
    for (let at = 0; at < 2100; at += 50) {
      other.say(round);
      seen.push(...run(subject, at, [back]));
    }
    expect(seen).toEqual([[2000, 'alive']]);
    expect(other.take('vouch')).toHaveLength(1);
  });

  it('M7: a card of a higher incarnation ends it, one of the same does not', () => {
    const subject = new Attested();
    const [accuser, accused] = [subject.meet(1), subject.meet(2)];
    const accusation = opinionOf('suspect', accuser.id, accused.id);
    accuser.say(accusation);
    accused.take();
    accused.say(cardOf(accused.id));
    expect(subject.stateOf(accused.id)).toBe('suspect');
    expect(accused.take('suspect', 'gone')).toEqual([goneOf(accused.id)]);
    accused.say(cardOf(accused.id, { incarnation: 2 }));
    expect(subject.stateOf(accused.id)).toBe('alive');
    // That accusation is history: who repeats it is told the card.
    accuser.take();
    accuser.say({ ...accusation, number: 7 });
    expect(subject.stateOf(accused.id)).toBe('alive');
    expect(accuser.take('alive')).toMatchObject([{ session: accused.id, incarnation: 2 }]);
  });

  it('M7: accused ourselves, we show a card of a higher incarnation, at most every second', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    const accuse = (incarnation: number, number: number) => {
      actor.say(opinionOf('suspect', actor.id, self, { incarnation, number }));
      return actor.take('alive').map((card) => card.incarnation);
    };
    subject.now = 100;
    expect(accuse(1, 1)).toEqual([2]);
    expect(accuse(1, 2)).toEqual([2]);
    expect(accuse(9, 3)).toEqual([]);
    expect(accuse(2, 4)).toEqual([]);
    expect(accuse(2, 5)).toEqual([]);
    run(subject, 1090);
    expect(actor.take('alive')).toEqual([]);
    run(subject, 1100);
    expect(actor.take('alive')).toMatchObject([{ incarnation: 3 }]);
    // Those that came while it waited do not put the next one off.
    subject.now = 1200;
    expect(accuse(3, 6)).toEqual([]);
    run(subject, 2090);
    expect(actor.take('alive')).toEqual([]);
    run(subject, 2100);
    expect(actor.take('alive')).toMatchObject([{ incarnation: 4 }]);
  });

  it('M4: opinions about oneself, of strangers, or at another incarnation are no news', () => {
    const subject = new Attested();
    const [actor, accused] = [subject.meet(1), subject.meet(2)];
    const opinions = [
      opinionOf('suspect', accused.id, accused.id),
      opinionOf('suspect', self, accused.id),
      opinionOf('suspect', sessionOf(9), accused.id),
      opinionOf('suspect', actor.id, accused.id, { incarnation: 0 }),
      opinionOf('suspect', actor.id, accused.id, { incarnation: 2 }),
      opinionOf('vouch', actor.id, accused.id),
    ];
    for (const opinion of opinions) {
      actor.say(opinion);
      expect(subject.last('verify')).toEqual([]);
    }
    expect(subject.stateOf(accused.id)).toBe('alive');
  });

  it('M2, M4: who sends what is signed wrongly is let go', () => {
    const statements = [
      cardOf(sessionOf(9)),
      opinionOf('suspect', sessionOf(1), sessionOf(2)),
    ] as const;
    for (const statement of statements) {
      const subject = new Attested();
      const actor = subject.meet(1);
      subject.meet(2);
      actor.say({ ...statement, signature: new Uint8Array(64) });
      const close = { type: 'close', link: actor.link, reason: 'protocol' };
      expect(subject.last('close')).toEqual([close]);
      expect(subject.stateOf(sessionOf(9))).toBeUndefined();
      expect(subject.stateOf(sessionOf(2))).toBe('alive');
    }
  });

  it('M12: who was a neighbour of the dead and did not say so is accused, unless it is watched', () => {
    const subject = new Attested();
    const [dead, other] = [subject.meet(1, [2, 3, 4, 6]), subject.meet(2, [6])];
    for (const byte of [3, 4, 5, 6]) other.say(cardOf(sessionOf(byte)));
    subject.now = 1000;
    subject.handle({ type: 'linkDown', link: dead.link, reason: 'lost' });
    for (const byte of [2, 3]) {
      other.say(opinionOf('suspect', sessionOf(byte), dead.id, { degree: 5, number: byte }));
    }
    run(subject, 8000, [other]);
    expect([1, 2, 3, 4, 5, 6].map((byte) => subject.stateOf(sessionOf(byte)))).toEqual([
      'dead',
      'alive',
      'alive',
      'suspect',
      'alive',
      'alive',
    ]);
  });
});
