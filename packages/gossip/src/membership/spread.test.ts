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

const third = sessionOf(9);

/** Three neighbours, of which the second hangs on us in the shared tree. */
function room() {
  const subject = new Attested();
  const actors = [1, 2, 3].map((byte) => subject.meet(byte)) as [Actor, Actor, Actor];
  actors[1].say({ type: 'graft', roots: [] });
  const take = () =>
    actors.map((actor) => actor.take('alive').map(({ incarnation }) => incarnation));
  take();
  return { subject, actors, take };
}

describe('where cards go', () => {
  it('M2: news goes along the shared tree, not back, and no second time', () => {
    const { actors, take } = room();
    actors[0].say(cardOf(third));
    expect(take()).toEqual([[], [1], []]);
    actors[1].say(cardOf(third));
    expect(take()).toEqual([[], [], []]);
    actors[0].say(cardOf(third, { incarnation: 4 }));
    expect(take()).toEqual([[], [4], []]);
    actors[1].say(cardOf(third, { incarnation: 3 }));
    expect(take()).toEqual([[], [], []]);
  });

  it('M2: to all neighbours where it says asleep or left, or its member was so', () => {
    const { actors, take } = room();
    const tell = (incarnation: number, state: 'alive' | 'asleep' | 'left') => {
      actors[0].say(cardOf(third, { incarnation, state }));
      return take().slice(1);
    };
    expect(tell(1, 'alive')).toEqual([[1], []]);
    expect(tell(1, 'asleep')).toEqual([[1], [1]]);
    expect(tell(2, 'alive')).toEqual([[2], [2]]);
    expect(tell(3, 'alive')).toEqual([[3], []]);
    expect(tell(3, 'left')).toEqual([[3], [3]]);
    expect(tell(4, 'alive')).toEqual([[4], [4]]);
  });

  it('M2: and to all of a member held suspect', () => {
    const { subject, actors, take } = room();
    actors[0].say(cardOf(third));
    actors[0].say(opinionOf('suspect', actors[0].id, third));
    expect(subject.stateOf(third)).toBe('suspect');
    take();
    actors[0].say(cardOf(third, { incarnation: 2 }));
    expect(take()).toEqual([[], [2], [2]]);
  });

  it('M2: our own goes to all', () => {
    const { subject, take } = room();
    subject.now = 5000;
    subject.handle({ type: 'info', bytes: Uint8Array.of(1) });
    subject.handle({ type: 'timer', timer: 'membership' });
    expect(take()).toEqual([[2], [2], [2]]);
  });

  it('M2: whoever told them of us as another, of a card not ours, sees a later one', () => {
    for (const [incarnation, state, answer] of [
      [1, 'asleep', [2]],
      [1, 'left', [2]],
      [1, 'alive', []],
      [5, 'alive', [6]],
      [0, 'left', []],
    ] as const) {
      const { subject, actors, take } = room();
      actors[0].say(cardOf(self, { incarnation, state }));
      expect(take()).toEqual([answer, answer, answer]);
      expect(subject.last('close')).toEqual([]);
    }
  });
});

describe('what neighbours tell of themselves', () => {
  it('M2: a round that says hidden, or no more, is told on', () => {
    const { subject, actors } = room();
    for (const hidden of [true, false]) {
      actors[0].say({ ...round, hidden });
      expect(subject.last('member')).toMatchObject([{ member: actors[0].id, hidden }]);
    }
    actors[0].say({ ...round, hidden: false });
    expect(subject.last('member')).toEqual([]);
  });

  it('M9: one that wakes up, as another tells, has time to speak before it is silent', () => {
    const { subject, actors } = room();
    const [other, , sleeper] = actors;
    other.say(cardOf(sleeper.id, { state: 'asleep' }));
    run(subject, 20_000, [other, actors[1]]);
    expect(subject.stateOf(sleeper.id)).toBe('asleep');
    const at = subject.now;
    other.say(cardOf(sleeper.id, { incarnation: 2 }));
    run(subject, at + 3000, [other, actors[1]]);
    expect(subject.stateOf(sleeper.id)).toBe('alive');
    run(subject, at + 3300, [other, actors[1]]);
    expect(subject.stateOf(sleeper.id)).toBe('suspect');
  });

  it('M3: goodbye makes it left at once, and its link is closed', () => {
    const { subject, actors } = room();
    actors[0].say({ type: 'bye' });
    expect(subject.last('member')).toMatchObject([{ member: actors[0].id, state: 'left' }]);
    expect(subject.last('close')).toMatchObject([{ link: actors[0].link, reason: 'leave' }]);
    expect(actors[1].take('suspect')).toEqual([]);
  });
});

describe('who is behind', () => {
  it('M3: is told that one is gone if it accuses that one itself, at no higher incarnation', () => {
    for (const [by, incarnation, told] of [
      [1, 2, true],
      [1, 1, true],
      [1, 3, false],
      [2, 2, false],
    ] as const) {
      const { subject, actors } = room();
      const left = cardOf(third, { incarnation: 2, state: 'left' });
      actors[1].say(left);
      actors[0].take();
      actors[0].say(opinionOf('suspect', sessionOf(by), third, { incarnation }));
      expect(actors[0].take('alive', 'gone')).toEqual(told ? [left] : []);
      expect(subject.stateOf(third)).toBe('left');
    }
  });

  it('M3: who tells the card of one gone is told so, unless it says left too', () => {
    const { actors } = room();
    const left = cardOf(third, { incarnation: 2, state: 'left' });
    actors[1].say(left);
    actors[0].take();
    actors[0].say(cardOf(third, { incarnation: 2 }));
    expect(actors[0].take('alive')).toEqual([left]);
    actors[0].say(left);
    expect(actors[0].take('alive', 'gone')).toEqual([]);
  });

  it('M3: of a suspect the card is answered with one accusation, or by itself with gone', () => {
    const { actors } = room();
    const accusation = opinionOf('suspect', actors[0].id, third);
    actors[0].say(cardOf(third));
    actors[0].say(accusation);
    for (const actor of actors) actor.take();
    actors[1].say(cardOf(third));
    expect(actors[1].take('suspect', 'gone')).toEqual([accusation]);
    actors[1].say(cardOf(third, { incarnation: 0 }));
    expect(actors[1].take('suspect', 'gone')).toEqual([]);
    const about = actors[2];
    actors[0].say(opinionOf('suspect', actors[0].id, about.id));
    about.take();
    about.say(cardOf(about.id));
    expect(about.take('suspect', 'gone')).toEqual([goneOf(about.id)]);
  });

  it('M7: one accused of silence and refuted is accused once more a second later', () => {
    const subject = new Attested();
    const [witness, accused] = [subject.meet(1), subject.meet(2)];
    run(subject, 3240, [witness]);
    run(subject, 3260);
    expect(subject.stateOf(accused.id)).toBe('suspect');
    subject.handle({ type: 'linkDown', link: accused.link, reason: 'closed' });
    witness.say(cardOf(accused.id, { incarnation: 2 }));
    const at = subject.now;
    expect(subject.stateOf(accused.id)).toBe('alive');
    witness.take();
    run(subject, at + 990, []);
    expect(witness.take('suspect')).toEqual([]);
    run(subject, at + 1010, []);
    expect(witness.take('suspect')).toMatchObject([{ about: accused.id, degree: 0 }]);
  });
});
