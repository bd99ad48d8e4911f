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
import type { Config } from '../config.ts';
import type { SignedOpinion } from './statement.ts';

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

  it('M2: to all neighbours at once where it says asleep or left', () => {
    const { actors, take } = room();
    const tell = (incarnation: number, state: 'alive' | 'asleep' | 'left') => {
      actors[0].say(cardOf(third, { incarnation, state }));
      return take().slice(1);
    };
    expect(tell(1, 'alive')).toEqual([[1], []]);
    expect(tell(1, 'asleep')).toEqual([[1], [1]]);
    expect(tell(3, 'left')).toEqual([[3], [3]]);
  });

  it('M2, M14: to the others later where its member was asleep or gone', () => {
    for (const state of ['asleep', 'left'] as const) {
      const { subject, actors, take } = room();
      actors[0].say(cardOf(third, { state }));
      take();
      actors[0].say(cardOf(third, { incarnation: 2 }));
      expect(take()).toEqual([[], [2], []]);
      run(subject, 300);
      expect(take()).toEqual([[], [], [2]]);
    }
  });

  it('M2, M14: and where it is held suspect', () => {
    const { subject, actors, take } = room();
    actors[0].say(cardOf(third));
    actors[0].say(opinionOf('suspect', actors[0].id, third));
    expect(subject.stateOf(third)).toBe('suspect');
    take();
    actors[0].say(cardOf(third, { incarnation: 2 }));
    expect(take()).toEqual([[], [2], []]);
    run(subject, 300);
    expect(take()).toEqual([[], [], [2]]);
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

describe('beside the tree', () => {
  /** Two neighbours of a lower session id than ours and one of a higher, none on the tree. */
  function beside(settings: Partial<Config> = {}) {
    const subject = new Attested(settings);
    const [source, lower, higher] = [subject.meet(1), subject.meet(2), subject.meet(0x66)];
    source.say(cardOf(third));
    const take = () => [lower, higher].map((actor) => actor.take('alive', 'suspect', 'vouch'));
    return { subject, source, lower, higher, take };
  }
  const accusation = opinionOf('suspect', sessionOf(1), third);

  it('M14: the neighbour of a higher session id is told after 150 ms, of a lower after 300', () => {
    const { subject, source, take } = beside();
    source.say(accusation);
    run(subject, 140);
    expect(take()).toEqual([[], []]);
    run(subject, 150);
    expect(take()).toEqual([[], [accusation]]);
    run(subject, 290);
    expect(take()).toEqual([[], []]);
    run(subject, 300);
    expect(take()).toEqual([[accusation], []]);
    run(subject, 1000);
    expect(take()).toEqual([[], []]);
  });

  it('M14: what comes later goes with what waits', () => {
    const { subject, source, take } = beside();
    source.say(accusation);
    subject.now = 140;
    const vouch = opinionOf('vouch', source.id, third, { number: 2 });
    const other = opinionOf('suspect', source.id, sessionOf(2));
    source.say(other, vouch);
    run(subject, 150);
    expect(take()[1]).toEqual([other, vouch]);
  });

  it('M14: from half the time on it goes with another frame', () => {
    const { subject, source, lower, higher, take } = beside();
    source.say(accusation);
    for (const [at, actor, told] of [
      [74, higher, []],
      [75, higher, [accusation]],
      [149, lower, []],
      [150, lower, [accusation]],
    ] as const) {
      subject.now = at;
      actor.say({ type: 'echo', nonce: at });
      expect(actor.take('suspect')).toEqual(told);
    }
    run(subject, 1000);
    expect(take()).toEqual([[], []]);
  });

  it('M14: who says the same, or something newer, first is not told', () => {
    const cards = (incarnation: number) => cardOf(third, { incarnation });
    const opinions = (number: number) => opinionOf('suspect', sessionOf(1), third, { number });
    const other = opinionOf('suspect', sessionOf(0x66), third);
    for (const [said, told] of [
      [accusation, []],
      [opinions(2), []],
      [opinions(0), [accusation]],
      [other, [accusation]],
      [opinionOf('suspect', sessionOf(1), sessionOf(0x66)), [accusation]],
    ] as const) {
      const { subject, source, lower } = beside();
      source.say(accusation);
      lower.say(said);
      run(subject, 300);
      expect(lower.take('suspect').filter(({ by }) => by === source.id)).toEqual(told);
    }
    for (const [incarnation, told] of [
      [1, [cards(2)]],
      [2, []],
      [3, []],
    ] as const) {
      const { subject, source, lower } = beside();
      source.say(accusation, cards(2));
      lower.say(cards(incarnation));
      lower.take();
      run(subject, 300);
      expect(lower.take('alive')).toEqual(told);
    }
  });

  it('M14: what holds no more is not told', () => {
    const { subject, source, take } = beside();
    const refuted = cardOf(third, { incarnation: 2 });
    source.say(accusation, refuted);
    expect(subject.stateOf(third)).toBe('alive');
    run(subject, 300);
    expect(take()).toEqual([[refuted], [refuted]]);
    const [again, newer] = [2, 3].map((number) => {
      return opinionOf('suspect', source.id, third, { incarnation: 2, number });
    }) as [SignedOpinion, SignedOpinion];
    const vouch = opinionOf('vouch', source.id, third, { incarnation: 2, number: 4 });
    for (const opinion of [again, newer, vouch]) source.say(opinion);
    expect(subject.stateOf(third)).toBe('alive');
    run(subject, 600);
    expect(take()).toEqual([[vouch], [vouch]]);
  });

  it('M14: of two cards of one member that wait the later is told', () => {
    const { subject, source, take } = beside();
    source.say(accusation, cardOf(third, { incarnation: 2 }));
    source.say(opinionOf('suspect', source.id, third, { incarnation: 2, number: 2 }));
    const last = cardOf(third, { incarnation: 3 });
    source.say(last);
    run(subject, 300);
    expect(take()).toEqual([[last], [last]]);
  });

  it('M14: the newest card goes in place of one that waits', () => {
    const { subject, source, take } = beside();
    source.say(accusation);
    source.say(cardOf(third, { incarnation: 2 }));
    const last = cardOf(third, { incarnation: 3 });
    source.say(last);
    run(subject, 300);
    expect(take()).toEqual([[last], [last]]);
  });

  it('M14: nothing older follows what went along the tree', () => {
    const { subject, source, lower } = beside();
    const other = opinionOf('suspect', sessionOf(0x66), third);
    source.say(accusation, other);
    lower.say({ type: 'graft', roots: [] });
    const vouch = opinionOf('vouch', source.id, third, { number: 2 });
    source.say(vouch);
    run(subject, 300);
    expect(lower.take('suspect', 'vouch')).toEqual([vouch, other]);
  });

  it('M14: goes over the link that is used, of two', () => {
    const { subject, source, lower } = beside();
    source.say(accusation);
    subject.now = 200;
    const second = new Actor(subject, 0x67, lower.id);
    run(subject, 300);
    expect([second.take('suspect'), lower.take('suspect')]).toEqual([[], [accusation]]);
  });

  it('M14: the card of another member is not what waits', () => {
    const { subject, source, lower } = beside();
    const other = sessionOf(0x44);
    source.say(accusation, cardOf(third, { incarnation: 2 }), cardOf(other));
    lower.say(cardOf(other, { incarnation: 5 }));
    run(subject, 300);
    expect(lower.take('alive')).toMatchObject([{ session: third, incarnation: 2 }]);
  });

  it('M14: whom the neighbour names that it came from, and that is not its author, is told', () => {
    const { subject, source, lower, higher } = beside();
    source.say({ type: 'peers', members: [self, lower.id] });
    source.say(opinionOf('suspect', higher.id, third));
    run(subject, 300);
    expect(lower.take('suspect')).toHaveLength(1);
    expect(higher.take('suspect')).toEqual([]);
  });

  it('M14: 64 that wait are told at once', () => {
    const { subject, source, take } = beside();
    const members = Array.from({ length: 65 }, (_, index) => sessionOf(0x80 + index));
    source.say(...members.map((id) => cardOf(id)));
    const accusations = members.map((id) => opinionOf('suspect', source.id, id));
    source.say(...accusations.slice(0, 63));
    expect(take()).toEqual([[], []]);
    source.say(...accusations.slice(63));
    expect(take()).toEqual([accusations.slice(0, 64), accusations.slice(0, 64)]);
    run(subject, 300);
    expect(take()).toEqual([[accusations[64]], [accusations[64]]]);
  });

  it('M14: nor whoever its author, from whom it came, names, is gone, or is its author', () => {
    const { subject, source, lower, higher, take } = beside();
    source.say({ type: 'peers', members: [self, higher.id] });
    source.say(accusation);
    run(subject, 300);
    expect(take()).toEqual([[accusation], []]);
    lower.say(opinionOf('suspect', source.id, third, { number: 2 }));
    run(subject, 600);
    expect(take()[1]).toMatchObject([{ number: 2 }]);
    expect(source.take('suspect')).toEqual([]);
    source.say(opinionOf('suspect', source.id, third, { number: 3 }));
    subject.handle({ type: 'linkDown', link: lower.link, reason: 'closed' });
    run(subject, 1000);
    expect(lower.take('suspect')).toEqual([]);
  });

  it('M14: who leaves tells what waits, and no more', () => {
    const { subject, source, take } = beside();
    source.say(accusation);
    expect(take()).toEqual([[], []]);
    subject.handle({ type: 'leave' });
    const told = take().map((all) => all.filter(({ type }) => type === 'suspect').length);
    expect(told).toEqual([1, 1]);
    run(subject, 1000);
    expect(take()).toEqual([[], []]);
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
