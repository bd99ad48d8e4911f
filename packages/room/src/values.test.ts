import { createMemoryDevice, seededRandom } from '@grapevine/ports/conformance';
import { sha256 } from '@grapevine/replica';
import { concat, toHex } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import { FakeStorage } from './testing/fake-storage.ts';
import { World, type Joined } from './testing/world.ts';
import { Values } from './values.ts';

const random = seededRandom(5);
const chunk = random.bytes(65_536);
const fiveMiB = concat(...Array.from({ length: 80 }, (_, i) => chunk.map((byte) => byte ^ i)));

const holds = async ({ room }: Joined, value: Uint8Array) => {
  const entry = await room.get('files', 'big');
  return entry?.value instanceof Uint8Array && toHex(sha256(entry.value)) === toHex(sha256(value));
};

describe('a value of 5 MiB', () => {
  it('arrives whole while small writes go on, and counts as pending until then', async () => {
    const world = new World();
    world.delayMs = 20;
    const [ann, bob] = await world.pair();
    await ann.room.put('files', 'big', fiveMiB);
    const isKnown = async () => (await bob.room.get('files', 'big'))?.available === false;
    await world.until('Bob knows of it', isKnown);
    expect(bob.room.status().pending).toBe(1);
    expect(bob.room.status().state).toBe('catching-up');
    await ann.room.put('notes', 'small', 'meanwhile');
    await world.shows('small', 'meanwhile', bob);
    await world.until('Bob holds it', () => holds(bob, fiveMiB));
    await world.inSync(ann, bob);
    expect(bob.room.status().pending).toBe(0);
  });

  it('is finished from another holder when the one that gives it leaves half-way', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    await ann.room.put('files', 'big', fiveMiB);
    await world.until('Bob holds it', () => holds(bob, fiveMiB));
    world.delayMs = 20;
    const cyd = await world.join(ann.room.link, { name: 'Cyd' });
    const received = () => cyd.room.stats().bytesReceived;
    await world.until('it is under way', () => received() > 200_000);
    expect(received()).toBeLessThan(fiveMiB.length / 2);
    expect(cyd.room.stats().links).toBe(2);
    // Whoever gave most of it so far goes.
    const given = ({ room }: Joined) => room.stats().bytesSent;
    await (given(ann) > given(bob) ? ann : bob).room.leave();
    await world.until('Cyd holds it', () => holds(cyd, fiveMiB));
    expect(received()).toBeLessThan(1.5 * fiveMiB.length);
  });

  it('that storage lost or cannot give is fetched again from somebody who has it', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    const value = fiveMiB.subarray(0, 100_000);
    await ann.room.put('files', 'big', value);
    await world.until('Bob holds it', () => holds(bob, value));
    await bob.room.leave();
    for (const { values } of bob.home.device.values()) {
      for (const [hash, bytes] of values)
        values.set(
          hash,
          bytes.map((byte) => byte ^ 1),
        );
    }
    const alone = { name: 'Bob', home: bob.home, withoutNetwork: true };
    const offline = await world.join(ann.room.link, alone);
    expect((await offline.room.get('files', 'big'))?.available).toBe(false);
    await offline.room.leave();
    const again = await world.join(ann.room.link, { name: 'Bob', home: bob.home });
    await world.until('it has come again', () => holds(again, value));

    await again.room.leave();
    const broken = await world.join(ann.room.link, { name: 'Bob', home: bob.home });
    broken.storage.failReads = true;
    const cyd = await world.join(ann.room.link, { name: 'Cyd' });
    await world.linked(ann, broken, cyd);
    await world.until('Cyd got it from Ann', () => holds(cyd, value));
  });
});

describe('values', () => {
  const value = concat(new Uint8Array(16), Uint8Array.of(1, 2, 3));
  const hash = toHex(sha256(value));
  const by = { session: 'aa'.repeat(16), seq: 4 };

  function create() {
    const asked: string[] = [];
    const storage = new FakeStorage(createMemoryDevice());
    return { asked, storage, values: new Values(storage, (wanted) => void asked.push(wanted)) };
  }

  it('are asked for once, however many deltas name them', () => {
    const { values, asked } = create();
    values.name(hash, value.length, by);
    values.name(hash, value.length, { ...by, seq: 9 });
    expect(asked).toEqual([hash]);
  });

  it('are no longer wanted once every delta that names them is gone', () => {
    const { values } = create();
    const other = { session: 'bb'.repeat(16), seq: 2 };
    values.name(hash, value.length, by);
    values.name(hash, value.length, other);
    expect(values.retract(by.session, 5)).toEqual([]);
    expect(values.retract(by.session, 4)).toEqual([]);
    expect(values.retract(other.session, 1)).toEqual([hash]);
    expect(values.receive(hash, value.length, 0, value)).toBeUndefined();
  });

  it('G10: are taken in order and must match their hash', () => {
    const { values } = create();
    expect(values.receive(hash, value.length, 0, value)).toBeUndefined();
    values.name(hash, value.length, by);
    expect(values.receive(hash, value.length, 0, value.subarray(0, 9))).toBeUndefined();
    expect(values.receive(hash, value.length, 9, value.subarray(9))).toEqual(value);
    expect(
      values.receive(
        hash,
        value.length,
        0,
        value.map((byte) => byte ^ 1),
      ),
    ).toBe('bad');
    expect(values.receive(hash, value.length + 1, 0, value)).toBe('bad');
    expect(values.receive(hash, value.length, 7, value)).toBe('bad');
  });

  it('that were damaged on disk are read and hashed once and wanted again', async () => {
    const { values, storage, asked } = create();
    await storage.open('topic', () => undefined);
    await storage.writeValue(
      hash,
      value.map((byte) => byte ^ 1),
    );
    values.restore([hash]);
    values.name(hash, value.length, by);
    expect(asked).toEqual([]);
    let reads = 0;
    const read = storage.readValue.bind(storage);
    storage.readValue = (name) => {
      reads++;
      return read(name);
    };
    const both = await Promise.all([values.read(hash), values.read(hash)]);
    expect(both).toEqual([undefined, undefined]);
    expect(reads).toBe(1);
    expect(asked).toEqual([hash]);
  });
});
