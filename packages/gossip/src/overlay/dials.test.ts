import { describe, expect, it } from 'vitest';
import { Core } from '../core.ts';
import { Dials } from './dials.ts';
import { Incoming } from './incoming.ts';
import { Rendezvous } from './rendezvous.ts';

const id = (n: number) => n.toString(16).padStart(32, '0');
const a = id(1);

function subject(random = 0.5) {
  const core = new Core({
    self: id(0),
    incarnation: 1,
    proof: new Uint8Array(48),
    info: new Uint8Array(0),
    random: () => random,
    hash: () => new Uint8Array(32),
  });
  return { core, dials: new Dials(core) };
}

describe('dials', () => {
  it('O3: at most 4 are under way, one of them for less than 2 s; one that ended makes room', () => {
    const { core, dials } = subject();
    const dial = (n: number, at: number) => {
      core.now = at;
      dials.dial(id(n), n === 4);
      return dials.freeAt(0);
    };
    expect([dial(1, 0), dial(2, 2000), dial(3, 4500)]).toEqual([2000, 4000, 6500]);
    expect(dial(4, 6500)).toBe(Infinity);
    expect(core.takeEffects()).toEqual([
      ...[1, 2, 3].map((n) => ({ type: 'dial', member: id(n), urgent: false })),
      { type: 'dial', member: id(4), urgent: true },
    ]);
    dials.ended(id(2));
    expect(dials.freeAt(0)).toBe(8500);
    dials.ended(id(4));
    expect(dials.freeAt(0)).toBe(6500);
    expect(dials.has(id(2))).toBe(false);
    expect(dials.has(id(3))).toBe(true);
  });

  it('O3: with two links the next begins a second after a link came up last', () => {
    const { core, dials } = subject();
    expect(dials.freeAt(2)).toBe(-Infinity);
    core.now = 500;
    dials.linked(a);
    expect([dials.freeAt(1), dials.freeAt(2)]).toEqual([-Infinity, 1500]);
    core.now = 1000;
    dials.dial(id(2), false);
    dials.linked(id(3));
    expect(dials.freeAt(2)).toBe(3000);
    dials.failed(id(2));
    dials.ended(id(2));
    expect(dials.freeAt(2)).toBe(2000);
  });

  it('O3: one the driver never answered is given up after 60 s', () => {
    const { core, dials } = subject();
    dials.dial(a, false);
    core.now = 59_999;
    expect(dials.count).toBe(1);
    core.now = 60_000;
    expect(dials.count).toBe(0);
    expect(dials.has(a)).toBe(false);
  });

  it('O3: 16 dials, and one more every 2 s; urgent ones 8 beyond', () => {
    const { core, dials } = subject();
    const tries = (urgent: boolean) =>
      Array.from({ length: 30 }, (_, n) => dials.dial(id(n), urgent)).filter((done) => done).length;
    expect(tries(false)).toBe(16);
    expect(dials.affordableAt(false)).toBe(2000);
    expect(dials.affordableAt(true)).toBe(0);
    expect(tries(true)).toBe(8);
    expect(dials.affordableAt(true)).toBe(2000);
    core.now = 2000;
    expect(tries(true)).toBe(1);
    core.now = 2000 + 17 * 2000;
    expect(tries(false)).toBe(9);
  });

  it('O3: a member that could not be dialled waits 0.5 s · 2^failures, at most 60 s', () => {
    const { core, dials } = subject();
    const waits = Array.from({ length: 9 }, () => {
      dials.failed(a);
      return dials.readyAt(a, true) - core.now;
    });
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    dials.forgive(a);
    expect(dials.readyAt(a, false)).toBe(0);
  });

  it('O3: on a new network failures count from 0 again; who refused rests on', () => {
    const { dials } = subject();
    for (let n = 0; n < 5; n++) dials.failed(a);
    dials.rest(a);
    dials.retryAll();
    expect(dials.readyAt(a, true)).toBe(0);
    expect(dials.readyAt(a, false)).toBe(60_000);
    dials.failed(a);
    expect(dials.readyAt(a, true)).toBe(1000);
  });

  it('O3: the wait is jittered by half', () => {
    for (const [random, ms] of [
      [0, 500],
      [0.999, 1499],
    ] as const) {
      const { dials } = subject(random);
      dials.failed(a);
      expect(Math.round(dials.readyAt(a, false))).toBe(ms);
    }
  });

  it('O5: rest holds for 60 s, but not for urgent dials', () => {
    const { core, dials } = subject();
    core.now = 100;
    dials.rest(a);
    expect(dials.readyAt(a, false)).toBe(60_100);
    expect(dials.readyAt(a, true)).toBe(0);
  });

  it('remembers the failures of 108 members, the latest', () => {
    const { dials } = subject();
    dials.failed(a);
    for (let n = 2; n <= 108; n++) dials.failed(id(n));
    expect(dials.readyAt(a, true)).toBe(1000);
    dials.failed(a);
    dials.failed(id(109));
    expect(dials.readyAt(a, true)).toBe(2000);
    expect(dials.readyAt(id(2), true)).toBe(0);
    expect(dials.readyAt(id(3), true)).toBe(1000);
  });
});

describe('dials taken up', () => {
  it('O4: count for 10 s, or until the link is up', () => {
    const { core } = subject();
    const incoming = new Incoming(core);
    expect(incoming.clearAt).toBe(Infinity);
    incoming.take(a);
    core.now = 1000;
    incoming.take(id(2));
    incoming.take(id(3));
    incoming.ended(id(3));
    expect([incoming.has(a), incoming.has(id(3))]).toEqual([true, false]);
    expect(incoming.clearAt).toBe(10_000);
    core.now = 9999;
    expect(incoming.count).toBe(2);
    core.now = 10_000;
    expect(incoming.count).toBe(1);
    core.now = 11_000;
    expect(incoming.count).toBe(0);
  });

  it('O4: 32 at once and one a second after that; asking again about one costs nothing', () => {
    const { core } = subject();
    const incoming = new Incoming(core);
    const taken = Array.from({ length: 40 }, (_, n) => incoming.take(id(n)));
    expect(taken.filter((yes) => yes)).toHaveLength(32);
    expect(incoming.take(id(5))).toBe(true);
    core.now = 999;
    expect(incoming.take(id(50))).toBe(false);
    core.now = 1000;
    expect(incoming.take(id(50))).toBe(true);
  });
});

describe('the rendezvous', () => {
  function asked(answers: boolean) {
    const { core } = subject();
    const rendezvous = new Rendezvous(core);
    const times: number[] = [];
    for (core.now = 0; core.now <= 130_000; core.now += 500) {
      rendezvous.need();
      if (core.takeEffects().length === 0) continue;
      times.push(core.now / 1000);
      if (answers) rendezvous.answered();
    }
    return { core, rendezvous, times };
  }

  it('O8: is asked at once, again after 1, 2, 4 … 30 s, and anew once the need was met', () => {
    const { core, rendezvous, times } = asked(true);
    expect(times).toEqual([0, 1, 3, 7, 15, 31, 61, 91, 121]);
    rendezvous.found();
    core.now = 150_999;
    expect(rendezvous.need()).toBe(151_000);
    core.now = 151_000;
    expect(rendezvous.need()).toBe(166_000);
    rendezvous.answered();
    expect(rendezvous.need()).toBe(152_000);
    expect(core.takeEffects()).toEqual([{ type: 'rendezvous' }]);
  });

  it('O8: is not asked again within 15 s unless it has answered', () => {
    expect(asked(false).times).toEqual([0, 15, 30, 45, 60, 76, 106]);
  });
});
