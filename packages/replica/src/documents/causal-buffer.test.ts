import { Writer, toHex, utf8 } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import type { Delta } from '../log/delta.ts';
import { CausalBuffer, clientIdOf } from './index.ts';
import { guardUpdate } from './guard.ts';
import { makeDelta, sessionOf } from './test-network.ts';

/** One struct at `clock`, behind another session's character where one is named. */
function deltaOf(session: string, seq: number, clock: number, after?: [string, number]): Delta {
  const update = new Writer().varint(1).varint(1).varint(clientIdOf(session)).varint(clock);
  if (after === undefined) update.u8(4).u8(1).varstring('t');
  else update.u8(0x84).varint(clientIdOf(after[0])).varint(after[1]);
  return makeDelta(session, seq, seq, update.varstring('x').varint(0).done());
}

interface Setup {
  buffer: CausalBuffer;
  log: Delta[];
  applied: string[];
  filled: [number, number, number][];
  stale: () => boolean;
  give(delta: Delta): void;
}

function setup(maxDeltas?: number, maxBytes?: number): Setup {
  const log: Delta[] = [];
  const applied: string[] = [];
  const filled: [number, number, number][] = [];
  let stale = false;
  const buffer = new CausalBuffer({
    log: () => log,
    read: (delta) => {
      const guarded = guardUpdate(delta.body, clientIdOf(delta.session));
      return guarded instanceof Error ? 'inert' : guarded;
    },
    apply: (delta) => applied.push(`${delta.session}.${delta.seq}`) > 0,
    fill: (client, from, to) => filled.push([client, from, to]),
    onStale: () => (stale = true),
    onClash: () => undefined,
    ...(maxDeltas === undefined ? {} : { maxDeltas }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
  const give = (delta: Delta): void => {
    log.push(delta);
    buffer.offer(delta);
    buffer.drain();
  };
  return { buffer, log, applied, filled, stale: () => stale, give };
}

const [a, b, c] = [sessionOf(0), sessionOf(1), sessionOf(2)];

describe('CausalBuffer', () => {
  it('Y3: a delta waits for what it names, and all later ones of its session with it', () => {
    const { buffer, applied, give } = setup();
    give(deltaOf(b, 1, 0, [a, 1]));
    give(deltaOf(b, 2, 1));
    give(deltaOf(a, 1, 0));
    expect(applied).toEqual([`${a}.1`]);
    expect(buffer.pending).toBe(2);
    give(deltaOf(a, 2, 1));
    expect(applied).toEqual([`${a}.1`, `${a}.2`, `${b}.1`, `${b}.2`]);
    expect(buffer.pending).toBe(0);
  });

  it('Y3: the own clock before is a dependency as well', () => {
    const { buffer, applied, give } = setup();
    give(deltaOf(a, 2, 1));
    expect(applied).toEqual([]);
    expect(buffer.pending).toBe(1);
  });

  it('a delta given again changes nothing', () => {
    const { applied, give } = setup();
    const delta = deltaOf(a, 1, 0);
    give(delta);
    give(delta);
    expect(applied).toEqual([`${a}.1`]);
  });

  it('over its limit it holds no more, loses nothing, and goes on from the log', () => {
    for (const limits of [
      [10, undefined],
      [undefined, 200],
    ] as const) {
      const { buffer, applied, give } = setup(...limits);
      for (let seq = 1; seq <= 500; seq++) give(deltaOf(b, seq, seq - 1, [a, 0]));
      expect(buffer.held).toBeLessThanOrEqual(32);
      expect(buffer.pending).toBe(500);
      give(deltaOf(a, 1, 0));
      expect(applied).toHaveLength(501);
      expect(applied.slice(1)).toEqual(Array.from({ length: 500 }, (_, i) => `${b}.${i + 1}`));
      expect(buffer.pending).toBe(0);
    }
  });

  it('a session that fills it with what never comes shuts nobody out', () => {
    const { buffer, applied, give } = setup(10);
    for (let seq = 1; seq <= 200; seq++) give(deltaOf(c, seq, seq - 1, [sessionOf(8), 5]));
    for (let seq = 1; seq <= 100; seq++) give(deltaOf(b, seq, seq - 1, [a, 0]));
    give(deltaOf(a, 1, 0));
    expect(applied).toHaveLength(101);
    expect(buffer.pending).toBe(200);
  });

  it('what lies beyond the end of a feed counts as empty once its prefix is through', () => {
    const { buffer, applied, filled, give } = setup();
    give(deltaOf(b, 1, 0, [a, 6]));
    buffer.end(a);
    buffer.drain();
    expect(filled).toEqual([[clientIdOf(a), 0, 7]]);
    expect(applied).toEqual([`${b}.1`]);
  });

  it('a prefix that comes after that makes the document stale instead of wrong', () => {
    const { buffer, applied, stale, give } = setup();
    give(deltaOf(b, 1, 0, [a, 6]));
    buffer.end(a);
    buffer.drain();
    give(deltaOf(a, 1, 0));
    expect(stale()).toBe(true);
    expect(buffer.ready).toBe(false);
    expect(applied).toEqual([`${b}.1`]);
  });

  it('4,096 waiting sessions cost a step of another session next to nothing', () => {
    const { applied, give } = setup();
    for (let n = 0; n < 4096; n++) {
      const session = toHex(utf8(`${String(n).padStart(6, '0')}0123456789`));
      give(deltaOf(session, 1, 0, [a, 2 ** 40]));
    }
    const start = performance.now();
    for (let seq = 1; seq <= 100; seq++) give(deltaOf(a, seq, seq - 1));
    expect(applied).toHaveLength(100);
    expect((performance.now() - start) / 100).toBeLessThan(10);
  });
});
