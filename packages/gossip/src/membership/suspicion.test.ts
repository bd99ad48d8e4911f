import { describe, expect, it } from 'vitest';
import { opinionOf, sessionOf } from '../testing/attested.ts';
import { Suspicion } from './suspicion.ts';
import type { Entry } from './table.ts';

const about: Entry = {
  id: sessionOf(1),
  state: 'suspect',
  since: 0,
  incarnation: 3,
  hidden: false,
  info: new Uint8Array(0),
  health: 0,
  metrics: [],
  card: undefined,
  proof: undefined,
  newsAt: 0,
  accused: false,
};
const self = sessionOf(0x55);
const well = { scale: 1 };
const room = { watching: false, size: 10, sampled: false, self };

/** Accused at 1000 by `accusers` members who were told of `degree` neighbours. */
function accused(accusers: number, degree: number): Suspicion {
  const suspicion = new Suspicion(about, 1000);
  for (let by = 10; by < 10 + accusers; by++) {
    suspicion.hold({ by: sessionOf(by), accuses: true, number: 1, degree }, undefined, 1000 + by);
  }
  return suspicion;
}

describe('suspicion', () => {
  it('M6: one accuser alone takes six times the least time', () => {
    expect(accused(1, 4).deadAt(room, well)).toBe(1000 + 12_000);
    expect(accused(1, 4).deadAt({ ...room, size: 1000 }, well)).toBeCloseTo(1000 + 36_000, 6);
  });

  it('M6: every confirmation shortens it by the logarithm, three bring it to the least', () => {
    expect(accused(2, 9).deadAt(room, well)).toBeCloseTo(1000 + 12_000 - 10_000 * 0.5, 6);
    const two = 12_000 - (10_000 * Math.log(3)) / Math.log(4);
    expect(accused(3, 9).deadAt(room, well)).toBeCloseTo(1000 + two, 6);
    expect(accused(4, 9).deadAt(room, well)).toBe(1000 + 2000);
    expect(accused(5, 9).deadAt(room, well)).toBe(1000 + 2000);
  });

  it('M6: a member of few neighbours needs fewer confirmations', () => {
    expect(accused(1, 3).deadAt(room, well)).toBe(1000 + 12_000);
    const one = 12_000 - (10_000 * Math.log(2)) / Math.log(3);
    expect(accused(2, 3).deadAt({ ...room, size: 2 }, well)).toBeCloseTo(1000 + one, 6);
  });

  it('M6: the least time grows with the logarithm of the room from ten members on', () => {
    expect(accused(4, 9).deadAt({ ...room, size: 2 }, well)).toBe(3000);
    expect(accused(4, 9).deadAt({ ...room, size: 100 }, well)).toBe(5000);
    expect(accused(4, 9).deadAt({ ...room, size: 10_000 }, well)).toBe(9000);
  });

  it('M6: with all its neighbours accusing it is dead 1.8 s after the first', () => {
    expect(accused(6, 6).deadAt({ ...room, size: 1000 }, well)).toBe(2800);
    expect(accused(5, 6).deadAt({ ...room, size: 1000 }, well)).toBeCloseTo(7000, 6);
  });

  it('M6: who accuses it without being its neighbour is none of all of them', () => {
    const suspicion = accused(1, 2);
    const join = (by: number, degree: number) => {
      suspicion.hold({ by: sessionOf(by), accuses: true, number: 1, degree }, undefined, 1000);
    };
    for (const by of [20, 21, 22]) join(by, 0);
    expect(suspicion.deadAt({ ...room, size: 1000 }, well)).toBeCloseTo(7000, 6);
    join(23, 2);
    expect(suspicion.deadAt({ ...room, size: 1000 }, well)).toBe(2800);
  });

  it('M6: one neighbour is all of them only in a room of two', () => {
    expect(accused(1, 1).deadAt({ ...room, size: 2 }, well)).toBe(2800);
    expect(accused(1, 1).deadAt({ ...room, size: 3 }, well)).toBe(13_000);
    expect(accused(2, 1).deadAt({ ...room, size: 3 }, well)).toBe(13_000);
    expect(accused(2, 2).deadAt({ ...room, size: 3 }, well)).toBe(2800);
  });

  it('M6: nobody is dead within a second of the last accuser', () => {
    const suspicion = accused(3, 4);
    const joined = (by: number, atMs: number) => {
      const opinion = { by: sessionOf(by), accuses: true, number: atMs, degree: 4 };
      suspicion.hold(opinion, undefined, atMs);
      return suspicion.deadAt(room, well);
    };
    expect(joined(13, 2000)).toBe(3000);
    expect(joined(14, 2001)).toBe(3001);
    expect(joined(15, 2999)).toBe(3999);
    // Who accuses again is none who joins, and health stretches only the time it has.
    expect(joined(15, 3500)).toBe(3999);
    expect(suspicion.deadAt(room, { scale: 2 })).toBe(4600);
    expect(joined(16, 4500)).toBe(5500);
    expect(suspicion.deadAt(room, { scale: 2 })).toBe(5500);
    // A pause of ours changes nothing about it.
    suspicion.restart(0);
    expect(suspicion.deadAt(room, well)).toBe(5500);
  });

  it('M6: the second goes for the sampled room and for who took its word back too', () => {
    const suspicion = accused(1, 6);
    const by = sessionOf(10);
    suspicion.hold({ by, accuses: false, number: 2, degree: 6 }, undefined, 1100);
    suspicion.hold({ by, accuses: true, number: 3, degree: 6 }, undefined, 2500);
    expect(suspicion.deadAt({ ...room, sampled: true }, well)).toBe(3500);
  });

  it('M6: all is not all while a neighbour of it, ourselves, does not accuse', () => {
    expect(accused(1, 1).deadAt({ ...room, size: 2, watching: true }, well)).toBe(13_000);
    const suspicion = accused(1, 2);
    suspicion.hold({ by: self, accuses: true, number: 1, degree: 2 }, undefined, 1500);
    expect(suspicion.deadAt({ ...room, watching: true }, well)).toBe(2800);
  });

  it('M6: whoever does not know the degree leaves it open', () => {
    expect(accused(1, 0).deadAt(room, well)).toBe(13_000);
    expect(accused(4, 0).deadAt(room, well)).toBe(3000);
  });

  it('M6: the highest degree told counts', () => {
    const suspicion = accused(1, 6);
    suspicion.hold({ by: sessionOf(20), accuses: true, number: 1, degree: 2 }, undefined, 1100);
    expect(suspicion.deadAt(room, well)).toBeCloseTo(1000 + 7000, 6);
  });

  it('M8: local health stretches every time', () => {
    expect(accused(1, 4).deadAt(room, { scale: 3 })).toBe(1000 + 36_000);
    expect(accused(4, 9).deadAt(room, { scale: 8 })).toBe(1000 + 16_000);
    expect(accused(2, 2).deadAt(room, { scale: 2 })).toBe(1000 + 3600);
  });

  it('M1: in a sampled room nobody confirms, and the least time does', () => {
    expect(accused(1, 6).deadAt({ ...room, size: 10_000, sampled: true }, well)).toBe(9000);
  });

  it('M5: a vouch makes the time run anew, and all is not all', () => {
    const suspicion = accused(2, 3);
    suspicion.hold({ by: sessionOf(12), accuses: false, number: 1, degree: 3 }, undefined, 2500);
    const one = 12_000 - (10_000 * Math.log(2)) / Math.log(3);
    expect(suspicion.deadAt(room, well)).toBeCloseTo(2500 + one, 6);
    expect(suspicion.accusers).toBe(2);
    suspicion.hold({ by: sessionOf(12), accuses: true, number: 2, degree: 3 }, undefined, 2600);
    expect(suspicion.deadAt(room, well)).toBe(4300);
  });

  it('M5: of one member the higher number holds, and it changes its mind eight times at most', () => {
    const suspicion = accused(1, 4);
    const by = sessionOf(10);
    expect([0, 1, 2].map((number) => suspicion.isNews(by, number))).toEqual([false, false, true]);
    for (let number = 2; number <= 9; number++) {
      expect(suspicion.isNews(by, number)).toBe(true);
      suspicion.hold({ by, accuses: number % 2 === 1, number, degree: 4 }, undefined, 1000);
    }
    expect(suspicion.isNews(by, 10)).toBe(false);
  });

  it('M6: at most 64 opinions about one member are kept', () => {
    const suspicion = accused(63, 9);
    expect(suspicion.isNews(sessionOf(200), 1)).toBe(true);
    suspicion.hold({ by: sessionOf(200), accuses: true, number: 1, degree: 9 }, undefined, 0);
    expect(suspicion.isNews(sessionOf(201), 1)).toBe(false);
    expect(suspicion.isNews(sessionOf(200), 2)).toBe(true);
  });

  it('M10: the evidence is the first signed accusation', () => {
    const suspicion = accused(1, 4);
    expect(suspicion.evidence).toBeUndefined();
    const vouch = opinionOf('vouch', sessionOf(20), about.id);
    suspicion.hold({ ...vouch, accuses: false }, vouch, 1000);
    expect(suspicion.evidence).toBeUndefined();
    const suspect = opinionOf('suspect', sessionOf(10), about.id);
    expect(suspicion.sign(suspect)).toBe(true);
    expect(suspicion.evidence).toBe(suspect);
    expect(suspicion.sign({ ...suspect, number: 2 })).toBe(false);
  });

  it('M5: begun anew, nothing said before counts, and none of it is news', () => {
    const suspicion = accused(3, 3);
    suspicion.peers = new Set([self]);
    suspicion.heardNothing = true;
    suspicion.decideAt = 1500;
    suspicion.conclude();
    suspicion.restart(5000);
    expect([suspicion.accusers, suspicion.since, suspicion.evidence]).toEqual([0, 5000, undefined]);
    expect([suspicion.peers, suspicion.decideAt]).toEqual([undefined, undefined]);
    expect(suspicion.heardNothing).toBe(false);
    const by = sessionOf(10);
    expect(suspicion.verdictOf(by)).toBeUndefined();
    expect([1, 2].map((number) => suspicion.isNews(by, number))).toEqual([false, true]);
    suspicion.hold({ by, accuses: true, number: 2, degree: 0 }, undefined, 5000);
    // The degree told before is not known any more, and one is not three.
    expect(suspicion.deadAt(room, well)).toBe(17_000);
  });

  it('M5: begun anew, how often each changed its mind goes on', () => {
    const suspicion = accused(1, 4);
    const by = sessionOf(10);
    for (let number = 2; number <= 8; number++) {
      suspicion.hold({ by, accuses: number % 2 === 1, number, degree: 4 }, undefined, 1000);
    }
    suspicion.conclude();
    expect(suspicion.isNews(by, 9)).toBe(true);
    suspicion.hold({ by, accuses: true, number: 9, degree: 4 }, undefined, 5000);
    expect(suspicion.isNews(by, 10)).toBe(false);
  });

  it('M5, M6: begun anew, half of the 64 places are left to who has not spoken', () => {
    const suspicion = accused(64, 9);
    // Who spoke first has spoken once more.
    suspicion.hold({ by: sessionOf(10), accuses: false, number: 2, degree: 9 }, undefined, 1000);
    suspicion.conclude();
    for (let by = 100; by < 132; by++) {
      expect(suspicion.isNews(sessionOf(by), 1)).toBe(true);
      suspicion.hold({ by: sessionOf(by), accuses: true, number: 1, degree: 9 }, undefined, 5000);
    }
    expect(suspicion.isNews(sessionOf(132), 1)).toBe(false);
    // The last of them are remembered.
    expect([10, 42, 43].map((by) => suspicion.numberOf(sessionOf(by)))).toEqual([2, 0, 1]);
  });

  it('M8: after a pause of ours the time starts anew', () => {
    const suspicion = accused(1, 4);
    suspicion.restart(5000);
    expect(suspicion.deadAt(room, well)).toBe(17_000);
    expect(suspicion.since).toBe(5000);
  });

  it('M4: it is about the incarnation known when it arose', () => {
    expect(accused(1, 1).incarnation).toBe(3);
  });
});
