import { encodeRecords } from '@grapevine/memory';
import { freshSession, seededRandom } from '@grapevine/ports/conformance';
import { clientIdOf, sha256 } from '@grapevine/replica';
import { concat, limits, sessionIdToBytes, toHex, Writer, type SessionId } from '@grapevine/wire';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  card,
  ephemeral,
  frameType,
  hello,
  message,
  names,
  readValueWant,
  run,
  valueChunk,
} from './testing/frames.ts';
import { codes, note, salt, scene, unharmed } from './testing/scene.ts';
import { anyLog, identify, ScriptedMember, scriptMember } from './testing/scripted-member.ts';
import { World } from './testing/world.ts';

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

describe('frames', () => {
  it('before the handshake are not read', async () => {
    const world = new World();
    const ann = await world.join(undefined, { name: 'Ann' });
    const mallory = await scriptMember(world, ann.room.link);
    let isClosed = false;
    mallory.onRaw = (link) => {
      link.onClose = () => {
        isClosed = true;
      };
      link.send(hello());
      link.send(concat(names(mallory.id), run(0, Uint8Array.of(1, 2, 3))));
    };
    await world.until('the link is closed', () => isClosed);
    expect(ann.room.stats().framesReceived).toBe(0);
    expect(ann.room.members()).toHaveLength(1);
    mallory.stop();
  });

  it('S4: of whoever says nothing are waited for 5 s and no longer', async () => {
    const world = new World();
    const ann = await world.join(undefined, { name: 'Ann' });
    const mallory = await scriptMember(world, ann.room.link);
    const closedAt: number[] = [];
    let openedAt = 0;
    mallory.onRaw = (link) => {
      if (openedAt > 0) return;
      openedAt = world.clock.monotonic();
      link.onClose = () => closedAt.push(world.clock.monotonic() - openedAt);
    };
    await world.until('the link is closed', () => closedAt.length > 0);
    expect(closedAt[0]).toBeGreaterThanOrEqual(5_000);
    expect(closedAt[0]).toBeLessThan(5_100);
    mallory.stop();
  });

  it('S4: of a session id that belongs to another key are not read', async () => {
    const world = new World();
    const ann = await world.join(undefined, { name: 'Ann' });
    const { keys, session, crypto } = await identify(ann.room.link, 9);
    const mallory = new ScriptedMember(world, keys, { ...session, id: freshSession() }, crypto);
    await world.until('a link was tried', () => ann.links.length > 0);
    await world.pass(1_000);
    expect(ann.room.members()).toHaveLength(1);
    expect(ann.room.stats().framesReceived).toBe(0);
    mallory.stop();
  });

  it('F2: that are random or mutated harm nobody', { timeout: 20_000 }, async () => {
    const all = await scene();
    const { world, ann, mallory } = all;
    const [valid] = await mallory.write(mallory.log, note('fuzz', 'valid'));
    const whole = concat(
      names(mallory.id, freshSession()),
      run(0, valid?.bytes ?? new Uint8Array()),
      message(frameType.have, new Writer().varint(1).varint(9).done()),
      message(frameType.want, new Writer().varint(0).varint(1).varint(9).done()),
      message(frameType.peers, sessionIdToBytes(freshSession())),
      await ephemeral(mallory.session, {}, Uint8Array.of(1, 2, 3)),
      await card(mallory.session, { incarnation: 2 }),
    );
    const mutated = fc
      .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((changes) => {
        const bytes = whole.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        return bytes;
      });
    const frame = fc.oneof(
      { weight: 3, arbitrary: mutated },
      { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 300 }) },
      { weight: 1, arbitrary: fc.nat(whole.length - 1).map((n) => whole.slice(0, n + 1)) },
    );
    for (const bytes of fc.sample(frame, { numRuns: 60, seed: 11 })) {
      const link = await mallory.linkedTo(world, ann.room.self.id);
      link.send(bytes);
      await world.turn();
    }
    await unharmed(all);
  });

  it('F2: that are too large, empty runs of messages or of unknown types do no harm', async () => {
    const all = await scene();
    const { world, ann, bob, mallory } = all;
    const link = await mallory.linkedTo(world, ann.room.self.id);
    link.send(message(200, new Uint8Array(1_000)));
    // No transport hands over more; should one do so, the link ends.
    ann.links.at(-1)?.onMessage?.(new Uint8Array(limits.frameBytes + 1).fill(200));
    await world.until('the link is closed', () => !link.isOpen);
    expect(bob.room.stats().links).toBeGreaterThan(0);
    await unharmed(all);
  });

  it('that name more members, feeds and places than there are change nothing that lasts', async () => {
    const all = await scene();
    const { world, ann, mallory } = all;
    const link = await mallory.linkedTo(world, ann.room.self.id);
    const ghosts = Array.from({ length: 500 }, () => freshSession());
    const told = ghosts.slice(0, limits.toldPeers).map(sessionIdToBytes);
    link.send(message(frameType.peers, concat(...told)));
    link.send(names(...ghosts));
    for (const [i] of ghosts.entries()) {
      link.send(
        message(
          frameType.have,
          new Writer()
            .varint(i)
            .varint(2 ** 50)
            .done(),
        ),
      );
      const [from, to] = [freshSession(), ann.room.self.id].map(sessionIdToBytes);
      if (!from || !to) throw new Error('two ids');
      const sealed = new Uint8Array(64).fill(i);
      link.send(message(frameType.signal, concat(from, to, Uint8Array.of(0), sealed)));
    }
    await world.until('Ann believes it', () => ann.room.status().pending > 0);
    await unharmed(all);
  });
});

describe('values', () => {
  const big = seededRandom(3).bytes(100_000);
  const salted = concat(salt, big);
  const hash = sha256(salted);
  const file = encodeRecords([
    {
      type: 'version',
      operation: 'created',
      parents: [],
      namespace: 'files',
      key: 'big',
      value: 1,
      media: 4,
      attributes: '',
    },
  ]);

  it('nobody asked for are dropped', async () => {
    const all = await scene();
    const { world, ann, mallory } = all;
    const link = await mallory.linkedTo(world, ann.room.self.id);
    const chunk = salted.subarray(0, 1_000);
    for (let at = 0; at < 10; at++) link.send(valueChunk(hash, salted.length, at, chunk));
    link.send(message(frameType.valueMissing, hash));
    await unharmed(all);
  });

  it('G10: with wrong bytes are asked for again, at the pace of rounds, and taken when right', async () => {
    const all = await scene();
    const { world, ann, mallory } = all;
    let lies = true;
    let asked = 0;
    mallory.onLinked = (link) => {
      link.greet();
      const { onMessage } = link;
      link.onMessage = (part) => {
        onMessage(part);
        if (part.type !== frameType.valueWant) return;
        const { hash: wanted, offset, length } = readValueWant(part.body);
        if (toHex(wanted) !== toHex(hash)) return;
        if (offset === 0) asked++;
        const bytes = salted.slice(offset, offset + length).map((b) => (lies ? b ^ 1 : b));
        for (let at = 0; at < bytes.length; at += limits.valueChunkBytes) {
          const chunk = bytes.subarray(at, at + limits.valueChunkBytes);
          link.send(valueChunk(hash, salted.length, offset + at, chunk));
        }
      };
    };
    for (const { link } of mallory.links) link.close();
    const link = await mallory.linkedTo(world, ann.room.self.id);
    link.sendRuns(await mallory.write(mallory.log, { body: file, values: [salted] }));
    const get = async () => ann.room.get('files', 'big');
    await world.until('Ann knows of it', async () => (await get())?.available === false);
    const before = asked;
    await world.pass(5_000);
    expect(asked).toBeGreaterThan(before);
    expect(asked - before).toBeLessThanOrEqual(12);
    expect((await get())?.available).toBe(false);
    lies = false;
    await world.until('the right bytes are taken', async () => (await get())?.available === true);
    expect((await get())?.value).toEqual(big);
  });

  it('of a feed that ended are no longer waited for', async () => {
    const all = await scene();
    const { world, ann, mallory } = all;
    const link = await mallory.linkedTo(world, ann.room.self.id);
    const other = anyLog(mallory.keys, mallory.crypto);
    mallory.setHlc(world.clock.now() * 1_024);
    link.sendRuns(await mallory.write(mallory.log, { body: file, values: [salted] }));
    await world.until('Ann waits for it', () => ann.room.status().pending > 0);
    mallory.setHlc(world.clock.now() * 1_024 - 5_000);
    const number = link.name(mallory.id);
    const forked = await mallory.write(other, note('a', '1'), note('b', '2'));
    for (const { bytes } of forked) link.send(run(number, bytes));
    await world.until('the feed has ended', () => codes(ann).includes('feed-ended'));
    await unharmed(all);
  });
});

describe('awareness', () => {
  it('of somebody else, malformed or too deep is ignored', async () => {
    const all = await scene();
    const { world, ann, bob, mallory } = all;
    bob.room.awareness.setLocalState({ cursor: 'of Bob' });
    const stateOf = (session: SessionId) =>
      ann.room.awareness.getStates().get(clientIdOf(session))?.['cursor'];
    await world.until('Ann sees it', () => stateOf(bob.room.self.id) === 'of Bob');
    const link = await mallory.linkedTo(world, ann.room.self.id);
    const state = (session: SessionId, json: string) =>
      new Writer().varint(1).varint(clientIdOf(session)).varint(99).varstring(json).done();
    const by = mallory.session;
    const name = link.name(by.id);
    let number = 1;
    const say = async (bytes: Uint8Array, channel = 'awareness') =>
      link.send(await ephemeral(by, { name, number: number++, channel }, bytes));
    await say(state(bob.room.self.id, '{"cursor":"spoofed"}'));
    await say(state(ann.room.self.id, '{"cursor":"spoofed"}'));
    await say(state(mallory.id, '['.repeat(5_000)));
    await say(state(mallory.id, 'not JSON'));
    await say(seededRandom(8).bytes(200));
    await say(Uint8Array.of(1), 'unheard of');
    await say(state(mallory.id, '{"cursor":"own"}'));
    await world.until('its own is shown', () => stateOf(mallory.id) === 'own');
    const forged = { name: link.name(bob.room.self.id), of: bob.room.self.id, number: 99 };
    link.send(await ephemeral(by, forged, state(bob.room.self.id, '{"cursor":"forged"}')));
    await say(state(mallory.id, '{"cursor":"after it"}'));
    await world.pass(500);
    expect(stateOf(bob.room.self.id)).toBe('of Bob');
    expect(stateOf(ann.room.self.id)).toBeUndefined();
    await unharmed(all);
    await world.until('it is gone with Mallory', () => stateOf(mallory.id) === undefined);
  });
});
