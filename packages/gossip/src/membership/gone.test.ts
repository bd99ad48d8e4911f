import { describe, expect, it } from 'vitest';
import {
  Attested,
  cardOf,
  goneOf,
  opinionOf,
  round,
  run,
  self,
  sessionOf,
} from '../testing/attested.ts';
import type { Actor } from '../testing/attested.ts';

const third = sessionOf(3);

/** Two neighbours and a third member known by its card, which they do not name. */
function room(words: Parameters<typeof cardOf>[1] = {}): {
  subject: Attested;
  a: Actor;
  b: Actor;
} {
  const subject = new Attested();
  const [a, b] = [subject.meet(1), subject.meet(2)];
  a.say(cardOf(third, words));
  for (const actor of [a, b]) actor.take();
  return { subject, a, b };
}

/** The third member is dead here at that incarnation. */
function mourning(incarnation = 1): ReturnType<typeof room> {
  const found = room({ incarnation });
  const { subject, a, b } = found;
  a.say(goneOf(third, incarnation));
  run(subject, 7000, [a, b]);
  expect(subject.stateOf(third)).toBe('dead');
  for (const actor of [a, b]) actor.take();
  return found;
}

/** What that neighbour is told of members. */
const told = (actor: Actor) => actor.take('alive', 'suspect', 'vouch', 'gone');

describe('gone, told about ourselves', () => {
  it('M3, M7: at our incarnation it is refuted before all', () => {
    const { a, b } = room();
    a.say(goneOf(self));
    for (const actor of [a, b]) {
      expect(told(actor)).toMatchObject([{ session: self, incarnation: 2, state: 'alive' }]);
    }
  });

  it('M7: at another incarnation it is not, nor asleep or after leaving', () => {
    const { subject, a } = room();
    for (const incarnation of [0, 2, 2 ** 40]) a.say(goneOf(self, incarnation));
    expect(told(a)).toEqual([]);
    for (const type of ['asleep', 'leave'] as const) {
      subject.handle({ type });
      a.take();
      a.say(goneOf(self));
      expect(subject.last('sign')).toEqual([]);
    }
  });

  it('M7: it is refuted once a second at most', () => {
    const { subject, a } = room();
    a.say(goneOf(self), goneOf(self));
    expect(told(a)).toMatchObject([{ incarnation: 2 }]);
    a.say(goneOf(self, 2));
    run(subject, 990);
    expect(told(a)).toEqual([]);
    run(subject, 1000);
    expect(told(a)).toMatchObject([{ incarnation: 3 }]);
  });
});

describe('gone, told about others', () => {
  it('M3: who does not know the newer card is told it', () => {
    for (const state of ['alive', 'asleep'] as const) {
      const { subject, a, b } = room({ incarnation: 5, state });
      b.say(goneOf(third, 4));
      expect(told(b)).toEqual([cardOf(third, { incarnation: 5, state })]);
      expect(told(a)).toEqual([]);
      expect(subject.stateOf(third)).toBe(state);
    }
  });

  it('M3: about a neighbour it is passed on to that one, and nobody is accused', () => {
    const { subject, a, b } = room();
    a.say(goneOf(b.id, 4));
    expect([told(a), told(b)]).toEqual([[], [goneOf(b.id, 4)]]);
    expect(subject.stateOf(b.id)).toBe('alive');
  });

  it('M3: about one not linked it makes us accuse it, with degree 0, at the incarnation held', () => {
    for (const incarnation of [1, 9]) {
      const { subject, a, b } = room();
      a.say(goneOf(third, incarnation));
      expect(subject.last('member')).toMatchObject([{ member: third, state: 'suspect' }]);
      const accusation = { by: self, about: third, incarnation: 1, degree: 0 };
      for (const actor of [a, b]) expect(told(actor)).toMatchObject([accusation]);
      a.say(goneOf(third, incarnation));
      expect([told(a), told(b)]).toEqual([[], []]);
    }
  });

  it('M3: who is held asleep at a lower incarnation woke since, and is accused', () => {
    const { subject, a, b } = room({ state: 'asleep' });
    a.say(goneOf(third, 1));
    expect([told(a), told(b), subject.stateOf(third)]).toEqual([[], [], 'asleep']);
    a.say(goneOf(third, 2));
    expect(subject.stateOf(third)).toBe('suspect');
    expect(told(a)).toMatchObject([{ type: 'suspect', about: third, incarnation: 1, degree: 0 }]);
    a.say(cardOf(third, { incarnation: 3, state: 'asleep' }));
    expect(subject.stateOf(third)).toBe('asleep');
  });

  it('M3, M8: while we are muted after a pause it makes us accuse nobody', () => {
    const { subject, a } = room();
    subject.now = 60_000;
    subject.handle({ type: 'timer', timer: 'round' });
    a.say(goneOf(third));
    expect(subject.stateOf(third)).toBe('alive');
    subject.now = 61_000;
    a.say(goneOf(third));
    expect(subject.stateOf(third)).toBe('suspect');
  });

  it('M3, M6: who says so is an accuser, each neighbour once, and may say otherwise', () => {
    const one = 12_000 - (10_000 * Math.log(2)) / Math.log(4);
    const two = 12_000 - (10_000 * Math.log(3)) / Math.log(4);
    for (const [told2nd, deadAt] of [
      [goneOf(third), one],
      [opinionOf('suspect', sessionOf(1), third, { degree: 0 }), one],
      [undefined, one],
    ] as const) {
      const { subject, a, b } = room();
      a.say(goneOf(third));
      if (told2nd !== undefined) a.say(told2nd);
      expect(run(subject, deadAt - 10, [a, b])).toEqual([]);
      expect(run(subject, deadAt, [a, b])).toEqual([[deadAt, 'dead']]);
    }
    const { subject, a, b } = room();
    a.say(goneOf(third));
    b.say(goneOf(third));
    expect(run(subject, 4070, [a, b])).toEqual([]);
    expect(two).toBeCloseTo(4075.2, 1);
    expect(run(subject, 4080, [a, b])).toEqual([[4080, 'dead']]);
  });

  it('M5: who said so and vouches accuses no more', () => {
    const { subject, a, b } = room();
    a.say(goneOf(third));
    a.say(opinionOf('vouch', a.id, third, { degree: 0 }));
    // The time runs anew from the vouch, with us alone.
    expect(run(subject, 11_990, [a, b])).toEqual([]);
    expect(run(subject, 12_000, [a, b])).toEqual([[12_000, 'dead']]);
  });

  it('M3, M7: a card of a higher incarnation ends it, and it is not asked again', () => {
    const { subject, a, b } = room();
    a.say(goneOf(third));
    b.say(cardOf(third, { incarnation: 2 }));
    expect(subject.stateOf(third)).toBe('alive');
    for (const actor of [a, b]) actor.take();
    expect(run(subject, 3000, [a, b])).toEqual([]);
    expect(told(b)).toEqual([]);
  });

  it('M3: about one dead or left here, or not known it says nothing', () => {
    const dead = mourning();
    const left = room({ state: 'left' });
    const unknown = room();
    for (const [{ subject, a, b }, member, state] of [
      [dead, third, 'dead'],
      [left, third, 'left'],
      [unknown, sessionOf(9), undefined],
    ] as const) {
      for (const incarnation of [1, 2]) {
        a.say(goneOf(member, incarnation));
        expect([told(a), told(b), subject.last('member')]).toEqual([[], [], []]);
        expect(subject.stateOf(member)).toBe(state);
      }
    }
  });
});

describe('gone, told by us', () => {
  it('M3: to who sends a card or an accusation that is no news about one dead here', () => {
    const { subject, a, b } = mourning(5);
    const about = (incarnation: number) => {
      return opinionOf('suspect', b.id, third, { incarnation, number: incarnation });
    };
    const cards = [5, 4].map((incarnation) => cardOf(third, { incarnation }));
    const asleep = cardOf(third, { incarnation: 5, state: 'asleep' });
    for (const message of [...cards, asleep, about(5), about(4)]) {
      b.say(message);
      expect(told(b)).toEqual([goneOf(third, 5)]);
      expect(subject.last('verify')).toEqual([]);
    }
    // Each time it asks, not once a second.
    b.say(cards[0] ?? asleep, about(5));
    expect(told(b)).toEqual([goneOf(third, 5), goneOf(third, 5)]);
    expect([told(a), subject.stateOf(third)]).toEqual([[], 'dead']);
  });

  it('M3: not to who holds it gone as well, or knows of a later life', () => {
    const { subject, a, b } = mourning(5);
    b.say(cardOf(third, { incarnation: 5, state: 'left' }), goneOf(third, 5));
    b.say(opinionOf('suspect', b.id, third, { incarnation: 6 }));
    expect([told(a), told(b), subject.stateOf(third)]).toEqual([[], [], 'dead']);
  });

  it('M3: about one that left, its card that says so is told instead', () => {
    const left = cardOf(third, { incarnation: 2, state: 'left' });
    const { subject, a, b } = room();
    a.say(left);
    for (const actor of [a, b]) actor.take();
    for (const message of [
      cardOf(third),
      cardOf(third, { incarnation: 2 }),
      opinionOf('suspect', b.id, third),
      opinionOf('suspect', b.id, third, { incarnation: 2 }),
    ]) {
      b.say(message);
      expect([told(a), told(b)]).toEqual([[], [left]]);
    }
    expect(subject.stateOf(third)).toBe('left');
  });

  it('M3: where it went without a word, it is `gone` until the card comes', () => {
    const subject = new Attested();
    const [a, b] = [subject.meet(1), subject.meet(2)];
    a.say({ type: 'bye' });
    b.take();
    b.say(opinionOf('suspect', b.id, a.id));
    expect(told(b)).toEqual([goneOf(a.id)]);
    const left = cardOf(a.id, { state: 'left' });
    b.say(left);
    b.say(opinionOf('suspect', b.id, a.id));
    expect(told(b)).toEqual([left]);
  });

  it('M3: a suspect that shows the card it is suspect by is told `gone`, others an accusation', () => {
    const subject = new Attested();
    const [a, b, c] = [subject.meet(1), subject.meet(2), subject.meet(3)];
    const accusation = opinionOf('suspect', a.id, b.id);
    a.say(accusation);
    for (const actor of [a, b, c]) actor.take();
    for (const actor of [b, c]) actor.say(cardOf(b.id));
    expect([told(a), told(b), told(c)]).toEqual([[], [goneOf(b.id)], [accusation]]);
    for (const actor of [b, c]) actor.say(cardOf(b.id, { incarnation: 0 }));
    expect([told(a), told(b), told(c)]).toEqual([[], [], []]);
  });

  it('M5: to the accused, with an echo, once for all who accuse it', () => {
    const subject = new Attested();
    const [a, b, accused] = [subject.meet(1), subject.meet(2), subject.meet(3, [1, 2])];
    a.say(opinionOf('suspect', a.id, accused.id, { degree: 3 }));
    expect(accused.take('gone', 'echo')).toMatchObject([goneOf(accused.id), { type: 'echo' }]);
    b.say(opinionOf('suspect', b.id, accused.id, { degree: 3 }));
    expect(accused.take('gone', 'echo')).toEqual([]);
    expect([...a.take('gone'), ...b.take('gone')]).toEqual([]);
  });
});

describe('accusations about members not known yet', () => {
  const accusation = opinionOf('suspect', sessionOf(1), third);

  it('M4: one whose card comes in the same frame is taken and passed on', () => {
    const subject = new Attested();
    const [a, b] = [subject.meet(1), subject.meet(2)];
    a.say(cardOf(third), accusation);
    expect(subject.stateOf(third)).toBe('suspect');
    run(subject, 300);
    expect(told(b)).toEqual([accusation]);
  });

  it('M4: one whose card does not come is checked and forgotten', () => {
    const subject = new Attested();
    const [a, b] = [subject.meet(1), subject.meet(2)];
    a.say(accusation);
    expect(subject.last('verify')).toHaveLength(1);
    a.say(cardOf(third));
    expect(subject.stateOf(third)).toBe('alive');
    run(subject, 300);
    expect(told(b)).toEqual([]);
  });

  it('M4: one of another incarnation than the card says is no news', () => {
    const subject = new Attested();
    const a = subject.meet(1);
    a.say(cardOf(third, { incarnation: 2 }), accusation);
    expect(subject.stateOf(third)).toBe('alive');
    a.say(cardOf(sessionOf(4)), opinionOf('vouch', a.id, sessionOf(4)));
    expect(subject.stateOf(sessionOf(4))).toBe('alive');
  });

  it('M4: one by a stranger, by itself or as if by us is not even checked', () => {
    const subject = new Attested();
    const a = subject.meet(1);
    for (const by of [sessionOf(9), third, self]) {
      a.say(opinionOf('suspect', by, third));
      expect(subject.last('verify')).toEqual([]);
    }
  });

  it('M1: nor is any in a sampled room', () => {
    const subject = new Attested({ knownMembers: 3 });
    const [a] = [subject.meet(1), subject.meet(2)];
    a.say(cardOf(sessionOf(4)));
    expect(subject.stateOf(sessionOf(4))).toBeUndefined();
    a.say(cardOf(third), accusation, round);
    expect([subject.stateOf(third), subject.last('verify')]).toEqual([undefined, []]);
  });
});
