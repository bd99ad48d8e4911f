import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Writer } from '@grapevine/wire';
import type { Session } from '../session.ts';
import type { Row } from './feed.ts';
import type { Log } from './log.ts';
import type { StoredEnd } from './restore.ts';
import { Forger, draft, newLog, newWriter, raws, tick } from './testing.ts';

const everything = Number.MAX_SAFE_INTEGER;

/** Three feeds of five deltas and an opening, sealed one by one, and the rows they left. */
async function stored() {
  const log = newLog();
  const writers: Session[] = [];
  const rows: Row[] = [];
  for (let i = 0; i < 3; i++) {
    const writer = await newWriter();
    writers.push(writer);
    for (const text of ['a', 'b', 'c', 'd', 'e']) {
      log.author(writer, [draft(text)], (previous) => previous + 1 + i);
      rows.push(...(await log.seal(writer)).rows);
    }
  }
  return { log, writers, rows };
}

function leaves(log: Log) {
  return [...log.feeds()].toSorted((a, b) => (a.session < b.session ? -1 : 1));
}

/** Passes rows through a structured clone, as storage does. */
async function reopened(rows: readonly Row[], ends: readonly StoredEnd[] = []) {
  const log = newLog();
  const restored = await log.restore(structuredClone([...rows]), structuredClone([...ends]));
  return { log, restored };
}

describe('restore', () => {
  it('gives back every feed, its deltas in causal order, and runs others accept', async () => {
    const { log, writers, rows } = await stored();
    const { log: again, restored } = await reopened(rows.toReversed());
    expect(restored.dropped).toEqual([]);
    expect(leaves(again)).toEqual(leaves(log));
    const times = restored.deltas.map(({ hlc }) => hlc);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(restored.deltas).toHaveLength(18);
    for (const { id } of writers) {
      expect(again.deltas(id)).toEqual(log.deltas(id));
      expect(again.readRuns(id, 1, everything, everything)).toEqual(
        log.readRuns(id, 1, everything, everything),
      );
    }
  });

  it('goes on receiving where storage ended', async () => {
    const { log, writers, rows } = await stored();
    const [writer] = writers;
    if (writer === undefined) throw new Error('no writer');
    const { log: again } = await reopened(rows);
    log.author(writer, [draft('more')], tick);
    const [run] = (await log.seal(writer)).runs;
    const received = await again.receiveRun(writer.id, run?.bytes ?? new Uint8Array(0));
    expect(received.verdict).toBe('accept');
    expect(leaves(again)).toEqual(leaves(log));
  });

  it('a damaged row costs its feed from there on and no other; the rest can be fetched again', async () => {
    const { log, writers, rows } = await stored();
    const damage = fc.constantFrom('bytes', 'hash', 'missing', 'seq', 'empty');
    await fc.assert(
      fc.asyncProperty(fc.nat(rows.length - 1), damage, fc.nat(), async (at, what, where) => {
        const bad = structuredClone(rows);
        const row = bad[at];
        if (row === undefined) return;
        const target = what === 'hash' ? row.hash : row.bytes;
        if (what === 'bytes' || what === 'hash') {
          target[where % target.length] = (target[where % target.length] ?? 0) ^ 1;
        }
        if (what === 'empty') row.bytes = new Uint8Array(0);
        if (what === 'seq') row.seq = 40;
        const seq = rows[at]?.seq ?? 0;
        const left = what === 'missing' ? bad.toSpliced(at, 1) : bad;
        const { log: again, restored } = await reopened(left);
        // The opening and the first delta share one signature.
        const kept = seq <= 2 ? 0 : seq - 1;
        const gone = seq === 1 && (what === 'missing' || what === 'seq');
        const dropped = { session: row.session, seq: gone ? 2 : kept + 1 };
        expect(restored.dropped).toEqual(what === 'missing' && seq === 6 ? [] : [dropped]);
        for (const { id } of writers) {
          expect(again.feed(id).seq).toBe(id === row.session ? kept : 6);
          const runs = log.readRuns(id, again.feed(id).seq + 1, everything, everything);
          for (const { bytes } of runs) await again.receiveRun(id, bytes);
        }
        expect(leaves(again)).toEqual(leaves(log));
      }),
      { numRuns: 60 },
    );
  });

  it('rows behind the last signature that holds are not trusted', async () => {
    const { log, writers, rows } = await stored();
    const [writer] = writers;
    const own = structuredClone(rows.filter(({ session }) => session === writer?.id));
    for (const row of own.slice(4)) row.signature = new Uint8Array(64);
    const { log: again, restored } = await reopened(own);
    expect(restored.dropped).toEqual([{ session: writer?.id, seq: 5 }]);
    expect(again.feed(writer?.id ?? '').seq).toBe(4);
    for (const row of own) row.signature = undefined;
    const unsigned = await reopened(own);
    expect(unsigned.restored.dropped).toEqual([{ session: writer?.id, seq: 1 }]);
    expect([...unsigned.log.feeds()]).toEqual([]);
    expect(log.feed(writer?.id ?? '').seq).toBe(6);
  });

  it('is total', async () => {
    const row = fc.record({
      session: fc.constantFrom('0'.repeat(32), '1'.repeat(32)),
      seq: fc.nat(3),
      bytes: fc.uint8Array({ maxLength: 40 }),
      hash: fc.uint8Array({ maxLength: 33 }),
      signature: fc.option(fc.uint8Array({ maxLength: 65 }), { nil: undefined }),
    });
    const end = fc.record({
      session: fc.constantFrom('0'.repeat(32), '1'.repeat(32)),
      bytes: fc.uint8Array({ maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row), fc.array(end), async (rows, ends) => {
        const { log } = await reopened(rows, ends);
        expect([...log.feeds()]).toEqual([]);
      }),
    );
  });
});

describe('L10: restore of ended feeds', () => {
  async function ended(extra: (forger: Forger) => Promise<Uint8Array>) {
    const forger = new Forger(await newWriter());
    const session = forger.session.id;
    const log = newLog();
    const rows: Row[] = [];
    let end: StoredEnd | undefined;
    for (const bytes of [
      await forger.run([forger.opening(), ...raws(['a', 'b', 'c'])]),
      await extra(forger),
    ]) {
      const received = await log.receiveRun(session, bytes);
      rows.push(...received.rows);
      if (received.end === undefined) continue;
      end = { session, bytes: received.end.bytes };
      const { from } = received.end;
      rows.splice(0, rows.length, ...rows.filter(({ seq }) => seq < from));
    }
    return { log, session, rows, ends: end === undefined ? [] : [end] };
  }

  it.each([
    ['forked', ['a', 'X']],
    ['invalid', ['a', 'b', 'c', 'd', '! e', 'f']],
    ['forked and invalid', ['a', '! X']],
    ['forked at its opening', []],
  ])('%s: all of it comes back, and can be handed on', async (name, texts) => {
    const hlc = name === 'forked at its opening' ? 99 : 1;
    const { log, session, rows, ends } = await ended((forger) =>
      forger.run([forger.opening(hlc), ...raws(texts)]),
    );
    expect(log.feed(session).ended).toBe(true);
    const { log: again, restored } = await reopened(rows, ends);
    expect(restored.dropped).toEqual([]);
    expect(again.feed(session)).toEqual(log.feed(session));
    expect(again.endMark(session)).toEqual(log.endMark(session));
    const runs = again.readRuns(session, 1, everything, everything);
    expect(runs).toEqual(log.readRuns(session, 1, everything, everything));
    const other = newLog();
    for (const { bytes } of runs) await other.receiveRun(session, bytes);
    await other.receiveEnd(session, again.endMark(session) ?? new Uint8Array(0));
    expect(other.feed(session)).toEqual(log.feed(session));
  });

  it('the proof of an invalid delta authenticates the prefix where no witness was stored', async () => {
    const { log, session, rows, ends } = await ended((forger) =>
      forger.run([forger.opening(), ...raws(['a', 'b', 'c', 'd', '! e'])]),
    );
    const mark = log.endMark(session) ?? new Uint8Array(0);
    const bare = new Writer().varbytes(mark).done();
    expect(ends[0]?.bytes.length).toBeGreaterThan(bare.length);
    const { log: again } = await reopened(rows, [{ session, bytes: bare }]);
    expect(again.feed(session)).toEqual(log.feed(session));
    expect(again.readRuns(session, 1, everything, everything)).toEqual(
      log.readRuns(session, 1, everything, everything),
    );
  });

  it('of several stored ends the one that holds first wins, forged ones are passed over', async () => {
    const { log, session, rows, ends } = await ended((forger) =>
      forger.run([forger.opening(), ...raws(['a', 'X'])]),
    );
    const [end] = ends;
    if (end === undefined) throw new Error('no end');
    const forged = end.bytes.slice();
    forged[forged.length - 10] = (forged[forged.length - 10] ?? 0) ^ 1;
    const { log: again } = await reopened(rows, [{ session, bytes: forged.slice(0, 50) }, end]);
    expect(again.feed(session)).toEqual(log.feed(session));
  });
});
