import { GrapevineError, utf8 } from '@grapevine/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock, FakeMember, collect, fakeRoom } from './testing/fake-member.ts';
import type { FolderFile, Progress, PutOptions, Value } from './types.ts';

function generated(count: number): FolderFile[] {
  return Array.from({ length: count }, (_, i) => ({
    path: `pages/part${i % 5}/note-${i}.md`,
    bytes: utf8(`# note ${i}\n\n${`line of note ${i}\n`.repeat(35)}`),
  }));
}

function alone(): FakeMember {
  return fakeRoom('a').members[0] as FakeMember;
}

async function exported({ memory }: FakeMember): Promise<string> {
  return (await collect(memory.exportJsonl())).join('');
}

describe('importing many files', () => {
  it('L4: packs them into few deltas, several on their way at once, and tells how far it is', async () => {
    // A save takes as long as several chunks take to be made.
    const save = async (): Promise<void> => {
      for (let i = 0; i < 9; i++) await new Promise((resolve) => setImmediate(resolve));
    };
    const member = new FakeMember('a', new FakeClock(), { save });
    const files = generated(1_000);
    const progress: Progress[] = [];
    const report = await member.memory.importFolder(files, files.length, {
      onProgress: (step) => progress.push(step),
    });
    expect(report).toMatchObject({ added: 1_000, problems: [], cancelled: false });
    expect(member.log.length).toBeLessThan(20);
    expect(member.mostInFlight).toBeGreaterThan(1);
    expect(member.mostInFlight).toBeLessThanOrEqual(5);
    expect(progress.length).toBeGreaterThanOrEqual(member.log.length - 1);
    expect(progress.at(-1)).toEqual({ done: 1_000, total: 1_000 });
    expect(progress.every(({ done }, i) => i === 0 || done >= (progress[i - 1]?.done ?? 0))).toBe(
      true,
    );
  });

  it('lets the page breathe', async () => {
    const { memory } = alone();
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await memory.importFolder(generated(640), 640);
    isDone = true;
    expect(turns).toBeGreaterThanOrEqual(9);
  });

  it('stops between chunks when it is cancelled, and what is in stays', async () => {
    const member = alone();
    const controller = new AbortController();
    const files = generated(1_000);
    const report = await member.memory.importFolder(files, files.length, {
      signal: controller.signal,
      onProgress: ({ done }) => void (done > 200 && controller.abort()),
    });
    expect(report.cancelled).toBe(true);
    expect(report.added).toBe(member.memory.size);
    expect(report.added).toBeGreaterThan(100);
    expect(report.added).toBeLessThan(400);
    const rest = await member.memory.importFolder(files, files.length);
    expect(rest).toMatchObject({
      added: 1_000 - report.added,
      unchanged: report.added,
      cancelled: false,
    });
  });

  it('R6: the same entry twice in one import follows on itself', async () => {
    const { memory } = alone();
    const bytes = utf8('second');
    const files = [...generated(2), { path: 'pages/part0/note-0.md', bytes }];
    expect(await memory.importFolder(files, 3)).toMatchObject({ added: 2, changed: 1 });
    expect(await memory.get('pages/part0', 'note-0')).toMatchObject({
      value: 'second',
      conflict: false,
    });
  });

  it('a full disk ends it with the error of the host', async () => {
    let saved = 0;
    const save = (): Promise<void> =>
      saved++ < 3
        ? Promise.resolve()
        : Promise.reject(new GrapevineError('storage-full', 'Full.', 'Free some.'));
    const member = new FakeMember('a', new FakeClock(), { save });
    const attempt = member.memory.importFolder(generated(1_000), 1_000);
    await expect(attempt).rejects.toMatchObject({ code: 'storage-full' });
    expect(member.log.length).toBeLessThan(12);
  });
});

const put = fc.record({
  key: fc.constantFrom('a', 'b', '__proto__', 'ключ'),
  value: fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.jsonValue().filter((value) => typeof value !== 'string'),
    fc.uint8Array({ maxLength: 20 }),
  ) as fc.Arbitrary<Value>,
  options: fc.record(
    {
      tags: fc.array(fc.string({ minLength: 1, maxLength: 5 }), { maxLength: 3 }),
      pinned: fc.boolean(),
      metadata: fc.dictionary(fc.string({ maxLength: 4 }), fc.integer()),
      expires_at: fc.constant('2031-05-05T05:05:05.000Z'),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<PutOptions>,
  who: fc.nat(1),
});

describe('JSONL', () => {
  it('an export comes back equal in another room, conflicts included, and importing it again changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(put, { maxLength: 12 }), async (puts) => {
        const [a, b] = fakeRoom('a', 'b').members as [FakeMember, FakeMember];
        for (const { key, value, options, who } of puts) {
          await [a, b][who]?.memory.put('n', key, value, options);
        }
        b.tell([a]);
        const first = await exported(a);
        const [other] = fakeRoom('other').members as [FakeMember];
        const report = await other.memory.importJsonl(first);
        expect(report).toMatchObject({ added: a.memory.size, changed: 0, problems: [] });
        expect(await exported(other)).toBe(first);
        expect(await other.memory.importJsonl(first)).toMatchObject({ unchanged: a.memory.size });
        expect(await a.memory.importJsonl(first)).toMatchObject({ unchanged: a.memory.size });
      }),
      { numRuns: 60 },
    );
  });

  it('keeps a deletion that stands against an edit', async () => {
    const [a, b, c] = fakeRoom('a', 'b', 'c').members as [FakeMember, FakeMember, FakeMember];
    await a.memory.put('', 'k', 'base');
    a.tell([b]);
    await a.memory.put('', 'k', 'edited');
    await b.memory.delete('', 'k');
    b.tell([a]);
    await c.memory.importJsonl(await exported(a));
    expect(await c.memory.get('', 'k')).toMatchObject({ conflict: true, value: 'edited' });
    expect(await exported(c)).toBe(await exported(a));
  });

  it('keeps who wrote when as origin and shows it as an import', async () => {
    const [a, b] = fakeRoom('a', 'b').members as [FakeMember, FakeMember];
    await a.memory.setProfile({ name: 'Ada', kind: 'agent' });
    await a.memory.put('', 'k', 'v');
    b.clock.ms += 86_400_000;
    await b.memory.importJsonl(await exported(a));
    expect(await b.memory.get('', 'k')).toMatchObject({
      updated_by: { id: b.author, name: 'Ada', kind: 'import' },
      updated_at: '2026-01-02T00:00:00.000Z',
      origin: {
        author: { id: a.author, name: 'Ada', kind: 'agent' },
        updated_at: '2026-01-01T00:00:00.000Z',
      },
    });
    await b.memory.put('', 'k', 'mine');
    expect(await b.memory.get('', 'k')).toMatchObject({
      updated_by: { id: b.author, kind: 'person' },
    });
    expect(await b.memory.get('', 'k')).not.toHaveProperty('origin');
  });

  it('reports broken lines by number and imports the rest', async () => {
    const { memory } = alone();
    const text = [
      '{"grapevine":"export","version":1}',
      '{"namespace":"n","key":"good","value":1}',
      '{"namespace":"n","key":"cut',
      '',
      '[]',
      '{"namespace":"n"}',
      '{"namespace":"n","key":"no value"}',
      '{"namespace":"n//x","key":"k","value":1}',
      '{"namespace":"n","key":"k","base64url":"!"}',
      '{"namespace":"n","key":"k","value":1,"candidates":[5]}',
      `{"namespace":"n","key":"k","value":1,"metadata":{"x":"${'x'.repeat(9_000)}"}}`,
      '{"namespace":"n","key":"also good","text":"t","unknown":"field","tags":[1,"t"]}',
    ].join('\r\n');
    const report = await memory.importJsonl(text);
    expect(report.added).toBe(2);
    expect(report.problems.map(({ where }) => where)).toEqual(
      [3, 5, 6, 7, 8, 9, 10, 11].map((number) => `line ${number}`),
    );
    expect(await memory.get('n', 'also good')).toMatchObject({ value: 't', tags: ['t'] });
  });

  it('refuses an export of a later version and reports a missing header', async () => {
    const { memory } = alone();
    const newer = '{"grapevine":"export","version":2}\n{"namespace":"","key":"k","value":1}\n';
    await expect(memory.importJsonl(newer)).rejects.toMatchObject({ code: 'export-newer' });
    expect(memory.size).toBe(0);
    const headless = await memory.importJsonl('{"namespace":"","key":"k","value":1}');
    expect(headless).toMatchObject({ added: 1, problems: [{ where: 'line 1' }] });
  });

  it('any text is imported without an exception', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.string(), fc.json()), { maxLength: 6 }),
        async (lines) => {
          const { memory } = alone();
          const text = ['{"grapevine":"export","version":1}', ...lines].join('\n');
          expect((await memory.importJsonl(text)).added).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('an export says how far it is and can be cancelled', async () => {
    const { memory } = alone();
    await memory.importFolder(generated(200), 200);
    const controller = new AbortController();
    const progress: Progress[] = [];
    await collect(memory.exportJsonl('', { onProgress: (step) => progress.push(step) }));
    expect(progress.at(-1)).toEqual({ done: 200, total: 200 });
    controller.abort();
    const cancelled = collect(memory.exportFolder('', { signal: controller.signal }));
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
  });
});
