import { createHash } from 'node:crypto';
import { DecodeError } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import { Core } from '../core.ts';
import { InNames } from '../frames/dictionary.ts';
import { decodeFrame } from '../frames/frame.ts';
import type { Extrema, MessageOf } from '../frames/message.ts';
import { Neighbour } from '../links/neighbour.ts';
import { seededRandom } from '../testing/schedule.ts';
import { ExtremaGossip, carriedNames, epochMs, roomName } from './extrema.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const last = 2 ** 32 - 1;

/** One member of a sampled room with neighbours played by the test. */
class Setup {
  readonly core: Core;
  readonly own = new Map<string, number>();
  readonly gossip: ExtremaGossip;
  readonly #names = new Map<Neighbour, InNames>();

  constructor() {
    const nothing = new Uint8Array(0);
    const identity = { self: '1'.repeat(32), incarnation: 1, proof: nothing, info: nothing };
    this.core = new Core({ ...identity, random: seededRandom(1), hash });
    this.gossip = new ExtremaGossip(this.core, this.own);
  }

  neighbour(id: number): Neighbour {
    const { settings, stats, now } = this.core;
    return new Neighbour(id, String(id).repeat(32), settings, stats, now);
  }

  /** What one round tells the neighbour. */
  ride(neighbour: Neighbour): MessageOf<'extrema'>[] {
    this.gossip.ride(neighbour);
    let names = this.#names.get(neighbour);
    if (names === undefined) this.#names.set(neighbour, (names = new InNames()));
    const known = names;
    return neighbour.link.flush().flatMap((frame) => {
      const messages = decodeFrame(frame, known);
      if (messages instanceof DecodeError) throw messages;
      return messages.filter(
        (message): message is MessageOf<'extrema'> => message.type === 'extrema',
      );
    });
  }

  epochOf(neighbour: Neighbour): number | undefined {
    return this.ride(neighbour)[0]?.epoch;
  }

  /** Half the neighbours' worth of members: every register the same. */
  told(epoch: number, register: number, name: string = roomName): Extrema {
    const minima = new Float32Array(384).fill(Infinity);
    minima.fill(register, 0, 128);
    return { name, epoch, min: Infinity, max: -Infinity, minima };
  }
}

describe('epochs', () => {
  it('A3: begin with 1, and every 30 s by the own clock', () => {
    const s = new Setup();
    expect([s.gossip.running, s.gossip.nextAt]).toEqual([false, Infinity]);
    s.core.now = 500;
    expect(s.gossip.tick()).toBe(false);
    s.gossip.start();
    s.gossip.start();
    expect([s.gossip.running, s.gossip.nextAt]).toEqual([true, 500 + epochMs]);
    expect(s.epochOf(s.neighbour(2))).toBe(1);
    s.core.now = 500 + epochMs - 1;
    expect(s.gossip.tick()).toBe(false);
    s.core.now++;
    expect(s.gossip.tick()).toBe(true);
    expect(s.epochOf(s.neighbour(2))).toBe(2);
    s.gossip.stop();
    expect([s.gossip.running, s.ride(s.neighbour(2))]).toEqual([false, []]);
  });

  it('A3: a later one replaces an earlier one, and what it tells counts in it', () => {
    const s = new Setup();
    s.gossip.start();
    const [a, b] = [s.neighbour(2), s.neighbour(3)];
    expect(s.gossip.heard(a, s.told(1, 0.001))).toBe(false);
    expect(s.gossip.heard(a, s.told(7, 0.002))).toBe(true);
    const [said] = s.ride(b);
    expect(said?.epoch).toBe(7);
    expect(said?.minima[0]).toBe(Math.fround(0.002));
  });

  it('A3: later is ahead by less than 2^31 modulo 2^32', () => {
    for (const [epoch, later] of [
      [2, true],
      [2 ** 31, true],
      [2 ** 31 + 1, false],
      [last, false],
      [0, false],
    ] as const) {
      const s = new Setup();
      s.gossip.start();
      expect(s.gossip.heard(s.neighbour(2), s.told(epoch, 1))).toBe(later);
    }
    const wrapping = new Setup();
    wrapping.gossip.start();
    for (const epoch of [2 ** 31, last])
      wrapping.gossip.heard(wrapping.neighbour(2), wrapping.told(epoch, 1));
    wrapping.core.now = epochMs;
    wrapping.gossip.tick();
    expect(wrapping.epochOf(wrapping.neighbour(3))).toBe(0);
  });

  it('A3: at most three begin within 30 s', () => {
    const s = new Setup();
    s.gossip.start();
    const a = s.neighbour(2);
    expect([2, 3, 4].map((epoch) => s.gossip.heard(a, s.told(epoch, 1)))).toEqual([
      true,
      true,
      false,
    ]);
    s.core.now = epochMs - 1;
    expect(s.gossip.heard(a, s.told(5, 1))).toBe(false);
    s.core.now = epochMs;
    expect(s.gossip.heard(a, s.told(6, 1))).toBe(true);
  });

  it('A3: who tells an earlier one is told all again', () => {
    const s = new Setup();
    s.gossip.start();
    const a = s.neighbour(2);
    s.gossip.heard(a, s.told(5, 1));
    expect(s.ride(a)).toHaveLength(1);
    expect(s.ride(a)).toEqual([]);
    expect(s.gossip.heard(a, s.told(4, 0.0001))).toBe(false);
    expect(s.ride(a)).toMatchObject([{ epoch: 5 }]);
  });
});

describe('what rides on a round', () => {
  it('A3: only what the neighbour was not told and did not tell', () => {
    const s = new Setup();
    s.gossip.start();
    const [a, b] = [s.neighbour(2), s.neighbour(3)];
    expect(s.ride(a)).toHaveLength(1);
    expect(s.ride(a)).toEqual([]);
    // Lower than all of ours: b needs nothing of us, a does.
    s.gossip.heard(b, s.told(1, 0));
    expect(s.ride(b)).toEqual([]);
    expect(s.ride(a)).toHaveLength(1);
    // No news to us, and we know more.
    s.gossip.heard(b, s.told(1, 5));
    expect(s.ride(a)).toEqual([]);
  });

  it('A3: two names at a time, the room first, the rest in turn', () => {
    const s = new Setup();
    for (const name of ['x', 'y', 'z']) s.own.set(name, 1);
    s.gossip.start();
    const a = s.neighbour(2);
    const names = () => s.ride(a).map(({ name }) => name);
    expect([names(), names(), names()]).toEqual([[roomName, 'x'], ['y', 'z'], []]);
  });

  it('A3: nothing while other bulk waits', () => {
    const s = new Setup();
    s.gossip.start();
    const a = s.neighbour(2);
    a.link.holdBulk = true;
    a.link.bulk({ type: 'bye' }, 1);
    expect(s.ride(a)).toEqual([]);
    a.link.holdBulk = false;
    a.link.flush();
    expect(s.ride(a)).toHaveLength(1);
  });

  it('A3: at most 64 names are carried', () => {
    const s = new Setup();
    s.gossip.start();
    const a = s.neighbour(2);
    for (let i = 0; i < 100; i++) s.gossip.heard(a, s.told(1, 0.5, String(i)));
    const b = s.neighbour(3);
    const all = new Set<string>();
    for (let i = 0; i < 100; i++) for (const { name } of s.ride(b)) all.add(name);
    expect(all.size).toBe(carriedNames);
  });

  it('A3: a first value of ours counts at once, another from the next epoch on', () => {
    const s = new Setup();
    s.gossip.start();
    const set = (value: number) => {
      s.own.set('x', value);
      s.gossip.ownChanged('x');
      return s.gossip.get('x');
    };
    expect(set(3)).toMatchObject({ min: 3, max: 3 });
    expect(set(9)).toMatchObject({ min: 3, max: 3 });
    s.core.now = epochMs;
    s.gossip.tick();
    expect(s.gossip.get('x')).toMatchObject({ min: 9, max: 9 });
  });
});

describe('what an epoch says', () => {
  /** Lets whole epochs pass in which one neighbour tells of about `members`. */
  function size(members: number, spans: readonly number[]): (number | undefined)[] {
    const s = new Setup();
    s.gossip.start();
    return spans.map((span) => {
      s.gossip.heard(s.neighbour(2), s.told(1, 1 / members));
      s.core.now += span;
      const epoch = (s.epochOf(s.neighbour(3)) ?? 0) + 1;
      s.gossip.heard(s.neighbour(2), s.told(epoch, 1 / members));
      return s.gossip.size;
    });
  }

  it('A4: the first epoch says nothing, nor one of less than 15 s; the last that does holds', () => {
    const [first, second] = size(500, [epochMs, epochMs]);
    expect(first).toBeUndefined();
    expect(second).toBeGreaterThan(400);
    expect(size(500, [epochMs, epochMs / 2 - 1])).toEqual([undefined, undefined]);
    expect(size(500, [epochMs, epochMs / 2])[1]).toBeGreaterThan(400);
  });

  it('A3: what is shown is the last finished epoch, not the one under way', () => {
    const s = new Setup();
    s.own.set('x', 4);
    s.gossip.start();
    for (let i = 0; i < 2; i++) {
      s.core.now += epochMs;
      s.gossip.tick();
    }
    const shown = s.gossip.get('x');
    expect(shown).toMatchObject({ min: 4, max: 4, exact: false });
    s.gossip.heard(s.neighbour(2), { ...s.told(3, 0.01, 'x'), min: -1, max: 1 });
    expect(s.gossip.get('x')).toEqual(shown);
  });
});
