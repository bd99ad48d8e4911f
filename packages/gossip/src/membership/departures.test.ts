import { describe, expect, it } from 'vitest';
import type { SessionId } from '@grapevine/wire';
import { Actor, Attested, cardOf, opinionOf, round, sessionOf } from '../testing/attested.ts';
import { hello } from '../testing/peer.ts';

describe('who leaves', () => {
  /** Tells each of its neighbours, of whom the third names `named` beside us. */
  function goodbye(named: readonly number[]): { told: unknown[]; id: SessionId } {
    const subject = new Attested();
    const actors = [subject.meet(1, [2]), subject.meet(2, [1]), subject.meet(3, named)];
    subject.handle({ type: 'leave' });
    const told = actors.map((actor) => actor.take('gone').map(({ session }) => session));
    return { told, id: sessionOf(3) };
  }

  it('M12: tells two others of whoever names nobody else who is here', () => {
    const { told, id } = goodbye([]);
    expect(told).toEqual([[id], [id], []]);
    expect(goodbye([77]).told).toEqual(told);
    expect(goodbye([2]).told).toEqual([[], [], []]);
  });

  it('M12: tells those that were heard last', () => {
    const subject = new Attested();
    const actors = [1, 2, 4, 5].map((byte) => subject.meet(byte, [9]));
    const lonely = subject.meet(3);
    actors[0]?.say(cardOf(sessionOf(9)));
    for (const [at, index] of [
      [100, 2],
      [200, 0],
      [300, 3],
    ] as const) {
      subject.now = at;
      actors[index]?.say(round);
    }
    for (const actor of actors) actor.take();
    subject.handle({ type: 'leave' });
    const told = actors.map((actor) => actor.take('gone').map(({ session }) => session));
    expect(told).toEqual([[lonely.id], [], [], [lonely.id]]);
  });

  it('M12: tells those that name others before those that do not, and none without hello', () => {
    const subject = new Attested();
    const linked = [subject.meet(1, [2]), subject.meet(2, [1])];
    subject.now = 100;
    const orphans = [subject.meet(3), subject.meet(4)];
    subject.handle({ type: 'leave' });
    const told = [...linked, ...orphans].map((actor) => actor.take('gone').length);
    expect(told).toEqual([2, 2, 0, 0]);
    const early = new Attested();
    const others = [early.meet(1, [2]), early.meet(2, [1])];
    others[0]?.say(cardOf(sessionOf(5)));
    // It has not said hello.
    const silent = new Actor(early, 5, sessionOf(5));
    early.handle({ type: 'leave' });
    expect([...others, silent].flatMap((actor) => actor.take('gone'))).toEqual([]);
  });

  it('M12: tells of one it was about to accuse, be it asked for or lost while it paused', () => {
    for (const [lostAt, named] of [
      [0, [2, 4]],
      [60_000, [2]],
    ] as const) {
      const subject = new Attested();
      const [lost, a, b] = [subject.meet(4), subject.meet(1, named), subject.meet(2, [1])];
      subject.now = lostAt;
      subject.handle({ type: 'linkDown', link: lost.link, reason: 'lost' });
      expect(subject.stateOf(lost.id)).toBe('alive');
      subject.handle({ type: 'leave' });
      const told = [a, b].map((actor) => actor.take('gone').map(({ session }) => session));
      expect(told).toEqual([[lost.id], [lost.id]]);
    }
  });

  it('M12: not of one that is linked again, or that was heard of or is watched since a pause', () => {
    for (const [lostAt, named] of [
      [0, [2, 4]],
      [60_000, [2]],
      [60_000, [2, 4]],
    ] as const) {
      const subject = new Attested();
      const [lost, a] = [subject.meet(4), subject.meet(1, named)];
      const b = subject.meet(2, [1]);
      subject.now = lostAt;
      subject.handle({ type: 'linkDown', link: lost.link, reason: 'lost' });
      subject.now += 1500;
      if (lostAt === 0)
        new Actor(subject, 12, lost.id).say(hello, { type: 'peers', members: [a.id] });
      else if (named.length === 1) a.say(cardOf(lost.id, { incarnation: 2 }));
      subject.handle({ type: 'leave' });
      expect([a, b].flatMap((actor) => actor.take('gone'))).toEqual([]);
    }
  });

  it('M12: of two that name only it each is told of the other', () => {
    const subject = new Attested();
    const actors = [subject.meet(1), subject.meet(2)];
    subject.handle({ type: 'leave' });
    const told = actors.map((actor) => actor.take('gone').map(({ session }) => session));
    expect(told).toEqual([[sessionOf(2)], [sessionOf(1)]]);
  });

  it('M12: tells of one that has not named its neighbours yet', () => {
    const young = new Attested();
    const others = [young.meet(1, [2]), young.meet(2, [1])];
    const newcomer = new Actor(young, 3, sessionOf(3));
    newcomer.say(hello, cardOf(newcomer.id));
    young.handle({ type: 'leave' });
    const told = others.map((actor) => actor.take('gone').map(({ session }) => session));
    expect(told).toEqual([[newcomer.id], [newcomer.id]]);
  });

  it('M12: says nothing in a sampled room', () => {
    const sampled = new Attested({ knownMembers: 3 });
    const [told] = [sampled.meet(1, [2]), sampled.meet(2, [1]), sampled.meet(3)];
    told?.say(cardOf(sessionOf(9)));
    told?.take();
    sampled.handle({ type: 'leave' });
    expect(told?.take('gone')).toEqual([]);
  });

  it('M12: says nothing of one that is suspect already, and nothing where nobody else is', () => {
    const subject = new Attested();
    const [other, lonely] = [subject.meet(1, [2]), subject.meet(3)];
    subject.meet(2, [1]);
    other.say(opinionOf('suspect', other.id, lonely.id));
    other.take();
    subject.handle({ type: 'leave' });
    expect(other.take('gone')).toEqual([]);
    const pair = new Attested();
    const alone = pair.meet(1);
    pair.handle({ type: 'leave' });
    expect(alone.take('gone')).toEqual([]);
  });
});

describe('a new neighbour', () => {
  it('F1: says hello once', () => {
    const subject = new Attested();
    subject.meet(1).say(hello);
    expect(subject.last('close')).toMatchObject([{ reason: 'protocol' }]);
  });

  it('M5: hears whom we suspect, 16 at most, and not what is said of itself', () => {
    const subject = new Attested();
    const accuser = subject.meet(1);
    const suspects = Array.from({ length: 20 }, (_, i) => sessionOf(100 + i));
    accuser.say(...suspects.map((id) => cardOf(id)));
    const accusations = suspects.map((id) => opinionOf('suspect', accuser.id, id));
    accuser.say(...accusations);
    const newcomer = new Actor(subject, 2, sessionOf(100));
    expect(newcomer.take('suspect')).toEqual([]);
    newcomer.say(hello);
    expect(newcomer.take('suspect')).toEqual(accusations.slice(1, 17));
  });
});
