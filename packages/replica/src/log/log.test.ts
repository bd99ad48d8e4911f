import { describe, expect, it } from 'vitest';
import { GrapevineError, limits, toHex } from '@grapevine/wire';
import { deriveRoomKeys } from '../keys.ts';
import { openSession } from '../session.ts';
import type { Delta } from './delta.ts';
import { deltaKind } from './delta.ts';
import type { Log } from './log.ts';
import {
  bytesOf,
  crypto,
  draft,
  newLog,
  newWriter,
  roomKeys,
  seededRandom,
  tick,
} from './testing.ts';

const everything = Number.MAX_SAFE_INTEGER;

function texts(deltas: readonly Delta[]): string[] {
  return deltas
    .filter(({ kind }) => kind !== deltaKind.open)
    .map(({ body }) => new TextDecoder().decode(body));
}

async function copy(from: Log, to: Log, session: string) {
  for (const run of from.readRuns(session, 1, everything, everything)) {
    await to.receiveRun(session, run.bytes);
  }
}

describe('writing', () => {
  it('L1: the first call opens the feed; each call gives one delta per draft, at once', async () => {
    const [log, writer] = [newLog(), await newWriter()];
    const made = log.author(writer, [draft('a'), draft('b')], tick);
    expect(made.map(({ seq }) => seq)).toEqual([2, 3]);
    expect(made[0]).toMatchObject({ session: writer.id, author: writer.author });
    expect(log.feed(writer.id)).toMatchObject({ seq: 3, ended: false });
    expect(log.authorKey(writer.id)).toEqual(writer.key.publicKey);
    expect(log.authorKey('0'.repeat(32))).toBeUndefined();
    expect(log.deltas(writer.id)[0]).toMatchObject({ seq: 1, kind: deltaKind.open });
    expect(log.versionVector()).toEqual(new Map([[writer.id, 3]]));
    expect(log.author(writer, [], tick)).toEqual([]);
  });

  it('section 3: an unsealed delta goes nowhere, a sealed one everywhere', async () => {
    const [log, other, writer] = [newLog(), newLog(), await newWriter()];
    log.author(writer, [draft('a')], tick);
    expect(log.readRuns(writer.id, 1, everything, everything)).toEqual([]);
    const sealed = await log.seal(writer);
    expect(sealed.runs.map(({ from, to }) => [from, to])).toEqual([[1, 2]]);
    expect(sealed.rows.map(({ seq, signature }) => [seq, signature?.length])).toEqual([
      [1, undefined],
      [2, 64],
    ]);
    const [run] = sealed.runs;
    const received = await other.receiveRun(writer.id, run?.bytes ?? new Uint8Array(0));
    expect(received.verdict).toBe('accept');
    expect(received.runs).toEqual(sealed.runs);
    expect(received.rows).toEqual(sealed.rows);
    expect(received.feed).toEqual(log.feed(writer.id));
    expect(other.deltas(writer.id)).toEqual(log.deltas(writer.id));
  });

  it('what is written while one signature is made travels in the next', async () => {
    const [log, writer] = [newLog(), await newWriter()];
    log.author(writer, [draft('a')], tick);
    const first = log.seal(writer);
    const second = log.seal(writer);
    const third = log.seal(writer);
    await Promise.resolve();
    log.author(writer, [draft('b')], tick);
    log.author(writer, [draft('c')], tick);
    const runs = (await Promise.all([first, second, third])).map((sealed) =>
      sealed.runs.map(({ from, to }) => [from, to]),
    );
    expect(runs).toEqual([[[1, 2]], [[3, 4]], []]);
    expect((await log.seal(await newWriter())).runs).toEqual([]);
  });

  it('L6: a long batch is cut into runs that others accept', async () => {
    const [log, other, writer] = [newLog(), newLog(), await newWriter()];
    const body = new Uint8Array(1_000).fill(7);
    log.author(
      writer,
      Array.from({ length: 700 }, () => draft('', { body })),
      tick,
    );
    const { runs } = await log.seal(writer);
    expect(runs.length).toBeGreaterThan(10);
    expect(Math.max(...runs.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(limits.runBytes);
    const results = await Promise.all(runs.map(({ bytes }) => other.receiveRun(writer.id, bytes)));
    expect(new Set(results.map(({ verdict }) => verdict))).toEqual(new Set(['accept']));
    expect(other.feed(writer.id)).toEqual(log.feed(writer.id));
  });

  it('L2: its time rises even where the clock does not', async () => {
    const [log, writer] = [newLog(), await newWriter()];
    const made = log.author(writer, [draft('a'), draft('b')], () => 5);
    expect(made.map(({ hlc }) => hlc)).toEqual([6, 7]);
  });

  it('K5: a reader cannot write', async () => {
    const keys = await deriveRoomKeys(roomKeys.readLink, crypto);
    const [log, reader] = [newLog(keys), await newWriter(keys)];
    expect(() => log.author(reader, [draft('a')], tick)).toThrow(
      expect.objectContaining({ code: 'read-only' }),
    );
    expect([...log.feeds()]).toEqual([]);
  });

  it('L4, L7: a draft over a limit or against a rule changes nothing', async () => {
    const [log, writer] = [newLog(), await newWriter()];
    const before = log.author(writer, [draft('a')], tick);
    const value = new Uint8Array(16 + 30_000);
    const bad = [
      {
        code: 'delta-too-large',
        drafts: [draft('b'), draft('', { body: new Uint8Array(49_152) })],
      },
      { code: 'delta-too-large', drafts: [draft('', { values: [value, value, value] })] },
      {
        code: 'delta-too-large',
        drafts: [draft('', { values: Array(257).fill(new Uint8Array(16)) })],
      },
      { code: 'delta-invalid', drafts: [draft('b'), draft('! no')] },
      { code: 'delta-invalid', drafts: [draft('b', { kind: deltaKind.open })] },
      { code: 'delta-invalid', drafts: [draft('b', { kind: deltaKind.yjs })] },
      { code: 'delta-invalid', drafts: [draft('b', { kind: deltaKind.records, document: 'x' })] },
    ];
    for (const { code, drafts } of bad) {
      expect(() => log.author(writer, drafts, tick)).toThrow(expect.objectContaining({ code }));
      expect(() => log.author(writer, drafts, tick)).toThrow(GrapevineError);
    }
    expect(log.deltas(writer.id).slice(1)).toEqual(before);
  });

  it('L5: large values are committed to, small ones travel', async () => {
    const [log, other, writer] = [newLog(), newLog(), await newWriter()];
    const values = [new Uint8Array(16 + 10).fill(1), new Uint8Array(16 + 40_000).fill(2)];
    log.author(writer, [draft('a', { values })], tick);
    await log.seal(writer);
    await copy(log, other, writer.id);
    const [one, two] = other.deltas(writer.id).at(-1)?.values ?? [];
    expect(one).toMatchObject({ size: 10, salted: values[0] });
    expect(two).toMatchObject({ size: 40_000, salted: undefined });
  });
});

describe('reading', () => {
  it('section 3: runs end at signed deltas, within the bytes asked for but at least one', async () => {
    const [log, writer] = [newLog(), await newWriter()];
    for (const text of ['a', 'b', 'c']) {
      log.author(writer, [draft(text), draft(text)], tick);
      await log.seal(writer);
    }
    const spans = (from: number, to: number, bytes: number) =>
      log.readRuns(writer.id, from, to, bytes).map((run) => [run.from, run.to]);
    expect(spans(1, everything, everything)).toEqual([[1, 7]]);
    expect(spans(4, 4, everything)).toEqual([[4, 7]]);
    expect(spans(8, 9, everything)).toEqual([]);
    expect(spans(1, everything, 1)).toEqual([[1, 7]]);
    expect(log.readRuns('f'.repeat(32), 1, 2, 3)).toEqual([]);
  });

  it('L6: a long feed is read in slices, each one accepted behind the last', async () => {
    const [log, other, writer] = [newLog(), newLog(), await newWriter()];
    for (let i = 0; i < 30; i++) {
      log.author(
        writer,
        Array.from({ length: 50 }, () => draft('x'.repeat(200))),
        tick,
      );
      await log.seal(writer);
    }
    let seq = 0;
    let slices = 0;
    while (seq < log.feed(writer.id).seq) {
      const runs = log.readRuns(writer.id, seq + 1, everything, 100_000);
      for (const run of runs) {
        expect((await other.receiveRun(writer.id, run.bytes)).verdict).toBe('accept');
        seq = run.to;
      }
      slices++;
    }
    expect(slices).toBeGreaterThan(2);
    expect(other.feed(writer.id)).toEqual(log.feed(writer.id));
  });

  it('L13: the leaf of a fixed feed is the vector of PROTOCOL.md', async () => {
    const key = await crypto.keyFromSeed(new Uint8Array(32).fill(1));
    const random = { bytes: (length: number) => new Uint8Array(length).fill(2) };
    const session = await openSession(roomKeys, key, random);
    const log = newLog();
    const hlc = [1_000, 1_003];
    const values = [
      Uint8Array.of(...new Uint8Array(16).fill(3), ...new TextEncoder().encode('hello')),
    ];
    log.author(session, [draft('body', { values })], () => hlc.shift() ?? 0);
    const { runs } = await log.seal(session);
    expect(toHex(log.feed(session.id).leaf)).toBe('3b91e4cf3765169cfaafcb834bf1840e');
    expect(toHex(runs[0]?.bytes ?? bytesOf(''))).toMatch(/^0102e80700000070.*5b740e$/);
  });
});

describe('receiving', () => {
  async function written(count: number) {
    const [log, writer] = [newLog(), await newWriter()];
    const runs = [];
    for (let i = 0; i < count; i++) {
      log.author(writer, [draft(`${i}`)], tick);
      runs.push(...(await log.seal(writer)).runs);
    }
    return { log, writer, runs: runs.map(({ bytes }) => bytes) };
  }

  it('G1: what is held is a prefix: a run ahead of it is parked, a known one changes nothing', async () => {
    const { writer, runs } = await written(3);
    const other = newLog();
    const [one, two, three] = runs;
    if (one === undefined || two === undefined || three === undefined) throw new Error('no runs');
    expect((await other.receiveRun(writer.id, two)).verdict).toBe('park');
    expect(other.feed(writer.id)).toEqual({
      session: writer.id,
      seq: 0,
      leaf: new Uint8Array(16),
      ended: false,
    });
    expect((await other.receiveRun(writer.id, one)).verdict).toBe('accept');
    expect((await other.receiveRun(writer.id, three)).verdict).toBe('park');
    const again = await other.receiveRun(writer.id, one);
    expect(again).toMatchObject({
      verdict: 'known',
      feed: { seq: 2 },
      deltas: [],
      runs: [],
      rows: [],
    });
  });

  it('an overlapping run gives what is new in it', async () => {
    const { log, writer, runs } = await written(3);
    const other = newLog();
    await other.receiveRun(writer.id, runs[0] ?? new Uint8Array(0));
    const [whole] = log.readRuns(writer.id, 1, everything, everything);
    const received = await other.receiveRun(writer.id, whole?.bytes ?? new Uint8Array(0));
    expect(received.verdict).toBe('accept');
    expect(texts(received.deltas)).toEqual(['1', '2']);
    expect(received.runs.map(({ from, to }) => [from, to])).toEqual([[3, 4]]);
    const third = newLog();
    await copy(other, third, writer.id);
    expect(third.feed(writer.id)).toEqual(log.feed(writer.id));
  });

  it('runs of one session handed over at once are judged in order, also their signatures', async () => {
    const { log, writer, runs } = await written(20);
    const other = newLog();
    const first = runs.slice(0, 1).concat(runs);
    const verdicts = await Promise.all(first.map((bytes) => other.receiveRun(writer.id, bytes)));
    expect(verdicts.map(({ verdict }) => verdict)).toEqual([
      'accept',
      'known',
      ...Array.from({ length: 19 }, () => 'accept'),
    ]);
    expect(other.feed(writer.id)).toEqual(log.feed(writer.id));
  });

  it('memory and rows keep no frame alive', async () => {
    const { writer, runs } = await written(1);
    const frame = new Uint8Array(60_000);
    const run = runs[0] ?? new Uint8Array(0);
    frame.set(run, 100);
    const other = newLog();
    const received = await other.receiveRun(writer.id, frame.subarray(100, 100 + run.length));
    const buffers = [
      ...received.rows.flatMap(({ bytes, hash, signature }) => [bytes, hash, signature ?? hash]),
      ...received.deltas.map(({ body }) => body),
      ...received.runs.map(({ bytes }) => bytes),
    ];
    for (const { buffer } of buffers) expect(buffer).not.toBe(frame.buffer);
    for (const { bytes } of received.rows) expect(bytes.buffer.byteLength).toBe(bytes.length);
  });

  it('two rooms of one author share nothing', async () => {
    const keys = await deriveRoomKeys({ mode: 'write', seed: new Uint8Array(32) }, crypto);
    const key = await crypto.generateKey();
    const [here, there] = [
      await openSession(roomKeys, key, seededRandom(1)),
      await openSession(keys, key, seededRandom(1)),
    ];
    expect(here.id).not.toBe(there.id);
    const log = newLog(keys);
    log.author(there, [draft('a')], tick);
    const [run] = (await log.seal(there)).runs;
    const received = await newLog().receiveRun(there.id, run?.bytes ?? new Uint8Array(0));
    expect(received).toMatchObject({ verdict: 'reject', reason: expect.stringContaining('L1') });
  });
});
