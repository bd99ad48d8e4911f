import { describe, expect, it } from 'vitest';
import { Attested, cardOf, goneOf, opinionOf, run, sessionOf } from '../testing/attested.ts';

const third = sessionOf(3);

/** Two neighbours; a third member is known that neither names. */
function room() {
  const subject = new Attested();
  const [a, b] = [subject.meet(1), subject.meet(2)];
  a.say(cardOf(third));
  for (const actor of [a, b]) actor.take();
  const say = (type: 'suspect' | 'vouch', number: number, incarnation = 1) => {
    a.say(opinionOf(type, b.id, third, { number, incarnation }));
    return subject.stateOf(third);
  };
  return { subject, a, b, say };
}

describe('a suspicion that was over', () => {
  it('M5: an accusation that counted does not count again', () => {
    const { say } = room();
    expect(say('suspect', 5)).toBe('suspect');
    expect(say('vouch', 6)).toBe('alive');
    expect(say('suspect', 5)).toBe('alive');
    expect(say('suspect', 6)).toBe('alive');
    expect(say('suspect', 7)).toBe('suspect');
  });

  it('M5: nobody changes its mind about one incarnation more than eight times', () => {
    const { a, say } = room();
    const states = Array.from({ length: 12 }, (_, n) =>
      say(n % 2 === 0 ? 'suspect' : 'vouch', n + 1),
    );
    const blinks = Array.from({ length: 4 }, () => ['suspect', 'alive']).flat();
    expect(states).toEqual([...blinks, 'suspect', 'suspect', 'suspect', 'suspect']);
    a.say(cardOf(third, { incarnation: 2 }));
    expect(say('suspect', 13, 2)).toBe('suspect');
    expect(say('vouch', 14, 2)).toBe('alive');
  });

  it('M5: who has not spoken is heard, however many did before', () => {
    const { subject, a } = room();
    const members = Array.from({ length: 66 }, (_, n) => sessionOf(n + 100));
    for (const id of members) a.say(cardOf(id));
    const [first, ...others] = members;
    const last = others.pop();
    if (first === undefined || last === undefined) throw new Error('no members');
    a.say(opinionOf('suspect', first, third));
    for (const by of others) a.say(opinionOf('vouch', by, third));
    a.say(opinionOf('vouch', first, third, { number: 2 }));
    expect(subject.stateOf(third)).toBe('alive');
    a.say(opinionOf('suspect', last, third));
    expect(subject.stateOf(third)).toBe('suspect');
  });

  it('M3: a neighbour that holds the member gone counts, though it spoke before', () => {
    const subject = new Attested();
    const actors = [1, 2, 4, 5].map((byte) => subject.meet(byte));
    actors[0]?.say(cardOf(third));
    for (const { id } of actors) actors[0]?.say(opinionOf('suspect', id, third, { degree: 0 }));
    for (const { id } of actors) {
      actors[0]?.say(opinionOf('vouch', id, third, { number: 2, degree: 0 }));
    }
    expect(subject.stateOf(third)).toBe('alive');
    for (const actor of actors) actor.say(goneOf(third));
    const [dead] = run(subject, 5000, actors).filter(([, what]) => what === 'dead');
    expect(dead?.[0]).toBeLessThan(3000);
    // What it said before is no news even so.
    const again = new Attested();
    const a = again.meet(1);
    a.say(cardOf(third), opinionOf('suspect', a.id, third));
    a.say(opinionOf('vouch', a.id, third, { number: 2 }));
    a.say(goneOf(third));
    a.say(opinionOf('vouch', a.id, third, { number: 2 }));
    expect(again.stateOf(third)).toBe('suspect');
  });

  it('M5: a vouch that comes with the accusation counts', () => {
    const { subject, a, b } = room();
    a.say(
      opinionOf('suspect', a.id, third),
      opinionOf('suspect', b.id, third),
      opinionOf('vouch', a.id, third, { number: 2 }),
    );
    expect(subject.stateOf(third)).toBe('suspect');
    a.say(opinionOf('vouch', b.id, third, { number: 2 }));
    expect(subject.stateOf(third)).toBe('alive');
  });

  it('M5: at another incarnation all of it is forgotten', () => {
    const { subject, a } = room();
    const accused = subject.meet(4);
    a.say(opinionOf('suspect', a.id, accused.id));
    a.say(opinionOf('vouch', a.id, accused.id, { number: 2 }));
    accused.say(cardOf(accused.id, { incarnation: 2 }));
    accused.take();
    a.say(opinionOf('suspect', a.id, accused.id, { incarnation: 2 }));
    expect(accused.take('gone')).toMatchObject([{ incarnation: 2 }]);
  });

  it('M5: a vouch alone begins none', () => {
    const { subject, a, say } = room();
    expect([say('vouch', 1), say('suspect', 2), say('vouch', 3)]).toEqual([
      'alive',
      'suspect',
      'alive',
    ]);
    a.take();
    expect(say('vouch', 4)).toBe('alive');
    expect(run(subject, 50)).toEqual([]);
  });

  it('M5: what a neighbour of the accused said before does not keep it from asking anew', () => {
    const { subject, a, b } = room();
    const accused = subject.meet(4);
    const suspect = (number: number) => a.say(opinionOf('suspect', b.id, accused.id, { number }));
    suspect(1);
    expect(accused.take('gone')).toHaveLength(1);
    run(subject, 2000, [accused]);
    expect(a.take('vouch')).toHaveLength(1);
    a.say(opinionOf('vouch', b.id, accused.id, { number: 2 }));
    expect(subject.stateOf(accused.id)).toBe('alive');
    accused.take();
    suspect(3);
    expect(accused.take('gone')).toHaveLength(1);
  });
});
