import { describe, expect, it } from 'vitest';
import {
  Actor,
  Attested,
  cardOf,
  goneOf,
  opinionOf,
  run,
  self,
  sessionOf,
} from '../testing/attested.ts';
import { hello } from '../testing/peer.ts';

const third = sessionOf(3);

interface Room {
  subject: Attested;
  a: Actor;
  b: Actor;
}

/** Two neighbours, the first of which names `peers`; `random` is what chance says. */
function room(peers: readonly number[] = [], random = () => 0.5): Room {
  const subject = new Attested({ random });
  return { subject, a: subject.meet(1, peers), b: subject.meet(2) };
}

/** A link to a third member was lost, which a card refutes at `atMs`. */
function refuted(peers: readonly number[] = [], atMs = 500): Room {
  const found = room(peers);
  const { subject, a, b } = found;
  const linked = subject.meet(3);
  subject.handle({ type: 'linkDown', link: linked.link, reason: 'lost' });
  // Where a neighbour still names it we accuse it together with another (M13).
  if (peers.includes(3)) b.say(opinionOf('suspect', b.id, third));
  expect(subject.stateOf(third)).toBe('suspect');
  run(subject, atMs - 10, [a, b]);
  subject.now = atMs;
  show(found, 2);
  expect(subject.stateOf(third)).toBe('alive');
  return found;
}

function show({ a, b }: Room, incarnation: number, words: Parameters<typeof cardOf>[1] = {}): void {
  a.say(cardOf(third, { incarnation, ...words }));
  for (const actor of [a, b]) actor.take();
}

/** Goes to `untilMs`. @returns states members entered, with times */
const live = ({ subject, a, b }: Room, untilMs: number) => run(subject, untilMs, [a, b]);

describe('a member that was said to be gone before its card came', () => {
  it('M12: is accused a second after its card, if it does not answer', () => {
    const found = room();
    found.a.say(goneOf(third, 1));
    live(found, 490);
    found.subject.now = 500;
    show(found, 1);
    expect(live(found, 1490)).toEqual([]);
    expect(live(found, 1500)).toEqual([[1500, 'suspect']]);
  });

  it('M12: is believed where its card is newer than the word, and where it is a neighbour', () => {
    const newer = room();
    newer.a.say(goneOf(third, 1));
    show(newer, 2);
    expect(live(newer, 3000)).toEqual([]);
    const linked = room();
    linked.a.say(goneOf(third, 1));
    linked.subject.meet(3);
    expect(live(linked, 1500)).toEqual([]);
  });

  it('M12: is remembered with 63 others, and forgotten when more are named', () => {
    for (const [others, states] of [
      [63, [[1000, 'suspect']]],
      [64, []],
    ] as const) {
      const found = room();
      const named = Array.from({ length: others }, (_, i) => goneOf(sessionOf(100 + i), 1));
      found.a.say(goneOf(third, 1), ...named);
      show(found, 1);
      expect(live(found, 1500)).toEqual(states);
    }
  });
});

describe('a member that is asked once more', () => {
  it('M7: whose accusation was refuted is accused again a second later, with degree 0', () => {
    const found = refuted();
    expect(live(found, 1490)).toEqual([]);
    // Neighbours that do not hang on the shared tree hear of it too.
    expect(live(found, 1500)).toEqual([[1500, 'suspect']]);
    const { subject } = found;
    expect(subject.node.members().find(({ id }) => id === third)?.incarnation).toBe(2);
  });

  it('M7: that accusation goes to all neighbours', () => {
    const { subject, b } = refuted();
    run(subject, 1490);
    b.take();
    run(subject, 1500);
    const accusation = { by: self, about: third, incarnation: 2, degree: 0 };
    expect(b.take('suspect')).toMatchObject([accusation]);
  });

  it('M7: it is asked once', () => {
    const found = refuted();
    expect(live(found, 1500)).toEqual([[1500, 'suspect']]);
    show(found, 3);
    expect(live(found, 10_000)).toEqual([]);
    expect(found.subject.stateOf(third)).toBe('alive');
  });

  it('M7: another card meanwhile gives it a second from then on only where it is accused', () => {
    const found = refuted();
    live(found, 1000);
    show(found, 3);
    expect(live(found, 1490)).toEqual([]);
    expect(live(found, 1500)).toEqual([[1500, 'suspect']]);
  });

  it('M7: so is whom a neighbour names, where it does not answer over that one: that may leave', () => {
    expect(live(refuted([3]), 1490)).toEqual([]);
    expect(live(refuted([3]), 1500)).toEqual([[1500, 'suspect']]);
  });

  it('M7: not who is linked then', () => {
    const found = refuted();
    const back = new Actor(found.subject, 12, third);
    back.say(hello);
    expect(run(found.subject, 10_000, [found.a, found.b, back])).toEqual([]);
  });

  it('M7: not who is asleep, left or suspect by another then', () => {
    for (const state of ['asleep', 'left'] as const) {
      const found = refuted();
      show(found, 2, { state });
      expect(live(found, 3000)).toEqual([]);
      expect(found.subject.stateOf(third)).toBe(state);
    }
    const found = refuted();
    const { a, b } = found;
    b.say(opinionOf('suspect', b.id, third, { incarnation: 2 }));
    a.take();
    live(found, 3000);
    expect(a.take('suspect')).toEqual([]);
  });

  it('M7: not who was accused by others alone', () => {
    const found = room();
    show(found, 1);
    found.b.say(opinionOf('suspect', found.b.id, third));
    show(found, 2);
    expect(found.subject.stateOf(third)).toBe('alive');
    expect(live(found, 5000)).toEqual([]);
  });

  it('M7: not whose card came while it was linked, whatever it sends later', () => {
    const found = room();
    const { subject } = found;
    const first = subject.meet(3);
    subject.handle({ type: 'linkDown', link: first.link, reason: 'lost' });
    const back = new Actor(subject, 12, third);
    back.say(hello, cardOf(third, { incarnation: 2 }));
    subject.handle({ type: 'linkDown', link: back.link, reason: 'closed' });
    expect(subject.stateOf(third)).toBe('alive');
    show(found, 3);
    expect(live(found, 5000)).toEqual([]);
  });

  it('M5, M7: nor who was heard again and not accused any more', () => {
    const found = room();
    const { subject, a, b } = found;
    const first = subject.meet(3);
    subject.handle({ type: 'linkDown', link: first.link, reason: 'lost' });
    const back = new Actor(subject, 12, third);
    back.say(hello);
    expect(run(subject, 2000, [a, b, back])).toEqual([[2000, 'alive']]);
    subject.handle({ type: 'linkDown', link: back.link, reason: 'closed' });
    show(found, 2);
    expect(live(found, 5000)).toEqual([]);
  });

  it('M7: `gone` about whom we accused already takes nothing of that back', () => {
    const found = room();
    const { subject, a } = found;
    const linked = subject.meet(3);
    subject.handle({ type: 'linkDown', link: linked.link, reason: 'lost' });
    a.say(goneOf(third));
    subject.now = 500;
    show(found, 2);
    expect(live(found, 1490)).toEqual([]);
    expect(live(found, 1500)).toEqual([[1500, 'suspect']]);
  });

  it('M7, M8: after a pause of ours nobody is asked for one interval', () => {
    const found = refuted();
    found.subject.now = 60_000;
    expect(live(found, 60_990)).toEqual([]);
    expect(live(found, 61_000)).toEqual([[61_000, 'suspect']]);
  });

  it('M7: leaving forgets it', () => {
    const { subject } = refuted();
    subject.handle({ type: 'leave' });
    subject.handle({ type: 'start' });
    const back = subject.meet(1);
    back.say(cardOf(third, { incarnation: 4 }));
    expect(run(subject, 3000, [back])).toEqual([]);
  });
});

describe('a member that is back', () => {
  /** The third member left or died, and `chance` holds as its card of incarnation 2 comes at 8000. */
  function back(before: 'left' | 'dead' | 'asleep', chance: number, members = 4): Room {
    let value = 0.5;
    const found = room([], () => value);
    for (let byte = 5; byte <= members; byte++) found.a.say(cardOf(sessionOf(byte)));
    if (before === 'dead') {
      show(found, 1);
      const accusers = [found.a, found.b];
      for (const actor of accusers) actor.say(opinionOf('suspect', actor.id, third));
      live(found, 7990);
    } else {
      show(found, 1, { state: before });
    }
    expect(found.subject.stateOf(third)).toBe(before);
    live(found, 7990);
    found.subject.now = 8000;
    value = chance;
    show(found, 2);
    value = 0.5;
    expect(found.subject.stateOf(third)).toBe('alive');
    return found;
  }

  it('M7: from death, leaving or sleep is doubted by two of the room, by chance', () => {
    for (const before of ['left', 'dead', 'asleep'] as const) {
      for (const [members, chance] of [
        [4, 0.5],
        [8, 0.25],
      ] as const) {
        const doubted = back(before, chance - 0.001, members);
        expect(live(doubted, 8990)).toEqual([]);
        expect(live(doubted, 9000)).toEqual([[9000, 'suspect']]);
        expect(live(back(before, chance, members), 12_000)).toEqual([]);
      }
    }
  });

  it('M7: and once only', () => {
    const found = back('dead', 0);
    expect(live(found, 9000)).toEqual([[9000, 'suspect']]);
    show(found, 3);
    expect(live(found, 12_000)).toEqual([]);
  });

  it('M7: is doubted for certain where we accused it before it died', () => {
    const found = room([], () => 0.9);
    const { subject } = found;
    const linked = subject.meet(3, [1]);
    subject.handle({ type: 'linkDown', link: linked.link, reason: 'lost' });
    const { a } = found;
    a.say(opinionOf('suspect', a.id, third));
    live(found, 2990);
    expect(subject.stateOf(third)).toBe('dead');
    subject.now = 3000;
    show(found, 2);
    expect(live(found, 3990)).toEqual([]);
    expect(live(found, 4000)).toEqual([[4000, 'suspect']]);
  });

  it('M7: linked again is not doubted', () => {
    const found = room([], () => 0);
    const { subject, a, b } = found;
    const linked = subject.meet(3);
    linked.say({ type: 'bye' });
    const again = new Actor(subject, 12, third);
    again.say(hello, cardOf(third, { incarnation: 2 }));
    expect(subject.stateOf(third)).toBe('alive');
    expect(run(subject, 5000, [a, b, again])).toEqual([]);
  });
});
