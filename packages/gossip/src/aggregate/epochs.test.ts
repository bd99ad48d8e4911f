import { describe, expect, it } from 'vitest';
import type { Aggregate } from '../event.ts';
import type { MessageOf } from '../frames/message.ts';
import { Actor, Attested, round, sessionOf } from '../testing/attested.ts';

const sampled = new Uint8Array(8).fill(255);
const epochMs = 30_000;
/** What 128 registers of so much come to. */
const members = 5000;
const register = 127 / 128 / members;

/** A member of a room that both its neighbours take for sampled, which watches `load`, 5 here. */
function room() {
  const subject = new Attested();
  const actors = [subject.meet(1), subject.meet(2)] as [Actor, Actor];
  subject.handle({ type: 'metric', name: 'load', value: 5 });
  subject.handle({ type: 'watchAggregate', name: 'load', watch: true });
  for (const actor of actors) actor.say({ ...round, members: sampled });
  // The next to look is the first round.
  subject.now = 500;
  subject.handle({ type: 'timer', timer: 'round' });
  const told = new Map<string, Aggregate>();
  const at = (ms: number) => {
    subject.now = ms;
    subject.handle({ type: 'timer', timer: 'aggregate' });
    for (const { name, count, sum, average, min, max, exact } of subject.last('aggregate')) {
      told.set(name, { count, sum, average, min, max, exact });
    }
  };
  const isSampled = () => {
    const [hello] = new Actor(subject, 20, sessionOf(6)).take('hello');
    subject.handle({ type: 'linkDown', link: 20, reason: 'closed' });
    return hello !== undefined && String(hello.members) === String(sampled);
  };
  return { subject, actors, told, at, isSampled };
}

function extrema(name: string, epoch: number, words: Partial<MessageOf<'extrema'>> = {}) {
  const minima = new Float32Array(384).fill(Infinity);
  minima.fill(register, 0, 128);
  const rest = { min: Infinity, max: -Infinity, minima, ...words };
  return { type: 'extrema', name, epoch, ...rest } as const;
}

describe('epochs of a sampled room', () => {
  it('A3: what the second one came to is told at its end, and how large the room is', () => {
    const { subject, actors, told, at, isSampled } = room();
    expect(isSampled()).toBe(true);
    at(500 + epochMs);
    actors[0].say(extrema('', 2), extrema('load', 2, { min: -3, max: 70 }));
    at(500 + 2 * epochMs);
    expect(told.get('load')).toMatchObject({ count: members, min: -3, max: 70, exact: false });
    expect(isSampled()).toBe(true);
    expect(subject.last('close')).toEqual([]);
  });

  it('A4, M1: a room counted as small is sampled no more, and its aggregates are exact', () => {
    const { told, at, isSampled } = room();
    at(500 + epochMs);
    expect(isSampled()).toBe(true);
    at(500 + 2 * epochMs);
    expect(isSampled()).toBe(false);
    at(700 + 2 * epochMs);
    expect(told.get('load')).toEqual({ count: 1, sum: 5, average: 5, min: 5, max: 5, exact: true });
  });

  it('A3: are not taken part in where the room is small', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    actor.say(extrema('', 2));
    expect(subject.last('schedule').filter(({ timer }) => timer === 'aggregate')).toEqual([]);
    for (let n = 0; n < 3; n++) {
      subject.now += 1000;
      subject.handle({ type: 'timer', timer: 'round' });
    }
    expect(actor.take('extrema')).toEqual([]);
  });

  it('A3: what was not told of is told with the next round, what is told already is not', () => {
    const { subject, actors } = room();
    const names = (actor: Actor) => actor.take('extrema').map(({ name }) => name);
    for (const actor of actors) actor.take();
    const next = () => {
      subject.now += 2000;
      for (const actor of actors) actor.say({ ...round, members: sampled });
      subject.handle({ type: 'timer', timer: 'round' });
      return actors.map(names);
    };
    next();
    expect(next()).toEqual([[], []]);
    subject.handle({ type: 'metric', name: 'other', value: 1 });
    expect(next()).toEqual([['other'], ['other']]);
    expect(next()).toEqual([[], []]);
    actors[0].say(extrema('third', 1, { min: 1, max: 2 }));
    expect(next()).toEqual([[], ['third']]);
  });
});
