import { describe, expect, it } from 'vitest';
import { Attested, cardOf, opinionOf } from '../testing/attested.ts';

const metric = (name: string, value: number) => ({ name, value });

/** What a room of neighbours adds up to under the name, 100 ms after what was told before. */
function told(subject: Attested) {
  subject.now += 100;
  subject.handle({ type: 'timer', timer: 'aggregate' });
  return subject.last('aggregate');
}

const planned = (subject: Attested) =>
  subject
    .last('schedule')
    .filter(({ timer }) => timer === 'aggregate')
    .map(({ delayMs }) => delayMs);

describe('names of aggregates', () => {
  const say = (
    subject: Attested,
    n: number,
    names: readonly string[],
    state?: 'asleep' | 'left',
  ) => {
    const member = subject.meet(n);
    const metrics = names.map((name, value) => metric(name, value));
    member.say(cardOf(member.id, { incarnation: 2, metrics, ...(state && { state }) }));
  };

  it('are those others here give values to, most members first, without our own and the size of the room', () => {
    const subject = new Attested();
    subject.handle({ type: 'metric', name: 'ours', value: 1 });
    expect(subject.node.aggregateNames()).toEqual([]);
    say(subject, 1, ['b', 'a', '']);
    say(subject, 2, ['c', 'b', 'ours']);
    say(subject, 3, ['sleepers', 'c'], 'asleep');
    say(subject, 4, ['gone', 'c'], 'left');
    expect(subject.node.aggregateNames()).toEqual(['b', 'a', 'c', 'ours']);
  });

  it('are no more where a member says them twice, and 64 at most', () => {
    const subject = new Attested();
    say(subject, 1, ['twice', 'twice', 'once']);
    say(subject, 2, ['once']);
    expect(subject.node.aggregateNames()).toEqual(['once', 'twice']);
    for (let n = 3; n < 8; n++) {
      say(
        subject,
        n,
        Array.from({ length: 16 }, (_, i) => `${n} ${i}`),
      );
    }
    const names = subject.node.aggregateNames();
    expect(names).toHaveLength(64);
    expect(names[0]).toBe('once');
  });
});

describe('values of the members known', () => {
  it('A2: only those under the name count, of members alive or suspect, and our own', () => {
    const subject = new Attested();
    const [a, b] = [subject.meet(1), subject.meet(2)];
    subject.handle({ type: 'metric', name: 'load', value: 1 });
    subject.handle({ type: 'watchAggregate', name: 'load', watch: true });
    const both = { incarnation: 2, metrics: [metric('load', 4), metric('other', 100)] };
    a.say(cardOf(a.id, both));
    b.say(cardOf(b.id, { incarnation: 2, metrics: [metric('load', 7)] }));
    expect(told(subject)).toMatchObject([{ count: 3, sum: 12, min: 1, max: 7, average: 4 }]);
    a.say(opinionOf('suspect', a.id, b.id, { incarnation: 2 }));
    expect(subject.stateOf(b.id)).toBe('suspect');
    expect(told(subject)).toEqual([]);
    b.say(cardOf(b.id, { incarnation: 3, state: 'asleep', metrics: [metric('load', 7)] }));
    expect(told(subject)).toMatchObject([{ count: 2, sum: 5 }]);
    a.say(cardOf(a.id, { ...both, incarnation: 3, state: 'left' }));
    expect(told(subject)).toMatchObject([{ count: 1, sum: 1 }]);
  });

  it('A1: are one of each member, however many it says under the name', () => {
    const subject = new Attested();
    const a = subject.meet(1);
    subject.handle({ type: 'watchAggregate', name: 'load', watch: true });
    const metrics = [metric('load', 4), metric('other', 1), metric('load', 100)];
    a.say(cardOf(a.id, { incarnation: 2, metrics }));
    expect(told(subject)).toMatchObject([{ count: 1, sum: 4, min: 4, max: 4 }]);
  });

  it('A2: are not looked at again until something changes', () => {
    const subject = new Attested();
    subject.handle({ type: 'watchAggregate', name: 'load', watch: true });
    subject.handle({ type: 'metric', name: 'load', value: 1 });
    expect(planned(subject)).toEqual([100]);
    expect(told(subject)).toHaveLength(1);
    expect(planned(subject)).toEqual([]);
    // Nobody is told what nobody watches.
    subject.handle({ type: 'watchAggregate', name: 'load', watch: false });
    subject.handle({ type: 'metric', name: 'load', value: 2 });
    expect(planned(subject)).toEqual([]);
  });

  it('A2: who watches too many is told so, and that another would have to be given up', () => {
    const subject = new Attested();
    const watch = (n: number) =>
      subject.handle({ type: 'watchAggregate', name: String(n), watch: true });
    for (let n = 0; n < 64; n++) watch(n);
    expect(() => watch(64)).toThrow(
      expect.objectContaining({
        code: 'too-many-aggregates',
        message: 'At most 64 aggregates are watched at a time.',
        action: 'Stop watching another one first.',
      }),
    );
  });
});
