import { describe, expect, it } from 'vitest';
import { DecodeError, Writer, limits } from '@grapevine/wire';
import { nobleCrypto } from '../crypto/noble.ts';
import { deriveRoomKeys } from '../keys.ts';
import { decodeRow, encodeDraft, encodeRow, encodeRun } from './codec.ts';
import type { RawDelta } from './codec.ts';
import { deltaKind } from './delta.ts';
import { encodeInvalidEnd, endKind } from './end-codec.ts';
import { origin } from './header.ts';
import { Log } from './log.ts';
import {
  Forger,
  crypto,
  draft,
  endOf,
  everything,
  freeKind,
  held,
  newLog,
  newWriter,
  nothing,
  raws,
  roomKeys,
  testRules,
} from './testing.ts';

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

/** A delta that commits to values of these sizes without carrying them. */
function committed(sizes: readonly number[], hlc: number): RawDelta {
  const writer = new Writer().u8(freeKind).varstring('').varint(sizes.length);
  for (const size of sizes) writer.varint(size * 2).bytes(new Uint8Array(32));
  const row = decodeRow(encodeRow(1, { hlc, rest: writer.varbytes(nothing).done() }));
  if (row instanceof DecodeError) throw row;
  return row.delta;
}
