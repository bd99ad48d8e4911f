import { sessionIdFrom } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
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
  standIn,
} from '../testing/attested.ts';
import { Subject, hello } from '../testing/peer.ts';
import { proofOf } from '../testing/signatures.ts';

function sessionFrom(number: number): SessionId {
  const bytes = new Uint8Array(16).fill(7);
  bytes[0] = number >> 8;
  bytes[1] = number;
  return sessionIdFrom(bytes);
}

describe('cards', () => {
  it('M2: our card follows our hello on every link', () => {
    const subject = new Attested();
    const actor = new Actor(subject, 1, sessionOf(1));
    const said = actor.take('hello', 'alive');
    expect(said).toMatchObject([
      { type: 'hello', incarnation: 1 },
      { type: 'alive', session: self, incarnation: 1, state: 'alive' },
    ]);
    expect(said[1]).toEqual(cardOf(self));
  });

  it('M2: a card that could not be signed is tried again a second later', () => {
    const info = new Uint8Array(0);
    const parts = { self, incarnation: 1, proof: proofOf(self), info, hash: standIn };
    const subject = new Subject({ ...parts, random: () => 0.5 });
    subject.handle({ type: 'start' });
    const [question] = subject.last('sign');
    subject.handle({ type: 'signed', id: question?.id ?? 0, signature: undefined });
    subject.now += 999;
    subject.handle({ type: 'timer', timer: 'membership' });
    expect(subject.last('sign')).toEqual([]);
    subject.now += 1;
    subject.handle({ type: 'timer', timer: 'membership' });
    expect(subject.last('sign')).toHaveLength(1);
  });

  it('M2: a card is checked once and passed on along the shared tree where it was news', () => {
    const subject = new Attested();
    const [a, b, c] = [subject.meet(1), subject.meet(2), subject.meet(3)];
    b.say({ type: 'beacon', root: b.id, epoch: 9, hops: 0, shared: true });
    const card = cardOf(sessionOf(9), { incarnation: 4 });
    for (const actor of [a, b, c]) actor.take();
    a.say(card);
    expect(subject.last('member')).toMatchObject([{ member: sessionOf(9), state: 'alive' }]);
    expect([a, b, c].map((actor) => actor.take('alive'))).toEqual([[], [card], []]);
    b.say(card);
    expect(subject.last('verify')).toEqual([]);
    expect([a, b, c].flatMap((actor) => actor.take('alive'))).toEqual([]);
  });

  it('M3: a dead member that shows its old card is told so, and back with a newer one', () => {
    const subject = new Attested();
    const gone = subject.meet(1);
    run(subject, 6000);
    expect(subject.stateOf(gone.id)).toBe('dead');
    const back = new Actor(subject, 7, gone.id);
    back.take();
    back.say(hello, cardOf(gone.id));
    expect(subject.stateOf(gone.id)).toBe('dead');
    expect(back.take('suspect', 'gone')).toEqual([goneOf(gone.id)]);
    back.say(cardOf(gone.id, { incarnation: 2 }));
    expect(subject.stateOf(gone.id)).toBe('alive');
  });

  it('M3: who was seen to go without a word is told so', () => {
    const subject = new Attested();
    const gone = subject.meet(1);
    gone.say({ type: 'bye' });
    expect(subject.stateOf(gone.id)).toBe('left');
    const back = new Actor(subject, 7, gone.id);
    for (const message of [hello, cardOf(gone.id)]) {
      back.take();
      back.say(message);
      const answers = message.type === 'alive' ? [goneOf(gone.id)] : [];
      expect(back.take('suspect', 'gone')).toEqual(answers);
    }
    expect(subject.stateOf(gone.id)).toBe('left');
  });

  it('M9: what said goodbye by card and bye is passed on, and shown to whoever holds it alive', () => {
    const subject = new Attested();
    const [gone, other] = [subject.meet(1), subject.meet(2)];
    const card = cardOf(gone.id, { state: 'left' });
    gone.say(card, { type: 'bye' });
    expect(subject.stateOf(gone.id)).toBe('left');
    expect(other.take('alive')).toEqual([card]);
    other.say(cardOf(gone.id));
    expect(other.take('alive')).toEqual([card]);
    other.say(card);
    expect(other.take('alive')).toEqual([]);
    expect(subject.stateOf(gone.id)).toBe('left');
  });

  it('M9: asleep is neither watched nor suspected, and dead after a day', () => {
    const subject = new Attested({ asleepMs: 20_000 });
    const [sleeper, other] = [subject.meet(1), subject.meet(2)];
    sleeper.say(cardOf(sleeper.id, { state: 'asleep' }));
    other.say(opinionOf('suspect', other.id, sleeper.id));
    expect(run(subject, 10_000, [other])).toEqual([]);
    expect(sleeper.take('echo')).toEqual([]);
    subject.handle({ type: 'linkDown', link: sleeper.link, reason: 'lost' });
    expect(run(subject, 19_990, [other])).toEqual([]);
    expect(run(subject, 20_000, [other])).toEqual([[20_000, 'dead']]);
  });

  it('M9: a round does not wake, a card of a higher incarnation does', () => {
    const subject = new Attested();
    const sleeper = subject.meet(1);
    sleeper.say(cardOf(sleeper.id, { state: 'asleep' }));
    subject.now = 30_000;
    sleeper.say(round);
    expect(subject.stateOf(sleeper.id)).toBe('asleep');
    sleeper.say(cardOf(sleeper.id, { incarnation: 2 }));
    expect(run(subject, 31_000)).toEqual([]);
    expect(subject.stateOf(sleeper.id)).toBe('alive');
  });

  it('M9: sleep and leave are said at once, and the next round shows that we are awake', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    subject.now = 480;
    expect(subject.handle({ type: 'asleep' }).filter(({ type }) => type === 'sign')).toEqual([]);
    expect(actor.take('alive')).toEqual([cardOf(self, { state: 'asleep' })]);
    subject.live(2430, ['round']);
    expect(actor.take('alive')).toEqual([]);
    subject.live(2480, ['round']);
    expect(actor.take('alive')).toEqual([cardOf(self, { incarnation: 2 })]);
    subject.handle({ type: 'leave' });
    expect(actor.take('alive', 'bye')).toEqual([
      cardOf(self, { incarnation: 2, state: 'left' }),
      { type: 'bye' },
    ]);
    subject.handle({ type: 'start' });
    const again = new Actor(subject, 9, sessionOf(3));
    expect(again.take('alive')).toMatchObject([{ incarnation: 3, state: 'alive' }]);
  });

  it('M7: nobody refutes after leaving', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    subject.handle({ type: 'leave' });
    actor.say(opinionOf('suspect', actor.id, self));
    expect(subject.last('sign')).toEqual([]);
  });

  it('M2: a card of our own that holds against ours is outdone', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    actor.say(cardOf(self, { incarnation: 7, state: 'left' }));
    expect(actor.take('alive')).toMatchObject([{ incarnation: 8, state: 'alive' }]);
    for (const words of [{ incarnation: 8 }, { incarnation: 3, state: 'left' }] as const) {
      actor.say(cardOf(self, words));
      expect(subject.last('verify')).toEqual([]);
    }
    expect(actor.take('alive')).toEqual([]);
  });

  it('M2: a name is told soon, several within 250 ms as one', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    subject.now = 249;
    subject.handle({ type: 'info', bytes: Uint8Array.of(1) });
    subject.handle({ type: 'info', bytes: Uint8Array.of(2) });
    expect(actor.take('alive')).toEqual([]);
    subject.now = 250;
    subject.handle({ type: 'timer', timer: 'membership' });
    expect(actor.take('alive')).toMatchObject([{ incarnation: 2, info: Uint8Array.of(2) }]);
    subject.now = 900;
    subject.handle({ type: 'info', bytes: Uint8Array.of(3) });
    expect(actor.take('alive')).toMatchObject([{ incarnation: 3, info: Uint8Array.of(3) }]);
  });

  it('A1: values are told at most every second, and every 50 ms a member in a large room', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    for (let byte = 2; byte < 40; byte++) actor.say(cardOf(sessionOf(byte)));
    subject.now = 100;
    subject.handle({ type: 'metric', name: 'a', value: 1 });
    run(subject, 1990, [actor]);
    actor.say(round);
    subject.now = 2000;
    subject.handle({ type: 'timer', timer: 'membership' });
    const metrics = [{ name: 'a', value: 1 }];
    expect(actor.take('alive')).toMatchObject([{ incarnation: 2, metrics }]);
    subject.handle({ type: 'metric', name: 'a', value: 1 });
    subject.now = 9000;
    actor.say(round);
    subject.handle({ type: 'timer', timer: 'membership' });
    expect(actor.take('alive')).toEqual([]);
    subject.handle({ type: 'metric', name: 'a', value: undefined });
    expect(actor.take('alive')).toMatchObject([{ incarnation: 3, metrics: [] }]);
  });

  it('A1: at most 16 finite values of names of at most 64 bytes', () => {
    const subject = new Attested();
    const set = (name: string, value: number) => subject.handle({ type: 'metric', name, value });
    expect(() => set('a', Number.NaN)).toThrow(/finite/);
    expect(() => set('ä'.repeat(33), 1)).toThrow(/64 bytes/);
    for (let i = 0; i < 16; i++) set(`${i}`.padEnd(64), 1);
    expect(() => set('a', 1)).toThrow(/at most 16/);
    set('0'.padEnd(64), 2);
  });

  it('M12: a card is renewed after ten minutes', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    subject.now = 599_999;
    actor.say(round);
    subject.handle({ type: 'timer', timer: 'membership' });
    expect(actor.take('alive')).toEqual([]);
    subject.now = 600_000;
    subject.handle({ type: 'timer', timer: 'membership' });
    expect(actor.take('alive')).toMatchObject([{ incarnation: 2 }]);
  });

  it('M12: in a room of 1,000 it is after 1,000 seconds, a tenth more or less by chance', () => {
    for (const [chance, at] of [
      [0, 900_000],
      [1, 1_100_000],
    ] as const) {
      const subject = new Attested({ random: () => chance, knownMembers: 2000 });
      const actor = subject.meet(1);
      for (let i = 0; i < 998; i++) {
        const session = sessionFrom(i);
        actor.say(cardOf(session));
      }
      subject.now = 1000;
      subject.handle({ type: 'info', bytes: Uint8Array.of(1) });
      actor.take();
      for (const [now, cards] of [
        [at + 999, 0],
        [at + 1000, 1],
      ] as const) {
        subject.now = now;
        actor.say(round);
        subject.handle({ type: 'timer', timer: 'membership' });
        expect(actor.take('alive').filter(({ session }) => session === self)).toHaveLength(cards);
      }
    }
  });

  it('M12, M13: one not linked that missed three renewals is accused where it answers no probe', () => {
    const subject = new Attested();
    // Named by a neighbour: so the looks of a small room pass it over.
    const actor = subject.meet(1, [9]);
    const other = sessionOf(9);
    // In steps short enough that our own timer is never late.
    const goOn = (minute: number) => {
      for (; subject.now <= minute * 60_000; subject.now += 500) {
        subject.handle({ type: 'timer', timer: 'round' });
        subject.handle({ type: 'timer', timer: 'membership' });
        actor.say(round);
      }
    };
    actor.say(cardOf(other));
    goOn(30);
    expect(subject.stateOf(other)).toBe('alive');
    goOn(30.6);
    expect(subject.stateOf(other)).toBe('suspect');
    expect(subject.stateOf(actor.id)).toBe('alive');
    actor.say(cardOf(other, { incarnation: 2 }));
    goOn(61);
    expect(subject.stateOf(other)).toBe('alive');
    goOn(61.6);
    expect(subject.stateOf(other)).toBe('suspect');
  });

  it('M8, M2: health and hiding are told in a card at most every ten seconds', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    subject.handle({ type: 'hidden', hidden: true });
    subject.now = 9990;
    actor.say(round);
    subject.handle({ type: 'timer', timer: 'membership' });
    expect(actor.take('alive')).toEqual([]);
    subject.now = 10_000;
    subject.handle({ type: 'timer', timer: 'round' });
    subject.handle({ type: 'timer', timer: 'membership' });
    const [card] = actor.take('alive');
    expect(card?.health).toBeGreaterThanOrEqual(16);
  });

  it('G4: hidden as a neighbour tells it is listed', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    actor.say({ ...round, hidden: true });
    expect(subject.last('member')).toMatchObject([{ hidden: true, state: 'alive' }]);
    actor.say({ ...round, hidden: true });
    expect(subject.last('member')).toEqual([]);
  });
});
