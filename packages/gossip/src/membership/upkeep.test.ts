import { describe, expect, it } from 'vitest';
import { Actor, Attested, cardOf, opinionOf, run, self, sessionOf } from '../testing/attested.ts';
import { hello } from '../testing/peer.ts';

const third = sessionOf(3);

interface Watch {
  subject: Attested;
  a: Actor;
  /** What chance says from now on. */
  chance: (value: number) => void;
}

/** One neighbour that names `peers`, and `others` members known by cards that came at 0. */
function watch(others: readonly number[], peers: readonly number[] = [], first = 0.5): Watch {
  let value = first;
  const subject = new Attested({ random: () => value });
  const a = subject.meet(1, peers);
  for (const byte of others) a.say(cardOf(sessionOf(byte)));
  const chance = (next: number) => void (value = next);
  return { subject, a, chance };
}

function suspects({ subject }: Watch): number {
  return subject.node.members().filter(({ state }) => state === 'suspect').length;
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** As `watch` of members 3 to `last`, of whom the last is held dead within three seconds. */
function unrest(last: number): Watch {
  const found = watch(range(3, last));
  const accused = sessionOf(last);
  for (const by of [3, 4]) found.a.say(opinionOf('suspect', sessionOf(by), accused));
  run(found.subject, 3000, [found.a]);
  expect(found.subject.stateOf(accused)).toBe('dead');
  return found;
}

describe('looking for members whom nobody watches', () => {
  it('M12: one not linked, not named and not heard of for 30 s is accused, with degree 0', () => {
    const { subject, a } = watch([3]);
    expect(run(subject, 29_990, [a])).toEqual([]);
    a.take();
    expect(run(subject, 30_000)).toEqual([[30_000, 'suspect']]);
    expect(a.take('suspect')).toMatchObject([{ by: self, about: third, degree: 0 }]);
  });

  it('M12: one heard of in that time is not, before the next look', () => {
    const { subject, a } = watch([]);
    subject.now = 1;
    a.say(cardOf(third));
    subject.now = 10;
    expect(run(subject, 59_990, [a])).toEqual([]);
    expect(run(subject, 60_000, [a])).toEqual([[60_000, 'suspect']]);
  });

  it('M12: an opinion of its own is a word of it', () => {
    const { subject, a } = watch([3, 4]);
    subject.now = 10;
    a.say(opinionOf('suspect', third, sessionOf(4)));
    a.say(cardOf(sessionOf(4), { incarnation: 2 }));
    expect(run(subject, 30_000, [a])).toEqual([]);
  });

  it('M12: every 30 s, half of it more or less by chance', () => {
    for (const [first, at] of [
      [0, 15_000],
      [0.999, 44_970],
    ] as const) {
      const found = watch([], [], first);
      const { subject, a, chance } = found;
      // Linked at first, and not heard of since it came.
      a.say(cardOf(third));
      chance(0);
      const seen = run(subject, at, [a]);
      const second = first === 0 ? run(subject, 30_000, [a]) : [];
      expect([...seen, ...second]).toEqual([[first === 0 ? 30_000 : at, 'suspect']]);
    }
  });

  it('M12: who is linked, named by a neighbour, asleep, or already suspect is not', () => {
    const { subject, a } = watch([3, 4, 5], [3]);
    a.say(cardOf(sessionOf(4), { state: 'asleep' }), opinionOf('suspect', a.id, sessionOf(5)));
    run(subject, 29_990, [a]);
    a.take();
    run(subject, 30_000);
    expect(a.take('suspect')).toEqual([]);
    expect(subject.stateOf(a.id)).toBe('alive');
  });

  it('M12: with probability 2 / room size, in a room of at most 10 members', () => {
    for (const [others, value, accused] of [
      [range(3, 10), 0.199, 8],
      [range(3, 10), 0.201, 0],
      [range(3, 6), 0.333, 4],
      [range(3, 6), 0.334, 0],
      [range(3, 11), 0, 0],
    ] as const) {
      const found = watch(others);
      run(found.subject, 29_990, [found.a]);
      found.chance(value);
      run(found.subject, 30_000);
      expect(suspects(found)).toBe(accused);
    }
  });

  it('M12, M13: in a larger room, for five minutes after a death, it is probed first', () => {
    for (const [at, value, asked] of [
      [30_000, 0.09, 9],
      [30_000, 0.092, 0],
      [300_000, 0.09, 9],
      [330_000, 0.09, 0],
    ] as const) {
      const { subject, a, chance } = unrest(12);
      run(subject, at - 10, [a]);
      chance(value);
      a.take();
      expect(run(subject, at)).toEqual([]);
      expect(a.take('probe')).toHaveLength(asked);
    }
  });

  it('M12, M13: who does not answer either of two probes is accused, with degree 0', () => {
    const { subject, a, chance } = unrest(12);
    run(subject, 29_990, [a]);
    chance(0.09);
    expect(run(subject, 31_990, [a])).toEqual([]);
    a.take();
    expect(run(subject, 32_000)).toEqual(Array.from({ length: 9 }, () => [32_000, 'suspect']));
    expect(a.take('suspect')).toMatchObject(Array.from({ length: 9 }, () => ({ degree: 0 })));
  });

  it('M12: not in a room of more than 128 members, nor before any has died', () => {
    for (const [last, dies, asked] of [
      [130, true, 126],
      [131, true, 0],
      [12, false, 0],
    ] as const) {
      const { subject, a, chance } = dies ? unrest(last) : watch(range(3, last));
      run(subject, 29_990, [a]);
      chance(0);
      a.take();
      run(subject, 30_000);
      expect(a.take('probe')).toHaveLength(asked);
    }
  });

  it('M12: who refutes is not asked once more', () => {
    const { subject, a } = watch([3]);
    run(subject, 30_000, [a]);
    a.say(cardOf(third, { incarnation: 2 }));
    expect(run(subject, 59_990, [a])).toEqual([]);
    expect(subject.stateOf(third)).toBe('alive');
  });

  it('M8: while we were held up ourselves nobody is accused', () => {
    const { subject, a } = watch([3]);
    run(subject, 26_000, [a]);
    subject.now = 29_500;
    // The look falls into the interval after the pause, and is made up for by the next.
    expect(run(subject, 59_990, [a])).toEqual([]);
    expect(run(subject, 60_000, [a])).toEqual([[60_000, 'suspect']]);
  });

  it('M1, M12: not in a sampled room', () => {
    const subject = new Attested({ knownMembers: 4 });
    const [a, b] = [subject.meet(1), subject.meet(2)];
    for (const byte of [3, 4]) a.say(cardOf(sessionOf(byte)));
    subject.handle({ type: 'linkDown', link: b.link, reason: 'closed' });
    expect(subject.stateOf(third)).toBe('alive');
    expect(run(subject, 62_000, [a])).toEqual([]);
  });
});

describe('links lost while our timers were held up', () => {
  interface Lost {
    subject: Attested;
    other: Actor;
    lost: Actor;
  }

  /** The link to the first is lost as we wake at 60,000; the second stays, and names `peers`. */
  function woken(peers: readonly number[] = []): Lost {
    const subject = new Attested();
    const [lost, other] = [subject.meet(1), subject.meet(2, peers)];
    subject.now = 60_000;
    subject.handle({ type: 'linkDown', link: lost.link, reason: 'lost' });
    expect(subject.stateOf(lost.id)).toBe('alive');
    return { subject, other, lost };
  }

  it('M8: five seconds after the interval who was not heard of since and is not watched is accused', () => {
    const { subject, other, lost } = woken();
    expect(run(subject, 65_990, [other])).toEqual([]);
    other.take();
    expect(run(subject, 66_000)).toEqual([[66_000, 'suspect']]);
    expect(other.take('suspect')).toMatchObject([{ by: self, about: lost.id, degree: 0 }]);
    // It may have been cut off: it is asked once more.
    other.say(cardOf(lost.id, { incarnation: 2 }));
    expect(run(subject, 67_000, [other])).toEqual([]);
    expect(run(subject, 67_010, [other])).toEqual([[67_010, 'suspect']]);
  });

  it('M8: not who is linked again', () => {
    const { subject, other, lost } = woken();
    const back = new Actor(subject, 12, lost.id);
    back.say(hello);
    run(subject, 61_000, [other, back]);
    // Nor when that link goes as it should.
    subject.handle({ type: 'linkDown', link: back.link, reason: 'closed' });
    expect(run(subject, 70_000, [other])).toEqual([]);
  });

  it('M8: not who was heard of since, by a card or by an opinion of its own', () => {
    const words = [
      (lost: Actor) => [cardOf(lost.id, { incarnation: 2 })],
      (lost: Actor) => [
        cardOf(third, { incarnation: 2 }),
        opinionOf('suspect', lost.id, third, { incarnation: 2 }),
        cardOf(third, { incarnation: 3 }),
      ],
    ];
    for (const word of words) {
      const { subject, other, lost } = woken();
      run(subject, 61_000, [other]);
      for (const message of word(lost)) other.say(message);
      expect(run(subject, 67_000, [other]).filter(([at]) => at > 61_010)).toEqual([]);
      expect(subject.stateOf(lost.id)).toBe('alive');
    }
  });

  it('M8: a card within a second may have been under way when it went', () => {
    const { subject, other, lost } = woken();
    run(subject, 60_990, [other]);
    other.say(cardOf(lost.id, { incarnation: 2 }));
    expect(run(subject, 66_000, [other])).toEqual([[66_000, 'suspect']]);
  });

  it('M8: leaving forgets it', () => {
    const { subject, lost } = woken();
    subject.handle({ type: 'leave' });
    subject.handle({ type: 'start' });
    const other = subject.meet(3);
    other.say(cardOf(lost.id));
    subject.now = 60_500;
    expect(run(subject, 70_000, [other]).filter(([, what]) => what === 'suspect')).toEqual([]);
  });

  it('M8: not who is watched, as it is then', () => {
    const { subject, other, lost } = woken([1]);
    expect(run(subject, 70_000, [other])).toEqual([]);
    expect(subject.stateOf(lost.id)).toBe('alive');
    const late = woken();
    run(late.subject, 65_000, [late.other]);
    late.other.say({ type: 'peers', members: [self, late.lost.id] });
    expect(run(late.subject, 70_000, [late.other])).toEqual([]);
  });

  it('M8: not who said meanwhile that it leaves or sleeps', () => {
    for (const state of ['left', 'asleep'] as const) {
      const { subject, other, lost } = woken();
      other.say(cardOf(lost.id, { state }));
      expect(run(subject, 70_000, [other])).toEqual([]);
      expect(subject.stateOf(lost.id)).toBe(state);
    }
  });
});
