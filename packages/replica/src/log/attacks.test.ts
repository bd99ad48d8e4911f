import { describe, expect, it } from 'vitest';
import { DecodeError, Writer, limits } from '@grapevine/wire';
import { nobleCrypto } from '../crypto/noble.ts';
import { deriveRoomKeys } from '../keys.ts';
import { decodeRow, encodeDraft, encodeRow, encodeRun } from './codec.ts';
import type { RawDelta } from './codec.ts';
import { deltaKind } from './delta.ts';
import { decodeEnd, encodeForkEnd, encodeInvalidEnd, endKind } from './end-codec.ts';
import { origin } from './header.ts';
import { Log } from './log.ts';
import {
  Forger,
  crypto,
  draft,
  freeKind,
  newLog,
  newWriter,
  raws,
  roomKeys,
  testRules,
  tick,
} from './testing.ts';

const everything = Number.MAX_SAFE_INTEGER;
const nothing = new Uint8Array(0);

/** A forger whose feed `a b c` (seq 2 to 4) a fresh log holds. */
async function held() {
  const forger = new Forger(await newWriter());
  const log = newLog();
  const opening = [forger.opening()];
  const trunk = raws(['a', 'b', 'c']);
  await log.receiveRun(forger.session.id, await forger.run([...opening, ...trunk]));
  const at = (seq: number) => forger.position(origin, [...opening, ...trunk].slice(0, seq));
  return { forger, log, session: forger.session.id, opening, trunk, at };
}

function endOf(log: Log, session: string) {
  const bytes = log.endMark(session);
  const mark = bytes && decodeEnd(bytes);
  return mark === undefined || mark instanceof Error
    ? undefined
    : { kind: mark.kind, seq: mark.seq };
}

describe('who may write', () => {
  it('K5, L1: a reader who signs a certificate of its own is refused and leaves no trace', async () => {
    const readerKeys = await deriveRoomKeys(roomKeys.readLink, crypto);
    const reader = await newWriter(readerKeys);
    const forged = { ...reader, certificate: await reader.key.sign(roomKeys.topic) };
    const forger = new Forger(forged);
    const log = newLog();
    const received = await log.receiveRun(reader.id, await forger.run([forger.opening()]));
    expect(received).toMatchObject({ verdict: 'reject', reason: expect.stringContaining('L1') });
    expect([...log.feeds()]).toEqual([]);
  });

  it("L1: another author's opening, or a session id that does not follow, opens nothing", async () => {
    const [one, two] = [new Forger(await newWriter()), new Forger(await newWriter())];
    const log = newLog();
    const stolen = await one.run([one.opening()], origin, two.session.key);
    expect((await log.receiveRun(one.session.id, stolen)).verdict).toBe('reject');
    const posing = await one.run([one.opening()]);
    expect((await log.receiveRun(two.session.id, posing)).verdict).toBe('reject');
    expect([...log.feeds()]).toEqual([]);
  });

  it('L1: a session id must follow from the key and salt that sign for it', async () => {
    const writer = await newWriter();
    const forger = new Forger({ ...writer, id: 'a'.repeat(32) });
    const received = await newLog().receiveRun(
      'a'.repeat(32),
      await forger.run([forger.opening()]),
    );
    expect(received).toMatchObject({ verdict: 'reject', reason: expect.stringContaining('L1') });
  });

  it('L1: a first delta must be an opening in exactly its form', async () => {
    const forger = new Forger(await newWriter());
    const log = newLog();
    const opening = forger.opening();
    const open = { kind: deltaKind.open, document: '', body: opening.body, values: [] };
    const wrong: RawDelta[] = [
      encodeDraft({ ...open, kind: deltaKind.records }, 1),
      encodeDraft({ ...open, document: 'x' }, 1),
      encodeDraft({ ...open, values: [new Uint8Array(16)] }, 1),
      encodeDraft({ ...open, body: opening.body.subarray(1) }, 1),
    ];
    for (const delta of wrong) {
      const run = await forger.run([delta, ...raws(['a'])]);
      expect((await log.receiveRun(forger.session.id, run)).verdict).toBe('reject');
    }
    expect([...log.feeds()]).toEqual([]);
  });

  it('a feed of another room is refused', async () => {
    const keys = await deriveRoomKeys({ mode: 'write', seed: new Uint8Array(32) }, crypto);
    const forger = new Forger(await newWriter(keys), keys.topic);
    const received = await newLog().receiveRun(
      forger.session.id,
      await forger.run([forger.opening()]),
    );
    expect(received.verdict).toBe('reject');
  });

  it('a certified key still signs for one topic only', async () => {
    const forger = new Forger(await newWriter(), new Uint8Array(32));
    const received = await newLog().receiveRun(
      forger.session.id,
      await forger.run([forger.opening()]),
    );
    expect(received).toMatchObject({
      verdict: 'reject',
      reason: expect.stringContaining('signature'),
    });
  });
});

describe('what a signature covers', () => {
  it('a forged signature from seq 1 is rejected', async () => {
    const { forger, log, session, opening } = await held();
    const mallory = await newWriter();
    const run = await forger.run([...opening, ...raws(['x'])], origin, mallory.key);
    expect((await log.receiveRun(session, run)).verdict).toBe('reject');
    expect(log.feed(session)).toMatchObject({ seq: 4, ended: false });
  });

  it('L11: a run that does not follow from what is held asks for the whole feed', async () => {
    const { forger, log, session, at } = await held();
    const mallory = await newWriter();
    const forged = await forger.run(raws(['x'], 9), at(4), mallory.key);
    expect((await log.receiveRun(session, forged)).verdict).toBe('diverged');
    const elsewhere = await forger.run(raws(['x'], 9), { seq: 4, hash: new Uint8Array(32) });
    expect((await log.receiveRun(session, elsewhere)).verdict).toBe('diverged');
    expect(log.feed(session)).toMatchObject({ seq: 4, ended: false });
  });

  it('L11: a false run before the true ones does not taint them', async () => {
    const { forger, log, session, at } = await held();
    const mallory = await newWriter();
    const [d, e] = [raws(['d'], 5), raws(['e'], 6)];
    const runs = [
      await forger.run(raws(['x'], 5), at(4), mallory.key),
      await forger.run(d, at(4)),
      await forger.run(e, forger.position(at(4), d)),
    ];
    const results = await Promise.all(runs.map((run) => log.receiveRun(session, run)));
    expect(results.map(({ verdict }) => verdict)).toEqual(['diverged', 'accept', 'accept']);
  });

  it('no byte of a run can change', async () => {
    const { forger, session, opening, trunk } = await held();
    const run = await forger.run([...opening, ...trunk]);
    for (let at = 0; at < run.length; at += 3) {
      const bent = run.slice();
      bent[at] = (bent[at] ?? 0) ^ 1;
      const received = await newLog().receiveRun(session, bent);
      expect(['reject', 'park']).toContain(received.verdict);
    }
  });

  it('a delta cannot be left out, swapped or moved', async () => {
    const { forger, session, opening, trunk, at } = await held();
    const [a, b, c] = trunk;
    if (a === undefined || b === undefined || c === undefined) throw new Error('no trunk');
    const run = await forger.run([...opening, a, b, c]);
    const signature = run.slice(-64);
    const swapped = [{ ...a, rest: b.rest }, { ...b, rest: a.rest }, c];
    for (const others of [[a, c], [b, c], [a, a, b, c], swapped]) {
      const spliced = encodeRun(1, [...opening, ...others], signature);
      expect((await newLog().receiveRun(session, spliced)).verdict).toBe('reject');
    }
    const log = newLog();
    await log.receiveRun(session, await forger.run(opening));
    const gap = await forger.run([b, c], at(2));
    expect((await log.receiveRun(session, gap)).verdict).toBe('park');
  });

  it('garbage is rejected and changes nothing', async () => {
    const { log, session } = await held();
    for (const bytes of [nothing, new Uint8Array(70), new Uint8Array(limits.runBytes + 1)]) {
      expect((await log.receiveRun(session, bytes)).verdict).toBe('reject');
      expect((await log.receiveEnd(session, bytes)).verdict).toBe('reject');
    }
    expect(log.feed(session)).toMatchObject({ seq: 4, ended: false });
  });
});

describe('invalid feeds', () => {
  const broken: [string, (hlc: number) => RawDelta][] = [
    ['L2: time stands still', () => encodeDraft(draft('x'), 4)],
    ['L2: a second opening', (hlc) => encodeDraft(draft('x', { kind: deltaKind.open }), hlc)],
    [
      'L3: records in a document',
      (hlc) => encodeDraft(draft('x', { kind: 1, document: 'd' }), hlc),
    ],
    ['L3: yjs without a document', (hlc) => encodeDraft(draft('x', { kind: 2 }), hlc)],
    [
      'L3: a document name of 129 bytes',
      (hlc) => encodeDraft(draft('x', { kind: 2, document: 'ü'.repeat(64) + 'x' }), hlc),
    ],
    ['L4: payload', (hlc) => encodeDraft(draft('', { body: new Uint8Array(49_152) }), hlc)],
    [
      'L4: values',
      (hlc) => encodeDraft(draft('', { values: Array(257).fill(new Uint8Array(16)) }), hlc),
    ],
    ['L8: the payload rule', (hlc) => encodeDraft(draft('! x'), hlc)],
  ];

  it.each(broken)('%s ends the feed, keeps its prefix and can be proved', async (_, make) => {
    const { forger, log, session, at } = await held();
    const run = await forger.run([...raws(['d'], 5), make(6), ...raws(['e'], 7)].map(risen), at(4));
    const received = await log.receiveRun(session, run);
    expect(received).toMatchObject({
      verdict: 'accept',
      feed: { seq: 5, ended: true },
      end: { from: 6 },
    });
    expect(received.deltas.map(({ seq }) => seq)).toEqual([5]);
    expect(endOf(log, session)).toEqual({ kind: endKind.invalid, seq: 6 });

    const witness = newLog();
    for (const each of log.readRuns(session, 1, everything, everything)) {
      await witness.receiveRun(session, each.bytes);
    }
    expect(witness.feed(session)).toEqual(log.feed(session));

    const told = newLog();
    const mark = log.endMark(session) ?? nothing;
    expect((await told.receiveEnd(session, mark)).verdict).toBe('park');
    const source = new Forger(forger.session);
    await told.receiveRun(
      session,
      await source.run([...[source.opening()], ...raws(['a', 'b', 'c'])]),
    );
    expect((await told.receiveEnd(session, mark)).verdict).toBe('park');
    await told.receiveRun(session, await source.run(raws(['d'], 5), at(4)));
    expect((await told.receiveEnd(session, mark)).verdict).toBe('accept');
    expect((await told.receiveEnd(session, mark)).verdict).toBe('known');
    expect(told.feed(session)).toEqual(log.feed(session));
  });

  /** L2 is broken by the one that stands still; a run cannot write a time that falls. */
  function risen(delta: RawDelta, i: number, all: RawDelta[]): RawDelta {
    const before = all[i - 1]?.hlc ?? 0;
    return delta.hlc < before ? { ...delta, hlc: before } : delta;
  }

  it('L4: a value over 64 MiB and a delta too large to have been sent inline end the feed', async () => {
    for (const sizes of [[67_108_865], [30_000, 30_000, 30_000]]) {
      const { forger, log, session, at } = await held();
      const run = await forger.run([committed(sizes, 9)], at(4));
      const received = await log.receiveRun(session, run);
      expect(received).toMatchObject({ verdict: 'accept', feed: { seq: 4, ended: true } });
    }
    const { forger, log, session, at } = await held();
    const run = await forger.run([committed([67_108_864, 30_000, 30_000], 9)], at(4));
    expect(await log.receiveRun(session, run)).toMatchObject({ feed: { seq: 5, ended: false } });
  });

  it('L2: time that falls across runs ends the feed', async () => {
    const { forger, log, session, at } = await held();
    await log.receiveRun(session, await forger.run(raws(['d'], 3), at(4)));
    expect(endOf(log, session)).toEqual({ kind: endKind.invalid, seq: 5 });
  });

  it('L7: both kinds of crypto judge alike', async () => {
    const { forger, session, opening, trunk } = await held();
    const { topic, writePublicKey } = roomKeys;
    const noble = new Log({ topic, writePublicKey, crypto: nobleCrypto(), rules: testRules });
    const run = await forger.run([...opening, ...trunk, ...raws(['! x'], 8)]);
    const log = newLog();
    await Promise.all([noble.receiveRun(session, run), log.receiveRun(session, run)]);
    expect(noble.feed(session)).toEqual(log.feed(session));
    expect(noble.feed(session)).toMatchObject({ seq: 4, ended: true });
  });

  it('L8: a valid delta cannot be called invalid, nor an unsigned one', async () => {
    const { forger, log, session, at } = await held();
    const valid = await forger.run(raws(['d'], 9), at(4));
    expect((await log.receiveEnd(session, encodeInvalidEnd(5, valid))).verdict).toBe('reject');
    const mallory = await newWriter();
    const unsigned = await forger.run(raws(['! d'], 9), at(4), mallory.key);
    expect((await log.receiveEnd(session, encodeInvalidEnd(5, unsigned))).verdict).toBe('diverged');
    expect(log.feed(session)).toMatchObject({ seq: 4, ended: false });
  });

  it('L10: an ended feed takes nothing at or beyond its end', async () => {
    const { forger, log, session, at } = await held();
    await log.receiveRun(session, await forger.run(raws(['! d'], 9), at(4)));
    const before = log.feed(session);
    const more = await forger.run(raws(['d', 'e'], 9), at(4));
    expect((await log.receiveRun(session, more)).verdict).toBe('known');
    const beyond = await forger.run(raws(['f'], 19), { seq: 8, hash: origin.hash });
    expect((await log.receiveRun(session, beyond)).verdict).toBe('known');
    expect(log.feed(session)).toEqual(before);
  });
});

describe('forks', () => {
  it('L9: two signed headers with one seq end the feed there, proved by both branches', async () => {
    const { forger, log, session, at } = await held();
    const received = await log.receiveRun(
      session,
      await forger.run(raws(['B', 'C', 'D'], 3), at(2)),
    );
    expect(received).toMatchObject({
      verdict: 'accept',
      deltas: [],
      runs: [],
      rows: [],
      end: { from: 3 },
    });
    expect(log.feed(session)).toMatchObject({ seq: 2, ended: true });
    expect(endOf(log, session)).toEqual({ kind: endKind.fork, seq: 3 });
    const other = newLog();
    await other.receiveRun(session, await forger.run([forger.opening(), ...raws(['a', 'B'])]));
    expect((await other.receiveEnd(session, log.endMark(session) ?? nothing)).verdict).toBe(
      'accept',
    );
    expect(other.feed(session)).toEqual(log.feed(session));
  });

  it('L9: a fork inside a longer run is found at its first different delta', async () => {
    const { forger, log, session, opening } = await held();
    await log.receiveRun(session, await forger.run([...opening, ...raws(['a', 'b', 'X', 'Y'])]));
    expect(endOf(log, session)).toEqual({ kind: endKind.fork, seq: 4 });
  });

  it('L9: a prefix that no signature of its own covers can still be handed on', async () => {
    const { forger, log, session, at } = await held();
    await log.receiveRun(session, await forger.run(raws(['B'], 3), at(2)));
    const [run] = log.readRuns(session, 1, everything, everything);
    const other = newLog();
    expect((await other.receiveEnd(session, log.endMark(session) ?? nothing)).verdict).toBe('park');
    await other.receiveRun(session, run?.bytes ?? nothing);
    await other.receiveEnd(session, log.endMark(session) ?? nothing);
    expect(other.feed(session)).toEqual(log.feed(session));
    const [again] = other.readRuns(session, 1, everything, everything);
    const third = newLog();
    await third.receiveRun(session, await forger.run([forger.opening()]));
    await third.receiveEnd(session, log.endMark(session) ?? nothing);
    const received = await third.receiveRun(session, again?.bytes ?? nothing);
    expect(received.deltas.map(({ seq }) => seq)).toEqual([2]);
    expect(third.feed(session)).toEqual(log.feed(session));
    expect(third.readRuns(session, 1, everything, everything)).toEqual([again]);
  });

  it('L9: two openings of one session fork it at seq 1', async () => {
    const { forger, log, session } = await held();
    await log.receiveRun(session, await forger.run([forger.opening(77)]));
    expect(log.feed(session)).toMatchObject({ seq: 0, ended: true });
    const other = newLog();
    for (const { bytes } of log.readRuns(session, 1, everything, everything)) {
      await other.receiveRun(session, bytes);
    }
    await other.receiveEnd(session, log.endMark(session) ?? nothing);
    expect(other.feed(session)).toEqual(log.feed(session));
  });

  it('L9: no end mark holds without two branches that differ and are signed', async () => {
    const { forger, log, session, trunk, at } = await held();
    const branch = async (deltas: RawDelta[], seq: number, key = forger.session.key) => ({
      from: seq,
      backlink: at(seq - 1).hash,
      headers: deltas,
      signature: (await forger.run(deltas, at(seq - 1), key)).slice(-64),
    });
    const mallory = await newWriter();
    const ours = await branch(trunk.slice(1), 3);
    const forged = await branch(raws(['x'], 3), 3, mallory.key);
    const same = await branch(trunk.slice(1, 2), 3);
    for (const branches of [
      [ours, forged],
      [forged, ours],
      [ours, ours],
      [ours, same],
    ] as const) {
      const received = await log.receiveEnd(session, encodeForkEnd(3, branches));
      expect(received.verdict).toBe('reject');
    }
    expect(log.feed(session)).toMatchObject({ seq: 4, ended: false });
  });

  it('L10: the lower seq wins, then the lower kind, whichever came first', async () => {
    const { forger, log, session, at } = await held();
    const runs = {
      late: await forger.run(raws(['X'], 4), at(3)),
      early: await forger.run(raws(['B'], 3), at(2)),
      invalid: await forger.run(raws(['! B'], 3), at(2)),
    };
    await log.receiveRun(session, runs.late);
    expect(endOf(log, session)).toEqual({ kind: endKind.fork, seq: 4 });
    const late = log.endMark(session) ?? nothing;
    await log.receiveRun(session, runs.early);
    expect(endOf(log, session)).toEqual({ kind: endKind.fork, seq: 3 });
    expect((await log.receiveEnd(session, late)).verdict).toBe('known');
    await log.receiveRun(session, runs.invalid);
    expect(endOf(log, session)).toEqual({ kind: endKind.invalid, seq: 3 });
    expect((await log.receiveRun(session, runs.early)).verdict).toBe('known');
    expect(log.feed(session).seq).toBe(2);
  });

  it('L10: at one seq an invalid delta outweighs a fork, as a run and as an end mark', async () => {
    const [one, two] = [await held(), newLog()];
    const { forger, log, session, opening, trunk, at } = one;
    const fork = await forger.run(raws(['B'], 3), at(2));
    const invalid = await forger.run(raws(['! B'], 3), at(2));
    await log.receiveRun(session, invalid);
    expect(endOf(log, session)).toEqual({ kind: endKind.invalid, seq: 3 });
    await two.receiveRun(session, await forger.run([...opening, ...trunk]));
    await two.receiveRun(session, fork);
    const [ofInvalid, ofFork] = [log.endMark(session) ?? nothing, two.endMark(session) ?? nothing];
    expect((await log.receiveEnd(session, ofFork)).verdict).toBe('known');
    expect((await two.receiveEnd(session, ofInvalid)).verdict).toBe('accept');
    expect(two.feed(session)).toEqual(log.feed(session));
  });

  it('L9: a fork of our own feed stops our writing, also while a signature is made', async () => {
    const writer = await newWriter();
    const forger = new Forger(writer);
    const log = newLog();
    log.author(writer, [draft('a')], tick);
    await log.seal(writer);
    log.author(writer, [draft('b')], tick);
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const sign = (message: Uint8Array) => gate.then(() => writer.key.sign(message));
    const sealing = log.seal({ ...writer, key: { ...writer.key, sign } });
    const run = await forger.run([forger.opening(), ...raws(['x'])]);
    const received = await log.receiveRun(writer.id, run);
    release();
    expect(received).toMatchObject({ verdict: 'accept', feed: { ended: true } });
    expect((await sealing).runs).toEqual([]);
    expect(() => log.author(writer, [draft('c')], tick)).toThrow(
      expect.objectContaining({ code: 'feed-ended' }),
    );
    expect((await log.seal(writer)).runs).toEqual([]);
  });

  it('L11: a contradiction to what we have not signed yet waits until we have', async () => {
    const writer = await newWriter();
    const forger = new Forger(writer);
    const log = newLog();
    log.author(writer, [draft('a')], () => 1);
    const run = await forger.run([forger.opening(1), ...raws(['x'])]);
    expect((await log.receiveRun(writer.id, run)).verdict).toBe('diverged');
    await log.seal(writer);
    expect((await log.receiveRun(writer.id, run)).verdict).toBe('accept');
    expect(endOf(log, writer.id)).toEqual({ kind: endKind.fork, seq: 2 });
  });
});

/** A delta that commits to values of these sizes without carrying them. */
function committed(sizes: readonly number[], hlc: number): RawDelta {
  const writer = new Writer().u8(freeKind).varstring('').varint(sizes.length);
  for (const size of sizes) writer.varint(size * 2).bytes(new Uint8Array(32));
  const row = decodeRow(encodeRow(1, { hlc, rest: writer.varbytes(nothing).done() }));
  if (row instanceof DecodeError) throw row;
  return row.delta;
}
