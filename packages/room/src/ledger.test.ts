import type { Feed, Run } from '@grapevine/gossip';
import { createMemoryDevice, createVirtualClock, seededRandom } from '@grapevine/ports/conformance';
import { createRoomLink, formatRoomLink, type Delta, type Log } from '@grapevine/replica';
import { expect, it, onTestFinished } from 'vitest';
import { Ledger, type View } from './ledger.ts';
import { Problems } from './problems.ts';
import { FakeStorage } from './testing/fake-storage.ts';
import { anyLog, identify } from './testing/scripted-member.ts';
import { codeOf } from './testing/world.ts';
import { Values } from './values.ts';

const link = formatRoomLink(createRoomLink(seededRandom(1)));
const draft = (text: string) => ({ kind: 1, document: '', body: new TextEncoder().encode(text) });

async function create(views: View[] = [], given?: Log) {
  const { keys, session, crypto } = await identify(link, 3);
  const storage = new FakeStorage(createMemoryDevice());
  const stored = await storage.open(keys.topicText, () => undefined);
  const problems = new Problems(() => undefined);
  const log = given ?? anyLog(keys, crypto);
  const wanted: string[] = [];
  const unwanted: string[] = [];
  const sealed: { feed: Feed; runs: readonly Run[] }[] = [];
  const values = new Values(storage, (hash) => void wanted.push(hash));
  const ledger = new Ledger({
    log,
    storage,
    values,
    session,
    clock: createVirtualClock(),
    random: seededRandom(2),
    problems,
    views,
    onSealed: (feed, runs) => sealed.push({ feed, runs }),
    onUnwanted: (hash) => unwanted.push(hash),
    onFirstWrite: () => storage.writeSetting('author-key', 'kept'),
  });
  await ledger.restore(stored);
  return { ledger, log, storage, problems, session, keys, crypto, sealed, wanted, unwanted };
}

/** Errors that reach the page's handler until the test is over. */
function uncaught(): unknown[] {
  const seen: unknown[] = [];
  const see = (error: unknown): void => void seen.push(error);
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', see);
  onTestFinished(() => {
    process.off('uncaughtException', see);
    for (const other of others) process.on('uncaughtException', other);
  });
  return seen;
}

it('writes made together share a signature, and `sealed` waits for it but not for the disk', async () => {
  const { ledger, storage, sealed } = await create();
  let release = () => undefined as void;
  storage.beforeWrite = () => new Promise((resolve) => (release = resolve));
  let saved = 0;
  const appends = ['a', 'b', 'c'].map(async (text) => {
    await ledger.append(draft(text), []);
    saved++;
  });
  await ledger.sealed();
  expect(sealed.map(({ runs }) => runs.length)).toEqual([1]);
  expect(sealed[0]?.feed.seq).toBe(4);
  expect(saved).toBe(0);
  release();
  await Promise.all(appends);
  expect(saved).toBe(3);
});

it('a first write that could not be saved does not fail the ones after it', async () => {
  const { ledger, storage } = await create();
  storage.fill();
  expect(await codeOf(ledger.append(draft('a'), []))).toBe('storage-full');
  await storage.makeRoom();
  await ledger.append(draft('b'), []);
  expect(await storage.readSetting('author-key')).toBe('kept');
});

it('a view that throws costs neither the others nor the disk what came, and its error is seen', async () => {
  const seen = uncaught();
  const shown: Delta[] = [];
  const broken: View = {
    apply: () => {
      throw new Error('a bug of a view');
    },
    retract: () => undefined,
    valueArrived: () => undefined,
  };
  const sound = { ...broken, apply: (deltas: readonly Delta[]) => void shown.push(...deltas) };
  const { ledger, storage, keys, crypto } = await create([broken, sound]);
  const other = await identify(link, 4);
  const log = anyLog(keys, crypto);
  log.author(other.session, [{ ...draft('a'), values: [] }], (hlc) => hlc + 1);
  const [run] = (await log.seal(other.session)).runs;
  if (!run) throw new Error('a run');
  const verdict = await ledger.receive('run', run.session, run.bytes);
  expect(verdict.verdict).toBe('accept');
  expect(shown).toHaveLength(2);
  ledger.flush();
  await new Promise((resolve) => void setTimeout(resolve));
  expect(storage.writes).toBe(1);
  expect(seen.map(String)).toEqual(['Error: a bug of a view']);
});

it('tells apart the end of our own feed, after which only a reload helps', async () => {
  const { ledger, problems, session, keys, crypto } = await create();
  const written = await ledger.append(draft('ours'), []);
  const twin = anyLog(keys, crypto);
  const times = [1, written.hlc];
  twin.author(session, [{ ...draft('of a copy'), values: [] }], () => times.shift() ?? 0);
  const [run] = (await twin.seal(session)).runs;
  if (!run) throw new Error('a run');
  const verdict = await ledger.receive('run', session.id, run.bytes);
  expect(verdict.verdict).toBe('accept');
  expect(problems.list().map(({ code, action }) => [code, /reload/.test(action)])).toEqual([
    ['feed-ended', true],
  ]);
  expect(await codeOf(ledger.append(draft('more'), []))).toBe('feed-ended');
});

it('of very many deltas on disk those ahead are withheld, and no more of a feed than it must be', async () => {
  const now = createVirtualClock().now();
  const dayMs = 24 * 60 * 60 * 1_000;
  const count = 300_000;
  const shown: number[] = [];
  const view: View = {
    apply: (deltas) => shown.push(deltas.length),
    retract: () => undefined,
    valueArrived: () => undefined,
  };
  const at = (seq: number): Delta => ({
    session: 'ab'.repeat(16),
    author: 'cd'.repeat(16),
    seq,
    hlc: (now + (seq > count / 2 ? 9 * dayMs : 0)) * 1_024 + seq,
    kind: 1,
    document: '',
    body: new Uint8Array(),
    values: [],
    hash: new Uint8Array(32),
  });
  const deltas = Array.from({ length: count }, (_, i) => at(i + 1));
  const log: Partial<Log> = {
    restore: () => Promise.resolve({ deltas, dropped: [] }),
    *feeds() {},
  };
  const { ledger } = await create([view], log as Log);
  expect(shown).toEqual([count / 2]);
  expect(ledger.isWithheld(at(count / 2))).toBe(false);
  expect(ledger.isWithheld(at(count / 2 + 1))).toBe(true);
});
