import { describe, expect, it } from 'vitest';
import type { RawDelta } from './codec.ts';
import { encodeForkEnd, endKind } from './end-codec.ts';
import {
  Forger,
  draft,
  endOf,
  everything,
  held,
  newLog,
  newWriter,
  nothing,
  raws,
  tick,
} from './testing.ts';

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
