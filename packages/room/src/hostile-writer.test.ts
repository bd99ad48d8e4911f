import { seededRandom } from '@grapevine/ports/conformance';
import {
  clientIdOf,
  createRoomLink,
  deriveRoomKeys,
  detachedBody,
  inlineBody,
  openSession,
  type DeltaDraft,
} from '@grapevine/replica';
import { Writer } from '@grapevine/wire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { frameType, run } from './testing/frames.ts';
import { codes, note, scene, unharmed } from './testing/scene.ts';
import { anyLog } from './testing/scripted-member.ts';

const uncaught: unknown[] = [];
const see = (error: unknown): void => void uncaught.push(error);

beforeEach(() => {
  uncaught.length = 0;
  process.on('unhandledRejection', see).on('uncaughtException', see);
});

afterEach(() => {
  process.off('unhandledRejection', see).off('uncaughtException', see);
  expect(uncaught).toEqual([]);
});

/** y-protocols sync message of an update. */
function syncUpdate(update: Uint8Array): Uint8Array {
  return inlineBody(new Writer().varint(2).varbytes(update).done());
}

function typed(client: number, text = 'x'): Y.Doc {
  const doc = new Y.Doc();
  doc.clientID = client;
  doc.getText('body').insert(0, text);
  return doc;
}

function page(body: Uint8Array): Partial<DeltaDraft> {
  return { kind: 2, document: 'page', body };
}

function gap(client: number): Uint8Array {
  const doc = typed(client, 'abc');
  const before = Y.encodeStateVector(doc);
  doc.getText('body').insert(3, 'def');
  return Y.encodeStateAsUpdate(doc, before);
}

/** An update that deletes one character and nothing else. */
function deletion(client: number, clock: number): Uint8Array {
  return new Writer().varint(0).varint(1).varint(client).varint(1).varint(clock).varint(1).done();
}

describe('what is signed but breaks the rules ends its feed, and the prefix stays', () => {
  const bad: [string, (client: number) => Partial<DeltaDraft>][] = [
    ['L8: records without a body', () => ({ body: new Uint8Array() })],
    ['R1: an unknown operation', () => ({ body: Uint8Array.of(1, 3, 99, 0, 0) })],
    ['R2: a record cut short', () => ({ body: note('x', 'y').body.slice(0, -3) })],
    [
      'Y2: an update of a foreign clientID',
      () => page(syncUpdate(Y.encodeStateAsUpdate(typed(clientIdOf('ab'.repeat(16)))))),
    ],
    ['Y2: a gap in its clocks', (client) => page(syncUpdate(gap(client)))],
    ['Y2: V2 bytes', (client) => page(syncUpdate(Y.encodeStateAsUpdateV2(typed(client))))],
    ['Y2: deletions beyond its own clock', (client) => page(syncUpdate(deletion(client, 50)))],
    ['Y2: a detached message without a value', () => page(detachedBody({ first: 0, next: 4 }))],
  ];

  it.each(bad)('%s', async (_name, make) => {
    const all = await scene();
    const { world, ann, bob, mallory } = all;
    const { log } = mallory;
    const runs = [...(await mallory.write(log, note('mallory', 'valid')))];
    runs.push(...(await mallory.write(log, make(clientIdOf(mallory.id)))));
    mallory.linkTo(ann.room.self.id)?.sendRuns(runs);
    await world.until('both ended the feed', () =>
      [ann, bob].every((member) => codes(member).includes('feed-ended')),
    );
    expect(codes(ann)).toEqual(['feed-ended']);
    await world.shows('mallory', 'valid', ann, bob);
    await unharmed(all);
    await ann.room.leave();
    const again = await world.join(ann.room.link, { name: 'Ann', home: ann.home });
    expect((await again.room.get('notes', 'mallory'))?.value).toBe('valid');
  });
});

describe('deletions of what another has not typed yet', () => {
  it('Y4: do not erase it when it comes', async () => {
    const all = await scene();
    const { world, ann, bob, mallory } = all;
    const victim = clientIdOf(ann.room.self.id);
    const ahead = new Writer().varint(0).varint(1).varint(victim).varint(1).varint(0).varint(99);
    const runs = await mallory.write(mallory.log, page(syncUpdate(ahead.done())));
    mallory.linkTo(bob.room.self.id)?.sendRuns(runs);
    const [a, b] = [ann, bob].map(({ room }) => room.doc('page').getText('body'));
    await world.until('Ann has it', () => ann.room.stats().deltasReceived > 0);
    a?.insert(0, 'still here');
    await world.until('Bob reads it', () => b?.toJSON() === 'still here');
    expect(a?.toJSON()).toBe('still here');
    // Once all it names is there, it is clear that it knew none of it.
    const more = '!'.repeat(100);
    a?.insert(10, more);
    await world.until('Bob reads all', () => b?.toJSON() === `still here${more}`);
    await unharmed(all);
    expect(codes(ann)).toEqual([]);
  });
});

describe('runs', () => {
  it('L1: of a forged opening close the link and leave no trace', async () => {
    const all = await scene();
    const { world, ann, mallory } = all;
    const link = await mallory.linkedTo(world, ann.room.self.id);
    const [first] = await mallory.write(mallory.log, note('mallory', 'forged'));
    if (!first) throw new Error('a run');
    const bytes = first.bytes.slice();
    bytes[bytes.length - 1] = ~(bytes.at(-1) ?? 0);
    link.sendRuns([{ ...first, bytes }]);
    await world.until('the link is closed', () => !link.isOpen);
    expect(await ann.room.get('notes', 'mallory')).toBeUndefined();
    await unharmed(all);
  });

  it('L11: in the name of an author here, with a signature that does not hold, change nothing', async () => {
    const all = await scene();
    const { world, ann, bob, mallory } = all;
    const link = await mallory.linkedTo(world, bob.room.self.id);
    const [first] = await mallory.write(mallory.log, note('a', '1'), note('b', '2'));
    if (!first) throw new Error('a run');
    const [from] = new Writer().varint(4).done();
    const stolen = first.bytes.slice();
    stolen[0] = from ?? 0;
    const number = link.name(ann.room.self.id);
    link.send(run(number, stolen));
    await world.until('Bob asks for the feed', () =>
      link.received.some(({ type }) => type === frameType.want),
    );
    expect(await bob.room.get('notes', 'a')).toBeUndefined();
    await unharmed(all);
    expect(codes(bob)).toEqual([]);
  });

  it('of another room close the link', async () => {
    const all = await scene();
    const { world, ann, mallory } = all;
    const keys = await deriveRoomKeys(createRoomLink(seededRandom(4)), mallory.crypto);
    const session = await openSession(keys, mallory.session.key, seededRandom(5));
    const log = anyLog(keys, mallory.crypto);
    log.author(session, [{ document: '', ...note('other', 'room') }], (hlc) => hlc + 1);
    const { runs } = await log.seal(session);
    const link = await mallory.linkedTo(world, ann.room.self.id);
    link.sendRuns(runs);
    await world.until('the link is closed', () => !link.isOpen);
    expect(await ann.room.get('notes', 'other')).toBeUndefined();
    await unharmed(all);
  });

  it('L9: that fork their own feed end it everywhere, at the same place', async () => {
    const all = await scene();
    const { world, ann, bob, mallory } = all;
    const [one, two] = [mallory.log, anyLog(mallory.keys, mallory.crypto)];
    const now = world.clock.now() * 1_024;
    const write = async (log: typeof one, text: string) => {
      mallory.setHlc(now);
      const common = await mallory.write(log, note('common', 'before'));
      return [...common, ...(await mallory.write(log, note('fork', text)))];
    };
    const [toAnn, toBob] = [await write(one, 'to Ann'), await write(two, 'to Bob')];
    // At once: whoever has heard one of them from the other already does not look at the second.
    mallory.linkTo(ann.room.self.id)?.sendRuns(toAnn);
    mallory.linkTo(bob.room.self.id)?.sendRuns(toBob);
    await world.until('both ended the feed', () =>
      [ann, bob].every((member) => codes(member).includes('feed-ended')),
    );
    await world.shows('common', 'before', ann, bob);
    for (const { room } of [ann, bob]) {
      await world.until('the fork is gone', async () => !(await room.get('notes', 'fork')));
    }
    await unharmed(all);
  });
});
