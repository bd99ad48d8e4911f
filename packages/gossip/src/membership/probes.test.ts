import { describe, expect, it } from 'vitest';
import type { Message, MessageOf } from '../frames/message.ts';
import {
  Actor,
  Attested,
  cardOf,
  opinionOf,
  run,
  self,
  sessionOf,
  standIn,
} from '../testing/attested.ts';
import { hello } from '../testing/peer.ts';
import { sign } from '../testing/signatures.ts';
import { probeBytes } from './statement.ts';

const lost = sessionOf(9);
const asker = sessionOf(0x21);

function replyOf(
  { about: session, nonce }: MessageOf<'probe'>,
  words: Partial<MessageOf<'probeReply'>> = {},
): MessageOf<'probeReply'> {
  const signature = sign(standIn, session, probeBytes(session, nonce));
  return { type: 'probeReply', session, nonce, signature, path: [], ...words };
}

/** Neighbours, of whom those in `naming` name the one whose link has just been lost. */
function cut(neighbours: readonly number[], naming: readonly number[]) {
  const subject = new Attested();
  const actors = neighbours.map((byte) => subject.meet(byte, naming.includes(byte) ? [9] : []));
  const gone = subject.meet(9);
  subject.now = 1000;
  for (const actor of actors) actor.take();
  subject.handle({ type: 'linkDown', link: gone.link, reason: 'lost' });
  return { subject, actors };
}

/** A room of twelve whom a first neighbour has told of, and a second one. */
function largeRoom() {
  const subject = new Attested();
  const [a, b] = [subject.meet(1), subject.meet(2)];
  const others = Array.from({ length: 10 }, (_, n) => cardOf(sessionOf(n + 0x30)));
  for (const card of others) a.say(card);
  const gone = subject.meet(9);
  subject.now = 1000;
  a.take();
  b.take();
  return { subject, a, b, gone };
}

const probesOf = (actor: Actor | undefined) => actor?.take('probe') ?? [];

describe('a member whose link is lost', () => {
  it('M13: is probed over a neighbour that names it, and accused after a second without answer', () => {
    const { subject, actors } = cut([1, 2], [1]);
    const [a, b] = actors;
    expect(probesOf(a)).toMatchObject([{ about: lost, relays: 0, path: [self] }]);
    expect(probesOf(b)).toEqual([]);
    expect(run(subject, 1990, actors)).toEqual([]);
    expect(run(subject, 2000, actors)).toEqual([[2000, 'suspect']]);
  });

  it('M13: is not accused where it answers', () => {
    const { subject, actors } = cut([1, 2], [1]);
    const [probe] = probesOf(actors[0]);
    if (probe !== undefined) actors[0]?.say(replyOf(probe));
    expect(run(subject, 5000, actors)).toEqual([]);
    expect(subject.stateOf(lost)).toBe('alive');
  });

  it('M13: nobody else can answer for it, and an answer counts for one probe only', () => {
    const { subject, actors } = cut([1, 2], [1]);
    const [a] = actors;
    const [probe] = probesOf(a);
    if (a === undefined || probe === undefined) throw new Error('no probe');
    const { nonce } = probe;
    a.say(replyOf(probe, { signature: sign(standIn, a.id, probeBytes(lost, nonce)) }));
    a.say(replyOf({ ...probe, nonce: nonce + 1 }));
    expect(run(subject, 2000, actors)).toEqual([[2000, 'suspect']]);
    a.say(replyOf(probe));
    expect(subject.stateOf(lost)).toBe('suspect');
  });

  it('M13: at most three of those that name it are asked', () => {
    const { actors } = cut([1, 2, 3, 4, 5], [1, 2, 3, 4]);
    expect(actors.filter((actor) => probesOf(actor).length === 1)).toHaveLength(3);
  });

  it('M13: is accused at once where nobody could ask it, in a small room', () => {
    const { subject, actors } = cut([1, 2], []);
    expect(subject.stateOf(lost)).toBe('suspect');
    expect(actors.flatMap(probesOf)).toEqual([]);
  });

  it('M13: is sought over all neighbours and two relays in a larger room', () => {
    const { subject, a, b, gone } = largeRoom();
    subject.handle({ type: 'linkDown', link: gone.link, reason: 'lost' });
    for (const actor of [a, b]) {
      expect(probesOf(actor)).toMatchObject([{ about: lost, relays: 2, path: [self] }]);
    }
    expect(subject.stateOf(lost)).toBe('alive');
  });

  it('M13: is sought so once more before it is accused', () => {
    const { subject, a, b, gone } = largeRoom();
    subject.handle({ type: 'linkDown', link: gone.link, reason: 'lost' });
    expect(probesOf(a)).toHaveLength(1);
    b.take();
    expect(run(subject, 2000)).toEqual([]);
    expect(probesOf(a).map(({ about }) => about)).toEqual([lost]);
    expect(run(subject, 3000)).toEqual([[3000, 'suspect']]);
    expect(probesOf(a)).toEqual([]);
  });

  it('M13: is accused as soon as another accuses it', () => {
    const { subject, actors } = cut([1, 2], [1]);
    const [a, b] = actors;
    b?.say(opinionOf('suspect', b.id, lost));
    expect(subject.stateOf(lost)).toBe('suspect');
    expect(a?.take('suspect').map(({ by }) => by)).toContain(self);
  });

  it('M13: is not accused once it is linked again', () => {
    const { subject, actors } = cut([1, 2], [1]);
    const back = new Actor(subject, 12, lost);
    back.say(hello);
    expect(run(subject, 5000, [...actors, back])).toEqual([]);
  });

  it('M8, M13: is not accused while we are muted after a pause', () => {
    const { subject, actors } = cut([1, 2], [1]);
    subject.handle({ type: 'timer', timer: 'round' });
    subject.now = 9000;
    subject.handle({ type: 'timer', timer: 'round' });
    for (const actor of actors) actor.say({ type: 'bye' });
    expect(subject.stateOf(lost)).toBe('alive');
    const accused = run(subject, 12_000).filter(([, what]) => what === 'suspect');
    expect(accused).toEqual([[10_000, 'suspect']]);
  });
});

describe('a probe of another', () => {
  const probe: MessageOf<'probe'> = {
    type: 'probe',
    about: self,
    nonce: 77,
    relays: 0,
    path: [sessionOf(1)],
  };

  it('M13: is answered with a signature over its nonce, over the way it came', () => {
    const subject = new Attested();
    const a = subject.meet(1);
    a.say({ ...probe, path: [asker, a.id] });
    const signature = sign(standIn, self, probeBytes(self, 77));
    const reply = { type: 'probeReply', session: self, nonce: 77, signature, path: [asker] };
    expect(a.take('probeReply')).toEqual([reply]);
  });

  it('M13: is answered once, however many ways it comes', () => {
    const subject = new Attested();
    const [a, b] = [subject.meet(1), subject.meet(2)];
    a.say({ ...probe, path: [asker, a.id] });
    b.say({ ...probe, path: [asker, b.id] });
    expect(a.take('probeReply')).toHaveLength(1);
    expect(b.take('probeReply')).toEqual([]);
    b.say({ ...probe, nonce: 78, path: [asker, b.id] });
    expect(b.take('probeReply')).toHaveLength(1);
  });

  it('M13: goes on to the neighbour it is about', () => {
    const subject = new Attested();
    const [a, b] = [subject.meet(1), subject.meet(2)];
    a.say({ ...probe, about: b.id, relays: 1 });
    expect(b.take('probe')).toEqual([{ ...probe, about: b.id, path: [a.id, self] }]);
  });

  it('M13: goes on to a neighbour that names it only with a relay left', () => {
    for (const relays of [0, 1]) {
      const subject = new Attested();
      const [a, b] = [subject.meet(1), subject.meet(2, [9])];
      a.say({ ...probe, about: lost, relays });
      const on = { ...probe, about: lost, relays: 0, path: [a.id, self] };
      expect(b.take('probe')).toEqual(relays === 1 ? [on] : []);
    }
  });

  it('M13: goes on to two neighbours where none names it, with two relays left', () => {
    for (const relays of [1, 2]) {
      const subject = new Attested();
      const [a, ...others] = [1, 2, 3, 4].map((byte) => subject.meet(byte));
      a?.say({ ...probe, about: lost, relays });
      const on = { ...probe, about: lost, relays: 1, path: [sessionOf(1), self] };
      const told = others.flatMap((actor) => actor.take('probe'));
      expect(told).toEqual(relays === 2 ? [on, on] : []);
      expect(a?.take('probe')).toEqual([]);
    }
  });

  it('M13: goes to one that names it with no relay left, however many there were', () => {
    const subject = new Attested();
    const [a, b, c] = [subject.meet(1), subject.meet(2, [9]), subject.meet(3)];
    a.say({ ...probe, about: lost, relays: 2 });
    expect(b.take('probe')).toMatchObject([{ relays: 0 }]);
    expect(c.take('probe')).toEqual([]);
  });

  it('M13: a way too long for whom it is about closes the link that it came over', () => {
    for (const [relays, before, closes] of [
      [0, 2, false],
      [0, 3, true],
      [1, 1, false],
      [1, 2, true],
    ] as const) {
      const subject = new Attested();
      const [a, b] = [subject.meet(1), subject.meet(2)];
      const path = [...[0x21, 0x22, 0x23].slice(0, before).map(sessionOf), a.id];
      a.say({ ...probe, about: b.id, relays, path });
      expect(subject.last('close').map(({ link }) => link)).toEqual(closes ? [a.link] : []);
      expect(b.take('probe')).toHaveLength(closes ? 0 : 1);
    }
  });

  it('M13: never goes back to whom it came over', () => {
    const subject = new Attested();
    const a = subject.meet(1, [9]);
    a.say({ ...probe, about: lost, relays: 1 });
    expect(a.take('probe')).toEqual([]);
  });

  it('M13: closes a link whose member it did not come from, or that we passed on already', () => {
    for (const path of [[asker], [self, sessionOf(1)]]) {
      const subject = new Attested();
      const a = subject.meet(1);
      a.say({ ...probe, path });
      expect(subject.last('close')).toMatchObject([{ link: a.link, reason: 'protocol' }]);
    }
  });

  it('M13: one over the very member it is about closes the link that it came over, and no other', () => {
    for (const relays of [0, 1]) {
      const subject = new Attested();
      const [a, b, c] = [subject.meet(1), subject.meet(2), subject.meet(3, [9])];
      for (const about of [b.id, lost]) {
        a.say({ ...probe, about, relays, path: [about, a.id] });
        expect(subject.last('close').map(({ link }) => link)).toEqual(
          about === b.id ? [a.link] : [],
        );
      }
      expect([b, c].flatMap((actor) => actor.take('probe'))).toEqual([]);
    }
  });

  it('M13: the answer goes back the same way', () => {
    const subject = new Attested();
    const [a, b] = [subject.meet(1), subject.meet(2)];
    const reply: Message = replyOf({ ...probe, about: b.id }, { path: [asker, a.id] });
    b.say(reply);
    expect(a.take('probeReply')).toEqual([{ ...reply, path: [asker] }]);
  });

  it('M13: at most 128 probes and replies of one neighbour are taken in ten seconds', () => {
    const subject = new Attested();
    const a = subject.meet(1);
    const ask = (nonce: number) => a.say({ ...probe, nonce });
    subject.now = 10_000;
    for (let nonce = 0; nonce < 200; nonce++) ask(nonce);
    expect(a.take('probeReply')).toHaveLength(128);
    subject.now = 20_000;
    ask(200);
    expect(a.take('probeReply')).toHaveLength(1);
  });
});
