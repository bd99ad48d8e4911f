import type { InEvent } from '@grapevine/gossip';
import { seededRandom } from '@grapevine/ports/conformance';
import { createRoomLink, formatRoomLink } from '@grapevine/replica';
import { expect, it, onTestFinished } from 'vitest';
import { createEffects, type Parts } from './effects.ts';
import { identify } from './testing/scripted-member.ts';
import { ValueRequests } from './value-requests.ts';

const feedOf = 'ab'.repeat(16);
const feed = { session: feedOf, seq: 3, leaf: new Uint8Array(16), ended: false };

const { session } = await identify(formatRoomLink(createRoomLink(seededRandom(1))), 1);

/** Effects over parts of which only those given work. */
function create(broken: { [Name in keyof Parts]?: Partial<Parts[Name]> }) {
  const told: InEvent[] = [];
  const driver = { handle: (event: InEvent) => void told.push(event) };
  const log = { feed: () => feed };
  const requests = new ValueRequests(driver.handle);
  const parts: Pick<Partial<Parts>, never> = { driver, log, ...broken };
  const nothing = () => undefined;
  const options = { requests, session, onSync: nothing, onMembers: nothing, onCameIn: nothing };
  return { told, effects: createEffects(parts as Parts, options) };
}

const turn = () => new Promise((resolve) => void setTimeout(resolve));

/** What reaches the page's error handler during the test. */
function catchUncaught(): readonly unknown[] {
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

it('a value that storage cannot give is answered as missing', async () => {
  const { told, effects } = create({ values: { read: () => Promise.reject(new Error('gone')) } });
  effects.readValue({ type: 'readValue', id: 7, hash: 'ff', offset: 0, length: 9 });
  await turn();
  expect(told).toEqual([{ type: 'valueRead', id: 7, bytes: undefined, size: 0 }]);
});

it('a run whose check fails for a bug of ours is answered all the same, and the bug is seen', async () => {
  const seen = catchUncaught();
  const { told, effects } = create({ ledger: { receive: () => Promise.reject(new Error('bug')) } });
  const bytes = new Uint8Array();
  effects.validate({
    type: 'validate',
    id: 8,
    link: 1,
    what: 'run',
    session: feedOf,
    bytes,
    repair: false,
  });
  await turn();
  expect(told).toEqual([{ type: 'validated', id: 8, verdict: 'known', feed }]);
  expect(seen.map(String)).toEqual(['Error: bug']);
});

it('G10: a value that came whole and wrong is wanted again without being dropped first', () => {
  const { told, effects } = create({ values: { receive: () => 'bad' } });
  const bytes = new Uint8Array(4);
  effects.valueChunk({ type: 'valueChunk', hash: 'ff', size: 4, offset: 0, bytes });
  expect(told).toEqual([{ type: 'wantValue', hash: 'ff', bytes: 4 }]);
});

it('a signature is asked of the session, and a claim that could not be checked is answered by neither yes nor no', async () => {
  const seen = catchUncaught();
  const verify = () => Promise.reject(new Error('bug'));
  const { told, effects } = create({ authorKeys: { verify } });
  const bytes = Uint8Array.of(1, 2);
  effects.sign({ type: 'sign', id: 3, bytes });
  const claim = { member: feedOf, proof: undefined, bytes, signature: new Uint8Array(64) };
  effects.verify({ type: 'verify', id: 4, ...claim });
  while (told.length < 2) await turn();
  expect(told).toContainEqual({ type: 'verified', id: 4, ok: undefined });
  expect(told).toContainEqual({ type: 'signed', id: 3, signature: await session.key.sign(bytes) });
  await turn();
  expect(seen.map(String)).toEqual(['Error: bug']);
});
