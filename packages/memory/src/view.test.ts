import { deltaKind, type Delta } from '@grapevine/replica';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryId } from './names.ts';
import { encodeRecords, type VersionRecord, type VersionRef } from './records.ts';
import { FakeClock, FakeMember, collect, fakeRoom } from './testing/fake-member.ts';

/** One step of somebody: 0-3 write, 4 tells another what it wrote so far. */
const step = fc.record({
  who: fc.nat(2),
  what: fc.nat(4),
  key: fc.constantFrom('x', 'y'),
  to: fc.nat(2),
  text: fc.constantFrom('one\n', 'one\ntwo\n', 'zero\none\ntwo\n', 'tea', 'one\ntwo\nthree\n'),
  skewMs: fc.integer({ min: -5_000, max: 5_000 }),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

async function play(steps: readonly Step[]): Promise<Delta[]> {
  // A clock each, wrong by as much as the steps say: causality has to hold without them.
  const members = ['a', 'b', 'c'].map((name) => new FakeMember(name, new FakeClock()));
  for (const { who, what, key, to, text, skewMs } of steps) {
    const member = members[who] as FakeMember;
    member.clock.ms = FakeClock.start + 10_000 + skewMs;
    if (what <= 1) await member.memory.put('ns', key, text);
    else if (what === 2) await member.memory.append('ns', key, `+${text}`);
    else if (what === 3) await member.memory.delete('ns', key);
    else member.tell([members[to] as FakeMember]);
  }
  for (const { memory } of members) memory.close();
  return members.flatMap(({ log }) => log);
}

async function stateAfter(deltas: readonly Delta[], retractFrom?: number): Promise<unknown> {
  const reader = new FakeMember('reader', new FakeClock());
  for (const delta of deltas) reader.memory.apply([delta], false);
  if (retractFrom !== undefined) reader.memory.retract(deltas[0]?.session ?? '', retractFrom);
  const { memory } = reader;
  const state = {
    search: (await memory.search('one')).items.map(({ id }) => id).sort(),
    lines: await collect(memory.exportJsonl()),
    entries: await Promise.all(['x', 'y'].map((key) => memory.get('ns', key))),
    histories: await Promise.all(['x', 'y'].map((key) => memory.history('ns', key))),
    changes: await memory.changes({ limit: 1_000 }),
    size: memory.size,
  };
  memory.close();
  return state;
}

describe('view', () => {
  it('R6: any order of application gives equal entries', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .array(step, { maxLength: 25 })
          .chain((steps) => fc.tuple(fc.constant(steps), fc.infiniteStream(fc.nat(1_000)))),
        async ([steps, dice]) => {
          const deltas = await play(steps);
          const shuffled = deltas
            .map((delta) => ({ delta, at: dice.next().value ?? 0 }))
            .sort((a, b) => a.at - b.at)
            .map(({ delta }) => delta);
          expect(await stateAfter(shuffled)).toEqual(await stateAfter(deltas));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('L8: retracting the end of a feed equals never having seen it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 4, maxLength: 20 }),
        fc.integer({ min: 1, max: 6 }),
        async (steps, from) => {
          const deltas = await play(steps);
          const session = deltas[0]?.session;
          const kept = deltas.filter((delta) => delta.session !== session || delta.seq < from);
          expect(await stateAfter(deltas, from)).toEqual(await stateAfter(kept));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('R6: causality beats clocks: a successor with an earlier time is the value', async () => {
    const early = new FakeMember('early', new FakeClock());
    const late = new FakeMember('late', new FakeClock());
    late.clock.ms += 86_400_000;
    await late.memory.put('', 'k', 'from tomorrow');
    late.tell([early]);
    await early.memory.put('', 'k', 'the answer');
    early.tell([late]);
    const entry = await late.memory.get('', 'k');
    expect(entry).toMatchObject({ value: 'the answer', conflict: false });
    expect(entry?.heads).toHaveLength(1);
  });

  it('R4, R5: ids are those of the protocol', async () => {
    const [a] = fakeRoom('a').members as [FakeMember];
    await a.memory.put('x', 'other', 1);
    const written = await a.memory.put('n/s', 'k', 1);
    expect(written.version).toBe(`${a.session}.2.0`);
    expect(written.id).toBe(entryId('n/s', 'k'));
    expect(written.id).toMatch(/^[0-9a-f]{32}$/);
    expect(entryId('a', 'b')).not.toBe(entryId('', 'a/b'));
  });

  it('R6: a forged ring of parents and a version that names itself still show an entry', async () => {
    const session = '11'.repeat(16);
    const ref = (seq: number): VersionRef => ({ session, seq, index: 0 });
    const forged = (seq: number, parents: VersionRef[]): Delta => {
      const record: VersionRecord = {
        ...{ type: 'version', operation: 'created', parents, namespace: '', key: `${seq}` },
        ...{ value: 1, media: 2, attributes: '', ...(seq < 3 && { key: 'ring' }) },
      };
      const salted = new Uint8Array(17).fill(48 + seq);
      return {
        ...{
          session,
          author: 'aa'.repeat(16),
          seq,
          hlc: seq,
          kind: deltaKind.records,
          document: '',
        },
        ...{ body: encodeRecords([record]), hash: new Uint8Array(32) },
        values: [{ hash: `${seq}`, size: 1, salted }],
      };
    };
    const [reader] = fakeRoom('r').members as [FakeMember];
    reader.memory.apply([forged(1, [ref(2)]), forged(2, [ref(1)]), forged(3, [ref(3)])], false);
    expect(await reader.memory.get('', 'ring')).toMatchObject({ value: '2', conflict: false });
    expect(await reader.memory.get('', '3')).toMatchObject({ value: '3' });
    await reader.memory.put('', 'ring', 'mended');
    expect(await reader.memory.get('', 'ring')).toMatchObject({ value: 'mended' });
  });

  it('R7: records of unknown types and deltas of other kinds show nothing', () => {
    const [a] = fakeRoom('a').members as [FakeMember];
    const body = encodeRecords([{ type: 'unknown', code: 200, content: new Uint8Array(3) }]);
    const delta = { session: 'ab'.repeat(16), author: 'cd'.repeat(16), seq: 1, hlc: 1 };
    const rest = { document: '', body, values: [], hash: new Uint8Array(32) };
    a.memory.apply([{ ...delta, ...rest, kind: deltaKind.records }], false);
    a.memory.apply([{ ...delta, ...rest, seq: 2, kind: deltaKind.yjs }], false);
    expect(a.memory.size).toBe(0);
  });
});
