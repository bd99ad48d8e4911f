import { GrapevineError, toHex } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import { afterEach, describe, expect, it } from 'vitest';
import type { DeltaRow, EndRow, Storage, StoredRoom } from '../storage.ts';
import { freshSession, freshTopic, randomBytes } from './fresh.ts';

/** What an adapter brings to the suite. */
export interface StorageSetup {
  /** Another storage of the same device, as another tab of the profile would make one. The suite closes it. */
  createStorage: () => Storage;
}

/** A row of the right shape. */
export function deltaRow(session: SessionId, seq: number, length = 64): DeltaRow {
  const signature = seq % 2 === 0 ? randomBytes(64) : undefined;
  return { session, seq, bytes: randomBytes(length), hash: randomBytes(32), signature };
}

export function deltaRows(session: SessionId, from: number, to: number): DeltaRow[] {
  return Array.from({ length: to - from + 1 }, (_, i) => deltaRow(session, from + i));
}

function noProblem(problem: unknown): void {
  if (problem !== undefined) throw new Error(`a problem: ${JSON.stringify(problem)}`);
}

interface Device {
  /** Opens a room in another tab. */
  open(topic: string): Promise<{ storage: Storage; room: StoredRoom }>;
  /** What a tab opened now would load. */
  load(topic: string): Promise<StoredRoom>;
}

/** What every Storage must do (`../storage.ts`). */
export function runStorageTests(name: string, setup: () => StorageSetup): void {
  describe(`${name} as a Storage`, () => {
    const { createStorage } = setup();
    const opened: Storage[] = [];
    const device: Device = {
      async open(topic) {
        const storage = createStorage();
        opened.push(storage);
        return { storage, room: await storage.open(topic, noProblem) };
      },
      async load(topic) {
        return (await device.open(topic)).room;
      },
    };

    afterEach(async () => {
      await Promise.all(opened.splice(0).map((storage) => storage.close()));
    });

    testsOfRows(device);
    testsOfReplacing(device);
    testsOfTruncating(device);
    testsOfValuesAndSettings(device);
    testsOfTabs(device);
    testsOfLife(createStorage);
  });
}

function testsOfRows(device: Device): void {
  it('a room nobody wrote to is empty', async () => {
    const { storage, room } = await device.open(freshTopic());
    expect(room).toEqual({ deltas: [], ends: [], values: [], damaged: 0 });
    expect(await storage.readSetting('name')).toBeUndefined();
    expect(await storage.readValue('00'.repeat(32))).toBeUndefined();
  });

  it('gives back what was written, ascending by session and seq', async () => {
    const topic = freshTopic();
    const { storage } = await device.open(topic);
    const [low, high] = [freshSession(), freshSession()].sort() as [SessionId, SessionId];
    const rows = [...deltaRows(low, 1, 12), ...deltaRows(high, 1, 3)];
    const ends: EndRow[] = [{ session: low, bytes: randomBytes(9) }];
    await storage.write({ deltas: [...rows].reverse(), ends });
    expect(await device.load(topic)).toEqual({ deltas: rows, ends, values: [], damaged: 0 });
  });

  it('keeps rooms apart', async () => {
    const { storage } = await device.open(freshTopic());
    await storage.write({ deltas: deltaRows(freshSession(), 1, 3) });
    await storage.writeSetting('name', 'one');
    const other = await device.open(freshTopic());
    expect(other.room.deltas).toEqual([]);
    expect(await other.storage.readSetting('name')).toBeUndefined();
  });

  it('takes many writes at once, some with gaps between their rows', async () => {
    const topic = freshTopic();
    const { storage } = await device.open(topic);
    const session = freshSession();
    const rows = deltaRows(session, 1, 300);
    const odd = rows.filter((row) => row.seq % 2 === 1);
    await Promise.all(odd.map((row) => storage.write({ deltas: [row] })));
    expect((await device.load(topic)).deltas).toEqual(odd);
    await Promise.all(rows.map((row) => storage.write({ deltas: [row] })));
    expect((await device.load(topic)).deltas).toEqual(rows);
  });

  it('stores what the caller gave, not what its buffers hold later', async () => {
    const topic = freshTopic();
    const { storage } = await device.open(topic);
    const frame = randomBytes(65_536);
    const row = { ...deltaRow(freshSession(), 1), bytes: frame.subarray(10, 50) };
    const expected = { ...row, bytes: row.bytes.slice() };
    const written = storage.write({ deltas: [row] });
    frame.fill(0);
    await written;
    const [stored] = (await device.load(topic)).deltas;
    expect(stored).toEqual(expected);
    expect(stored?.bytes.buffer.byteLength).toBe(40);
  });
}

function testsOfReplacing(device: Device): void {
  it('a row that is there already stays as it is', async () => {
    const topic = freshTopic();
    const { storage } = await device.open(topic);
    const session = freshSession();
    const rows = deltaRows(session, 1, 4);
    const ends = [{ session, bytes: randomBytes(9) }];
    await storage.write({ deltas: rows, ends });
    const others = deltaRows(session, 1, 6);
    await storage.write({ deltas: others, ends: [{ session, bytes: randomBytes(9) }] });
    const room = await device.load(topic);
    expect(room.deltas).toEqual([...rows, ...others.slice(4)]);
    expect(room.ends).toEqual(ends);
  });

  it('of two writes of one row in one task the first holds', async () => {
    const topic = freshTopic();
    const { storage } = await device.open(topic);
    const session = freshSession();
    const [one, other] = [deltaRow(session, 1), deltaRow(session, 1)];
    await Promise.all([storage.write({ deltas: [one] }), storage.write({ deltas: [other] })]);
    expect((await device.load(topic)).deltas).toEqual([one]);
  });

  it('replaces rows where asked to', async () => {
    const topic = freshTopic();
    const { storage } = await device.open(topic);
    const session = freshSession();
    await storage.write({
      deltas: deltaRows(session, 1, 4),
      ends: [{ session, bytes: randomBytes(9) }],
    });
    const rows = deltaRows(session, 1, 4);
    const ends = [{ session, bytes: randomBytes(9) }];
    await storage.write({ deltas: rows, ends, replace: true });
    const room = await device.load(topic);
    expect(room.deltas).toEqual(rows);
    expect(room.ends).toEqual(ends);
  });
}

function testsOfTruncating(device: Device): void {
  it('L10: drops the deltas of one session from a seq on, and stores the end mark with it', async () => {
    const topic = freshTopic();
    const { storage } = await device.open(topic);
    const [ended, other] = [freshSession(), freshSession()];
    const rows = deltaRows(ended, 1, 12);
    const others = deltaRows(other, 1, 12);
    await storage.write({ deltas: [...rows, ...others] });
    const ends = [{ session: ended, bytes: randomBytes(9) }];
    await storage.write({ ends, truncate: { session: ended, seq: 5 } });
    const room = await device.load(topic);
    expect(room.deltas.filter((row) => row.session === ended)).toEqual(rows.slice(0, 4));
    expect(room.deltas.filter((row) => row.session === other)).toEqual(others);
    expect(room.ends).toEqual(ends);
  });

  it('writes of one task take effect in their order, a batch truncating before it writes', async () => {
    const topic = freshTopic();
    const { storage } = await device.open(topic);
    const session = freshSession();
    const first = deltaRows(session, 1, 5);
    const second = deltaRows(session, 3, 4);
    await Promise.all([
      storage.write({ deltas: first }),
      storage.write({ deltas: second, truncate: { session, seq: 3 } }),
    ]);
    expect((await device.load(topic)).deltas).toEqual([...first.slice(0, 2), ...second]);
  });

  it('truncating what is not there does nothing', async () => {
    const topic = freshTopic();
    const { storage } = await device.open(topic);
    await storage.write({ truncate: { session: freshSession(), seq: 1 } });
    expect((await device.load(topic)).deltas).toEqual([]);
  });
}

function testsOfValuesAndSettings(device: Device): void {
  it('keeps values by their hash and names those it has', async () => {
    const topic = freshTopic();
    const { storage } = await device.open(topic);
    const hashes = [toHex(randomBytes(32)), toHex(randomBytes(32))].sort();
    const [one, other] = [randomBytes(60_000), randomBytes(16)];
    await Promise.all([
      storage.writeValue(hashes[0] as string, one),
      storage.writeValue(hashes[1] as string, other),
      storage.writeValue(hashes[0] as string, one),
    ]);
    const again = await device.open(topic);
    expect(again.room.values).toEqual(hashes);
    expect(await again.storage.readValue(hashes[0] as string)).toEqual(one);
    expect(await again.storage.readValue(hashes[1] as string)).toEqual(other);
    expect(await again.storage.readValue(toHex(randomBytes(32)))).toBeUndefined();
  });

  it('damaged bytes of a value are replaced by writing it again', async () => {
    const topic = freshTopic();
    const { storage } = await device.open(topic);
    const hash = toHex(randomBytes(32));
    await storage.writeValue(hash, randomBytes(64));
    const whole = randomBytes(64);
    await storage.writeValue(hash, whole);
    expect(await (await device.open(topic)).storage.readValue(hash)).toEqual(whole);
  });

  it('a value and a setting can be read before they are durable', async () => {
    const { storage } = await device.open(freshTopic());
    const hash = toHex(randomBytes(32));
    const bytes = randomBytes(64);
    const writing = [storage.writeValue(hash, bytes), storage.writeSetting('name', 'new')];
    expect(await storage.readValue(hash)).toEqual(bytes);
    expect(await storage.readSetting('name')).toBe('new');
    await Promise.all(writing);
    expect(await storage.readValue(hash)).toEqual(bytes);
  });

  it('settings are replaced, and take whatever can be cloned', async () => {
    const topic = freshTopic();
    const { storage } = await device.open(topic);
    await storage.writeSetting('name', 'one');
    await Promise.all([storage.writeSetting('name', 'two'), storage.writeSetting('name', 'three')]);
    const shape = { list: [1, new Date(0)], bytes: randomBytes(3), map: new Map([['a', 1n]]) };
    await storage.writeSetting('shape', shape);
    const again = await device.open(topic);
    expect(await again.storage.readSetting('name')).toBe('three');
    expect(await again.storage.readSetting('shape')).toEqual(shape);
  });

  it('a key that cannot be extracted can still be used after a reload', async () => {
    const topic = freshTopic();
    const { storage } = await device.open(topic);
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ]);
    const algorithm = { name: 'AES-GCM', iv: new Uint8Array(12) };
    const sealed = await crypto.subtle.encrypt(algorithm, key, Uint8Array.of(1, 2, 3));
    await storage.writeSetting('key', key);
    const stored = await (await device.open(topic)).storage.readSetting('key');
    if (!(stored instanceof CryptoKey)) throw new Error('expected a CryptoKey');
    expect(stored.extractable).toBe(false);
    const plain = await crypto.subtle.decrypt(algorithm, stored, sealed);
    expect(new Uint8Array(plain)).toEqual(Uint8Array.of(1, 2, 3));
  });
}

function testsOfTabs(device: Device): void {
  it('tabs that store the same rows at once store each of them once', async () => {
    const topic = freshTopic();
    const tabs = await Promise.all([1, 2, 3].map(() => device.open(topic)));
    const rows = deltaRows(freshSession(), 1, 40);
    await Promise.all(
      tabs.flatMap(({ storage }) => rows.map((row) => storage.write({ deltas: [row] }))),
    );
    expect((await device.load(topic)).deltas).toEqual(rows);
  });

  it('what one tab wrote another reads, also when it opened before there was anything', async () => {
    const topic = freshTopic();
    const early = await device.open(topic);
    const writer = await device.open(topic);
    const hash = toHex(randomBytes(32));
    const bytes = randomBytes(32);
    await writer.storage.writeSetting('name', 'shared');
    await writer.storage.writeValue(hash, bytes);
    expect(await early.storage.readSetting('name')).toBe('shared');
    expect(await early.storage.readValue(hash)).toEqual(bytes);
  });
}

function testsOfLife(createStorage: () => Storage): void {
  it('closing saves what was written just before', async () => {
    const topic = freshTopic();
    const rows = deltaRows(freshSession(), 1, 3);
    const first = createStorage();
    await first.open(topic, noProblem);
    const written = first.write({ deltas: rows });
    await Promise.all([written, first.close()]);
    const second = createStorage();
    expect((await second.open(topic, noProblem)).deltas).toEqual(rows);
    await second.close();
  });

  it('opens again after a close, also another room', async () => {
    const [one, other] = [freshTopic(), freshTopic()];
    const rows = deltaRows(freshSession(), 1, 3);
    const storage = createStorage();
    await storage.open(one, noProblem);
    await storage.write({ deltas: rows });
    await storage.close();
    expect((await storage.open(other, noProblem)).deltas).toEqual([]);
    await storage.close();
    expect((await storage.open(one, noProblem)).deltas).toEqual(rows);
    await storage.close();
  });

  it('refuses with a typed error while it is not open, and to open twice', async () => {
    const storage = createStorage();
    const codeOf = async (doing: Promise<unknown>): Promise<string> => {
      const error: unknown = await doing.catch((reason: unknown) => reason);
      return error instanceof GrapevineError ? error.code : 'no GrapevineError';
    };
    expect(await codeOf(storage.write({}))).toBe('storage-closed');
    expect(await codeOf(storage.readValue('00'.repeat(32)))).toBe('storage-closed');
    expect(await codeOf(storage.writeSetting('name', 1))).toBe('storage-closed');
    await storage.open(freshTopic(), noProblem);
    expect(await codeOf(storage.open(freshTopic(), noProblem))).toBe('storage-open');
    await storage.close();
    await storage.close();
    expect(await codeOf(storage.readSetting('name'))).toBe('storage-closed');
  });
}
