import { DecodeError } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import { Attest } from '../attest.ts';
import type { Settings } from '../config.ts';
import { Core } from '../core.ts';
import type { MemberState } from '../event.ts';
import { InNames } from '../frames/dictionary.ts';
import { decodeFrame } from '../frames/frame.ts';
import type { Message } from '../frames/message.ts';
import { Neighbour } from '../links/neighbour.ts';
import {
  Actor,
  Attested,
  cardOf,
  opinionOf,
  round,
  run,
  self,
  sessionOf,
  standIn,
} from '../testing/attested.ts';
import { hello } from '../testing/peer.ts';
import { proofOf } from '../testing/signatures.ts';
import { OwnCard } from './card.ts';
import { Liveness } from './liveness.ts';
import { Sampling } from './sampling.ts';
import type { SignedCard } from './statement.ts';
import { sampledDigest } from './table.ts';

/** Membership without the rest of a node; signatures are answered at once. */
class Bare {
  readonly core: Core;
  readonly liveness: Liveness;
  readonly #attest: Attest;

  constructor(settings: Partial<Settings> = {}) {
    const info = new Uint8Array(0);
    const identity = { self, incarnation: 1, proof: proofOf(self), info, hash: standIn };
    this.core = new Core({ ...identity, random: () => 0.5, ...settings });
    this.#attest = new Attest(this.core);
    this.liveness = new Liveness(this.core, this.#attest);
    this.liveness.start();
    this.settle();
  }

  /** @returns the states members entered */
  settle(): MemberState[] {
    const states: MemberState[] = [];
    for (;;) {
      const effects = this.core.takeEffects();
      if (effects.length === 0) return states;
      for (const effect of effects) {
        if (effect.type === 'member') states.push(effect.state);
        if (effect.type === 'verify') this.#attest.verified(effect.id, true);
        if (effect.type === 'sign') this.#attest.signed(effect.id, new Uint8Array(64));
      }
    }
  }

  meet(byte: number): Neighbour {
    const { core, liveness } = this;
    const id = sessionOf(byte);
    const neighbour = new Neighbour(byte, id, core.settings, core.stats, core.now);
    neighbour.hello = true;
    neighbour.intervalMs = 1000;
    core.links.set(byte, neighbour);
    core.active.set(id, neighbour);
    liveness.hello(neighbour, hello);
    liveness.alive(neighbour, cardOf(id));
    this.settle();
    return neighbour;
  }

  /** What was sent on that link since the last call. */
  static said(neighbour: Neighbour, names: InNames): Message[] {
    return neighbour.link.flush().flatMap((frame) => {
      const messages = decodeFrame(frame, names);
      if (messages instanceof DecodeError) throw messages;
      return messages;
    });
  }
}

describe('what is known, told on asking', () => {
  it('M10: of members here their cards, of suspects an accusation too, of the dead nothing', () => {
    const room = new Bare();
    const neighbour = room.meet(1);
    const [here, accused] = [cardOf(sessionOf(2)), cardOf(sessionOf(3))];
    const left = cardOf(sessionOf(4), { state: 'left' });
    for (const card of [here, accused, left]) room.liveness.alive(neighbour, card);
    room.settle();
    const accusation = opinionOf('suspect', sessionOf(2), sessionOf(3));
    room.liveness.suspected(neighbour, { ...accusation, type: 'suspect' });
    room.settle();
    const names = new InNames();
    const offered = (byte: number) => {
      room.liveness.offer(neighbour, sessionOf(byte));
      return Bare.said(neighbour, names);
    };
    Bare.said(neighbour, names);
    expect([2, 3, 4, 9].map(offered)).toEqual([[here], [accused, accusation], [left], []]);
    expect(offered(0x55)).toMatchObject([{ type: 'alive', session: self, state: 'alive' }]);
    room.core.now = 60_000;
    room.liveness.tick();
    expect(room.liveness.get(sessionOf(3))?.state).toBe('dead');
    Bare.said(neighbour, names);
    expect(offered(3)).toEqual([]);
  });

  it('M3: an older card of a suspect is not answered, one of the same incarnation is', () => {
    const subject = new Attested();
    const [actor, other] = [subject.meet(1), subject.meet(2)];
    actor.say(cardOf(sessionOf(3), { incarnation: 5 }));
    actor.say(opinionOf('suspect', actor.id, sessionOf(3), { incarnation: 5 }));
    other.take();
    other.say(cardOf(sessionOf(3), { incarnation: 4 }));
    expect(other.take('alive', 'suspect')).toEqual([]);
    other.say(cardOf(sessionOf(3), { incarnation: 5 }));
    expect(other.take('alive', 'suspect')).toHaveLength(1);
  });

  it('M2: what is no news of a member here is not answered', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    actor.say(cardOf(sessionOf(3), { incarnation: 5, state: 'asleep' }));
    actor.take();
    actor.say(cardOf(sessionOf(3), { incarnation: 4 }), cardOf(actor.id, { incarnation: 0 }));
    expect(actor.take('alive', 'suspect')).toEqual([]);
  });
});

describe('our own health', () => {
  it('M8: suffers from a suspicion of silence that was refuted, not from one of a lost link', () => {
    for (const [silent, health] of [
      [true, 1],
      [false, 0],
    ] as const) {
      const room = new Bare();
      const neighbour = room.meet(1);
      room.core.now = 2000;
      if (silent) {
        room.liveness.tick();
        room.core.now = 4000;
        room.liveness.tick();
      } else room.liveness.parted(neighbour, 'lost');
      expect(room.settle()).toEqual(['suspect']);
      room.liveness.alive(neighbour, cardOf(neighbour.member, { incarnation: 2 }));
      expect(room.settle()).toEqual(['alive']);
      expect(room.liveness.health).toBe(health);
    }
  });

  it('M8: suffers from a vouch against our suspicion of silence', () => {
    const room = new Bare();
    const [accused, other] = [room.meet(1), room.meet(2)];
    room.core.now = 2000;
    room.liveness.heard(other);
    room.liveness.tick();
    for (const now of [3000, 4000]) {
      room.core.now = now;
      room.liveness.heard(other);
      room.liveness.tick();
    }
    expect(room.settle()).toEqual(['suspect']);
    const vouch = opinionOf('vouch', other.member, accused.member);
    room.liveness.vouched(other, { ...vouch, type: 'vouch' });
    room.settle();
    expect(room.liveness.health).toBe(1);
    room.liveness.beat(0);
    room.liveness.beat(0);
    expect(room.liveness.health).toBe(0);
    room.liveness.beat(1001);
    expect(room.liveness.health).toBe(1);
  });

  it('M2: what changes while a card is being signed comes with the next', () => {
    const core = new Core({
      self,
      incarnation: 5,
      proof: proofOf(self),
      info: Uint8Array.of(1),
      hash: standIn,
      random: () => 0.5,
    });
    const attest = new Attest(core);
    const own = new OwnCard(core, attest, () => ({ health: 0, size: 2 }));
    const cards: SignedCard[] = [];
    own.onCard = (card) => cards.push(card);
    const questions = () => core.takeEffects().filter((effect) => effect.type === 'sign');
    const answer = () => {
      for (const { id } of questions()) attest.signed(id, new Uint8Array(64));
    };
    own.start();
    expect([own.incarnation, own.current]).toEqual([5, undefined]);
    core.info = Uint8Array.of(2);
    core.now = 1000;
    own.infoChanged();
    own.end('asleep');
    own.start();
    for (let i = 0; i < 3; i++) answer();
    expect(cards).toMatchObject([{ incarnation: 5, info: Uint8Array.of(1), state: 'alive' }]);
    for (let i = 0; i < 3; i++) answer();
    expect(cards[1]).toMatchObject({ incarnation: 6, info: Uint8Array.of(2), state: 'alive' });
    expect([cards.length, questions()]).toEqual([2, []]);
  });
});

describe('a member that has left', () => {
  it('M9: sets no timer and tells nothing more', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    subject.handle({ type: 'leave' });
    expect(subject.node.members()).toEqual([]);
    actor.take();
    subject.now = 90_000;
    for (const timer of ['round', 'liveness', 'membership'] as const) {
      expect(subject.handle({ type: 'timer', timer })).toEqual([]);
    }
    subject.handle({ type: 'linkUp', link: 9, member: sessionOf(2) });
    const timers = subject.last('schedule').map(({ timer }) => timer);
    expect(timers).not.toContain('liveness');
    expect(timers).not.toContain('membership');
  });

  it('M7: hears of no card and no accusation, of itself or others', () => {
    const subject = new Attested();
    subject.handle({ type: 'leave' });
    const actor = new Actor(subject, 7, sessionOf(7));
    actor.say(hello);
    actor.take();
    actor.say(cardOf(sessionOf(3)), opinionOf('suspect', actor.id, self));
    actor.say(opinionOf('vouch', actor.id, sessionOf(7)), cardOf(self, { incarnation: 9 }));
    expect(subject.effects.filter(({ type }) => type === 'sign' || type === 'verify')).toEqual([]);
    expect(subject.stateOf(sessionOf(3))).toBeUndefined();
    subject.handle({ type: 'linkDown', link: 7, reason: 'lost' });
    expect(subject.stateOf(sessionOf(7))).toBe('alive');
  });
});

describe('a page shown again', () => {
  it('M9: forgets what it suspected before it left', () => {
    const subject = new Attested();
    const accused = subject.meet(1);
    subject.handle({ type: 'linkDown', link: accused.link, reason: 'lost' });
    subject.handle({ type: 'leave' });
    subject.handle({ type: 'start' });
    expect(run(subject, 5000)).toEqual([]);
    expect(subject.node.members()).toEqual([]);
  });
});

describe('how large the room is', () => {
  function sampling(knownMembers: number): { sampling: Sampling; core: Core } {
    const info = new Uint8Array(0);
    const identity = { self, incarnation: 1, proof: proofOf(self), info, hash: standIn };
    const core = new Core({ ...identity, random: () => 0.5, knownMembers });
    return { sampling: new Sampling(core), core };
  }

  it('A4: a sampled room is as large as estimated, at least as large as the table', () => {
    const { sampling: room } = sampling(100);
    room.estimate(500);
    expect(room.size(7)).toBe(7);
    room.begin();
    expect([room.size(7), room.size(501)]).toEqual([500, 501]);
    room.estimate(undefined);
    expect(room.size(7)).toBe(100);
  });

  it('M1: it is sampled no more below three quarters of a table', () => {
    const { sampling: room } = sampling(100);
    room.begin();
    room.estimate(75);
    expect(room.sampled).toBe(true);
    room.estimate(74);
    expect([room.sampled, room.size(7)]).toEqual([false, 7]);
  });

  it('M1: more than half of the neighbours make it sampled, unless an estimate says otherwise', () => {
    const { sampling: room, core } = sampling(100);
    const neighbours = [1, 2, 3, 4].map((byte) => {
      const neighbour = new Neighbour(byte, sessionOf(byte), core.settings, core.stats, 0);
      core.active.set(neighbour.member, neighbour);
      return neighbour;
    });
    const [first, second, third, fourth] = neighbours as [
      Neighbour,
      Neighbour,
      Neighbour,
      Neighbour,
    ];
    first.memberDigest = sampledDigest.slice();
    second.memberDigest = sampledDigest.slice();
    third.memberDigest = new Uint8Array(8);
    room.learn(second);
    expect(room.sampled).toBe(false);
    third.memberDigest = sampledDigest.slice();
    room.learn(fourth);
    expect(room.sampled).toBe(false);
    room.estimate(90);
    room.learn(third);
    expect(room.sampled).toBe(false);
    room.estimate(undefined);
    room.learn(third);
    expect(room.sampled).toBe(true);
  });

  it('M1: hello tells it too', () => {
    const subject = new Attested();
    const members = sampledDigest.slice();
    new Actor(subject, 1, sessionOf(1)).say({ ...hello, members });
    expect(subject.stateOf(sessionOf(1))).toBe('alive');
    expect(new Actor(subject, 2, sessionOf(2)).take('hello')).toMatchObject([{ members }]);
    expect(round.members).not.toEqual(members);
  });
});
