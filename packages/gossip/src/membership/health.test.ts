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
import { Peer, Subject, hello } from '../testing/peer.ts';
import { proofOf } from '../testing/signatures.ts';

/** A neighbour that answers and one that may be accused. */
function room(): { subject: Attested; witness: Actor; accused: Actor } {
  const subject = new Attested();
  return { subject, witness: subject.meet(1), accused: subject.meet(2, [1, 3]) };
}

/** Local health as the card tells it with which we refute that we are gone. */
function healthOf({ subject, witness }: { subject: Attested; witness: Actor }): number | undefined {
  witness.take();
  for (const incarnation of [1, 2, 3]) witness.say(goneOf(self, incarnation));
  expect(subject.last('close')).toEqual([]);
  return witness.take('alive').find(({ session }) => session === self)?.health;
}

/** We accuse the neighbour of silence, or of a link lost. */
function accuse(all: ReturnType<typeof room>, why: 'silent' | 'lost'): void {
  const { subject, witness, accused } = all;
  if (why === 'lost') subject.handle({ type: 'linkDown', link: accused.link, reason: 'lost' });
  else run(subject, 4240, [witness]);
  if (why === 'silent') run(subject, 4260);
  expect(subject.stateOf(accused.id)).toBe('suspect');
  expect(witness.take('suspect')).toMatchObject([{ by: self, about: accused.id, degree: 3 }]);
}

describe('suspicions of ours that were wrong', () => {
  it('M8: one of silence that a card refutes costs health, one of a link lost does not', () => {
    for (const [why, state, health] of [
      ['silent', 'alive', 1],
      ['silent', 'asleep', 0],
      ['lost', 'alive', 0],
    ] as const) {
      const all = room();
      accuse(all, why);
      all.witness.say(cardOf(all.accused.id, { incarnation: 2, state }));
      expect(all.subject.stateOf(all.accused.id)).toBe(state);
      expect(healthOf(all)).toBe(health);
    }
  });

  it('M8: one of silence that another vouches against costs health, one of a link lost does not', () => {
    for (const [why, health] of [
      ['silent', 1],
      ['lost', 0],
    ] as const) {
      const all = room();
      accuse(all, why);
      all.witness.say(opinionOf('vouch', all.witness.id, all.accused.id));
      expect(all.subject.stateOf(all.accused.id)).toBe('suspect');
      expect(healthOf(all)).toBe(health);
    }
  });

  it('M8: one of silence that we take back costs health, one of a link lost does not', () => {
    const silent = room();
    accuse(silent, 'silent');
    silent.accused.say({ type: 'ack', bytes: 0 });
    // The round in which it was found out gives nothing back.
    const until = silent.subject.now + 2000;
    expect(run(silent.subject, until, [silent.witness, silent.accused]).at(-1)?.[1]).toBe('alive');
    expect(healthOf(silent)).toBe(1);
    const lost = room();
    accuse(lost, 'lost');
    const back = new Actor(lost.subject, 12, lost.accused.id);
    back.say(hello);
    run(lost.subject, 2100, [lost.witness, back]);
    expect(lost.subject.stateOf(lost.accused.id)).toBe('alive');
    expect(healthOf(lost)).toBe(0);
  });

  it('M8: what others alone accuse of costs us nothing', () => {
    for (const refute of ['card', 'vouch'] as const) {
      const all = room();
      const { accused, witness } = all;
      witness.say(opinionOf('suspect', witness.id, accused.id));
      if (refute === 'card') witness.say(cardOf(accused.id, { incarnation: 2 }));
      else witness.say(opinionOf('vouch', witness.id, accused.id, { number: 2 }));
      expect(all.subject.stateOf(accused.id)).toBe('alive');
      expect(healthOf(all)).toBe(0);
    }
  });

  it('M8: nor does an accusation of one that `gone` told us of', () => {
    const all = room();
    all.witness.say(cardOf(sessionOf(9)));
    all.witness.say(goneOf(sessionOf(9)));
    expect(all.subject.stateOf(sessionOf(9))).toBe('suspect');
    all.witness.say(cardOf(sessionOf(9), { incarnation: 2 }));
    expect(healthOf(all)).toBe(0);
  });

  it('M8: the time of what stands accused runs anew after a pause of ours', () => {
    const { subject, witness, accused } = room();
    subject.handle({ type: 'linkDown', link: accused.link, reason: 'lost' });
    run(subject, 3000, [witness]);
    subject.now = 9000;
    expect(run(subject, 13_000, [witness])).toEqual([]);
    expect(subject.stateOf(accused.id)).toBe('suspect');
  });
});

describe('what we say of others', () => {
  it('M4: one accused of silence is not accused again when its link is lost', () => {
    const all = room();
    accuse(all, 'silent');
    const { subject, witness, accused } = all;
    subject.handle({ type: 'linkDown', link: accused.link, reason: 'lost' });
    expect(witness.take('suspect')).toEqual([]);
  });

  it('M4: the degree counts us, whether the accused has named us or not', () => {
    for (const [named, degree] of [
      [[], 1],
      [[sessionOf(1)], 2],
      [[self, sessionOf(1)], 2],
      [[sessionOf(1), sessionOf(3)], 3],
    ] as const) {
      const { subject, witness, accused } = room();
      accused.say({ type: 'peers', members: named });
      witness.take();
      subject.handle({ type: 'linkDown', link: accused.link, reason: 'lost' });
      expect(witness.take('suspect')).toMatchObject([{ degree }]);
    }
  });

  it('M5: whom we accuse already we do not ask once more when another accuses it', () => {
    const all = room();
    accuse(all, 'silent');
    const { witness, accused } = all;
    accused.take();
    witness.say(opinionOf('suspect', witness.id, accused.id, { degree: 3 }));
    expect(accused.take('gone', 'echo')).toEqual([]);
  });

  it('M5: who is accused by two is asked once', () => {
    const { subject, witness, accused } = room();
    const other = subject.meet(3);
    accused.take();
    witness.say(opinionOf('suspect', witness.id, accused.id, { degree: 3 }));
    expect(accused.take('gone')).toEqual([goneOf(accused.id)]);
    other.say(opinionOf('suspect', other.id, accused.id, { degree: 3 }));
    expect(accused.take('gone')).toEqual([]);
  });

  it('M5: who was asked and is not linked any more is neither vouched for nor found silent', () => {
    const { subject, witness, accused } = room();
    witness.say(opinionOf('suspect', witness.id, accused.id, { degree: 3 }));
    subject.handle({ type: 'linkDown', link: accused.link, reason: 'closed' });
    witness.take();
    run(subject, 2010, [witness]);
    expect(witness.take('vouch')).toEqual([]);
  });

  it('M7: an accusation that was refuted before it was signed is not sent', () => {
    for (const refuted of [false, true]) {
      const info = new Uint8Array(0);
      const config = { self, incarnation: 1, proof: proofOf(self), info, random: () => 0.5 };
      const subject = new Subject({ ...config, hash: (bytes) => bytes.slice(0, 32) });
      subject.handle({ type: 'start' });
      const [accused, other] = [1, 2].map((byte) => new Peer(subject, byte, sessionOf(byte)));
      if (accused === undefined || other === undefined) return;
      accused.open();
      other.open();
      subject.handle({ type: 'linkDown', link: accused.link, reason: 'lost' });
      const [question] = subject.last('sign');
      expect(question).toBeDefined();
      if (refuted) {
        other.say(cardOf(accused.id, { incarnation: 2 }));
        for (const { id } of subject.last('verify')) {
          other.heard(subject.handle({ type: 'verified', id, ok: true }));
        }
      }
      const signature = new Uint8Array(64).fill(1);
      const said = other.heard(
        subject.handle({ type: 'signed', id: question?.id ?? 0, signature }),
      );
      expect(said.map(({ type }) => type)).toEqual(refuted ? [] : ['suspect']);
    }
  });
});

describe('those the dead named', () => {
  /** One linked dies that named `peers`; `told` come to us from the other neighbour. @returns states */
  function death(peers: readonly number[], settings = {}) {
    const subject = new Attested(settings);
    const [dead, other] = [subject.meet(1, peers), subject.meet(2)];
    other.say(...peers.map((byte) => cardOf(sessionOf(byte))));
    subject.now = 1000;
    subject.handle({ type: 'linkDown', link: dead.link, reason: 'lost' });
    const suspects = () =>
      peers.filter((byte) => subject.stateOf(sessionOf(byte)) === 'suspect').length;
    const die = () => {
      for (let at = 1000; subject.stateOf(dead.id) !== 'dead' && at < 60_000; at += 500) {
        run(subject, at, [other]);
      }
      expect(subject.stateOf(dead.id)).toBe('dead');
    };
    return { subject, dead, other, suspects, die };
  }
  const bytes = (count: number) => Array.from({ length: count }, (_, n) => n + 0x10);

  it('M12: are accused, the 9 named first, of whom we are one', () => {
    const found = death(bytes(12));
    expect(found.suspects()).toBe(0);
    found.die();
    expect(found.suspects()).toBe(8);
  });

  it('M12: are not where they were heard of since', () => {
    const found = death(bytes(2));
    const [one] = bytes(2).map(sessionOf);
    run(found.subject, 1100, [found.other]);
    found.other.say(cardOf(one ?? '', { incarnation: 2 }));
    found.die();
    expect(found.suspects()).toBe(1);
    expect(found.subject.stateOf(one ?? '')).toBe('alive');
  });

  it('M7, M12: are asked once more a second after they refuted, and cost us no health', () => {
    const found = death(bytes(1));
    const { subject, other } = found;
    found.die();
    const ward = sessionOf(0x10);
    other.take();
    const at = subject.now;
    other.say(cardOf(ward, { incarnation: 2 }));
    expect(subject.stateOf(ward)).toBe('alive');
    expect(healthOf({ subject, witness: other })).toBe(0);
    run(subject, at + 1010, [other]);
    expect(subject.stateOf(ward)).toBe('suspect');
  });

  it('M12: are not in a sampled room', () => {
    const found = death(bytes(2), { knownMembers: 3 });
    found.die();
    expect(found.suspects()).toBe(0);
  });
});
