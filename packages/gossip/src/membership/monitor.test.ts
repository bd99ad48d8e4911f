import { describe, expect, it } from 'vitest';
import { Attested, round, run, self, sessionOf } from '../testing/attested.ts';

describe('watching neighbours', () => {
  it('M4: one with more neighbours than places in a round may be silent for 2.25 intervals', () => {
    const subject = new Attested();
    const actor = subject.meet(1, [2, 3]);
    actor.say({ type: 'echoReply', nonce: 2 ** 31 });
    expect(run(subject, 2240)).toEqual([]);
    expect(actor.take('echo')).toEqual([]);
    run(subject, 2250);
    expect(actor.take('echo')).toHaveLength(1);
    expect(run(subject, 2990)).toEqual([]);
    expect(run(subject, 3000)).toEqual([[3000, 'suspect']]);
    expect(actor.take('suspect')).toMatchObject([
      { by: self, about: actor.id, incarnation: 1, degree: 3 },
    ]);
  });

  it('M4: its primary observer, of the lowest id, hears it every interval', () => {
    for (const [peers, askedAt] of [
      [[0x56, 0x57, 0x58], 1250],
      [[0x54, 0x57, 0x58], 2250],
    ] as const) {
      const subject = new Attested();
      const actor = subject.meet(0x60, peers);
      actor.say({ type: 'echoReply', nonce: 2 ** 31 });
      run(subject, askedAt - 10);
      expect(actor.take('echo')).toEqual([]);
      run(subject, askedAt);
      expect(actor.take('echo')).toHaveLength(1);
    }
  });

  it('M4: one with no more is heard every interval', () => {
    const subject = new Attested();
    const actor = subject.meet(1, [2]);
    actor.say({ type: 'echoReply', nonce: 2 ** 31 });
    run(subject, 1240);
    expect(actor.take('echo')).toEqual([]);
    expect(run(subject, 2000)).toEqual([[2000, 'suspect']]);
  });

  it('M4: without a measured round trip an echo has two seconds', () => {
    const subject = new Attested();
    subject.meet(1);
    expect(run(subject, 4000)).toEqual([[3250, 'suspect']]);
  });

  it('M4: an echo has four round trips where they take longer', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    subject.now = 300;
    actor.say({ type: 'echoReply', nonce: 2 ** 31 });
    expect(run(subject, 3000)).toEqual([[300 + 1250 + 1200, 'suspect']]);
  });

  it('M4: the round trip is measured anew when the link is five seconds old, whatever it was', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    subject.now = 400;
    actor.say({ type: 'echoReply', nonce: 2 ** 31 });
    for (; subject.now < 5000; subject.now += 100) {
      actor.say(round);
      for (const timer of ['round', 'liveness'] as const) subject.handle({ type: 'timer', timer });
    }
    expect(actor.take('echo')).toEqual([]);
    subject.handle({ type: 'timer', timer: 'liveness' });
    expect(actor.take('echo')).toHaveLength(1);
    subject.now = 5100;
    actor.say({ type: 'echoReply', nonce: 2 ** 31 });
    // Four times 100 ms are less than the least of 750.
    expect(run(subject, 7200)).toEqual([[5100 + 1250 + 750, 'suspect']]);
    expect(actor.take('echo')).toHaveLength(1);
  });

  it('M4: an answer, or any frame, is a sign of life', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    expect(run(subject, 20_000, [actor])).toEqual([]);
    for (let i = 0; i < 10; i++) {
      actor.say({ type: 'ack', bytes: 0 });
      expect(run(subject, subject.now + 1200)).toEqual([]);
    }
  });

  it('M4: so is an answer in the very millisecond of the echo', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    expect(run(subject, 1250, [actor])).toEqual([]);
    // The next to look is the round.
    subject.now = 2750;
    subject.handle({ type: 'timer', timer: 'round' });
    expect([actor.take('echo').length, subject.stateOf(actor.id)]).toEqual([1, 'alive']);
  });

  it('M4: an interval is believed up to twice what a room may set', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    actor.say({ ...round, intervalMs: 2 ** 50 });
    subject.live(149_950);
    // The round trip was measured anew.
    expect(actor.take('echo')).toHaveLength(1);
    subject.live(150_000);
    expect(actor.take('echo')).toHaveLength(1);
  });

  it('M4: a lost link accuses, one closed here or announced does not', () => {
    const subject = new Attested();
    const [a, b, c] = [subject.meet(1), subject.meet(2), subject.meet(3)];
    subject.handle({ type: 'linkDown', link: a.link, reason: 'lost' });
    expect(subject.stateOf(a.id)).toBe('suspect');
    expect(b.take('suspect')).toMatchObject([{ by: self, about: a.id, degree: 1 }]);
    subject.handle({ type: 'linkDown', link: b.link, reason: 'closed' });
    expect(subject.stateOf(b.id)).toBe('alive');
    c.say({ type: 'disconnect', members: [] });
    subject.handle({ type: 'linkDown', link: c.link, reason: 'lost' });
    expect(subject.stateOf(c.id)).toBe('alive');
  });

  it('M6: 1.8 s after all accuse the member is dead and its link closed', () => {
    const subject = new Attested();
    subject.meet(1);
    expect(run(subject, 8000)).toEqual([
      [3250, 'suspect'],
      [5050, 'dead'],
      [5050, 'silent'],
    ]);
  });

  it('M4: a link on which nobody answers is closed two seconds after, whatever others say', () => {
    const subject = new Attested();
    subject.meet(1, [2, 3, 4]);
    const seen = run(subject, 9000);
    expect(seen).toEqual([
      [4250, 'suspect'],
      [6250, 'silent'],
    ]);
    expect(subject.stateOf(sessionOf(1))).toBe('suspect');
  });

  it('M8: our own timer running late accuses nobody for an interval', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    subject.now = 60_000;
    subject.handle({ type: 'linkDown', link: actor.link, reason: 'lost' });
    expect(subject.stateOf(actor.id)).toBe('alive');
    subject.live(65_900);
    expect(subject.stateOf(actor.id)).toBe('alive');
    // Alone, there is nobody to learn from.
    subject.live(66_050);
    expect(subject.stateOf(actor.id)).toBe('suspect');
  });

  it('M8: what was silent while our own timers were held up is given its whole time again', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    subject.now = 60_000;
    run(subject, 60_000);
    actor.take();
    run(subject, 61_240);
    expect(actor.take('echo')).toEqual([]);
    expect(run(subject, 63_300)).toEqual([[63_250, 'suspect']]);
    expect(actor.take('echo')).toHaveLength(1);
  });

  it('M4: a timer that comes late asks again before it accuses', () => {
    const subject = new Attested();
    const actor = subject.meet(1);
    run(subject, 1260);
    subject.now = 3600;
    subject.handle({ type: 'timer', timer: 'liveness' });
    expect(subject.stateOf(actor.id)).toBe('alive');
    expect(run(subject, 6000)[0]).toEqual([5600, 'suspect']);
  });

  it('G11: a link that never says hello is closed and nobody is accused', () => {
    const subject = new Attested();
    subject.handle({ type: 'linkUp', link: 2, member: sessionOf(8) });
    expect(run(subject, 2990)).toEqual([]);
    expect(run(subject, 3100)).toEqual([[3000, 'silent']]);
    expect(subject.node.members()).toEqual([]);
  });
});
