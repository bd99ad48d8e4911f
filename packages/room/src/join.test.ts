import { createMemoryDevice, seededRandom } from '@grapevine/ports/conformance';
import { createVirtualClock } from '@grapevine/ports/conformance';
import { expect, it, vi } from 'vitest';
import { joinRoom } from './join.ts';
import { FakeStorage } from './testing/fake-storage.ts';
import { codeOf, World } from './testing/world.ts';

const link = '1w.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh91P9i3';

it.each([
  ['', 'link-missing'],
  ['https://example.org/', 'link-missing'],
  [`2${link.slice(1)}`, 'link-newer'],
  [link.slice(0, -4), 'link-truncated'],
  [link.replace('AAEC', 'AAED'), 'link-mistyped'],
  ['1x.nonsense', 'link-garbled'],
  [`https://example.org/#${link.replace('AAEC', 'A EC')}`, 'link-garbled'],
])('K2: refuses the link %j with %s, and touches nothing', async (bad, code) => {
  const world = new World();
  const { device, tabs } = world.newHome();
  expect(await codeOf(world.join(bad, { home: { device, tabs } }))).toBe(code);
  expect(device.size).toBe(0);
});

it('gives whole links where the link was whole, and opens one room from link and fragment', async () => {
  const world = new World();
  const whole = await world.join(`https://example.org/app#${link}`);
  expect(whole.room.link).toBe(`https://example.org/app#${link}`);
  expect(whole.room.readOnlyLink).toMatch(/^https:\/\/example\.org\/app#1r\./);
  const bare = await world.join(link);
  await world.linked(whole, bare);
});

it('stores nothing before the first write, and the author with it', async () => {
  const world = new World();
  const home = world.newHome();
  const { room, storage } = await world.join(undefined, { home });
  room.doc('page').getText('body');
  await room.get('notes', 'a');
  await world.pass(1_000);
  await room.leave();
  expect(storage.writes).toBe(0);
  expect(home.device.size).toBe(0);
});

it('stays the same author in a new session when the room is opened again', async () => {
  const world = new World();
  const home = world.newHome();
  const first = await world.join(link, { home });
  await first.room.put('notes', 'a', 'kept');
  await first.room.leave();
  const second = await world.join(link, { home });
  expect(second.room.self.author).toBe(first.room.self.author);
  expect(second.room.self.id).not.toBe(first.room.self.id);
  expect((await second.room.get('notes', 'a'))?.value).toBe('kept');
  const other = await world.join('1w.' + second.room.link.slice(-48), { home });
  expect(other.room.self.author).toBe(first.room.self.author);
});

it('an abort before and during the opening rejects with its reason and leaves nothing open', async () => {
  const world = new World();
  const home = world.newHome();
  const first = await world.join(link, { home });
  await first.room.put('notes', 'a', 'kept');
  await first.room.leave();

  const before = AbortSignal.abort(new Error('changed my mind'));
  await expect(world.join(link, { home, signal: before })).rejects.toThrow('changed my mind');

  const controller = new AbortController();
  const storage = new FakeStorage(home.device);
  const open = storage.open.bind(storage);
  storage.open = async (...args) => {
    controller.abort(new Error('changed my mind'));
    return open(...args);
  };
  const close = vi.fn();
  const transport = { ...world.createTransport('Ann'), close };
  const joining = world.join(link, {
    home,
    signal: controller.signal,
    ports: { storage, transports: [transport] },
  });
  await expect(joining).rejects.toThrow('changed my mind');
  expect(storage.isOpen).toBe(false);
  expect(close).toHaveBeenCalled();
  expect(world.clock.pending).toBe(0);
});

it('opens with a new author where storage cannot give the old one', async () => {
  const world = new World();
  const storage = new FakeStorage(createMemoryDevice());
  storage.readSetting = () => Promise.reject(new Error('the disk is gone'));
  const { room } = await world.join(link, { ports: { storage } });
  expect(room.self.author).toMatch(/^[0-9a-f]{32}$/);
});

it('makes nothing of the browser that was given, and needs no page', async () => {
  const made: string[] = [];
  vi.stubGlobal(
    'BroadcastChannel',
    class {
      constructor(name: string) {
        made.push(`BroadcastChannel ${name}`);
      }
    },
  );
  vi.stubGlobal(
    'RTCPeerConnection',
    class {
      constructor() {
        made.push('RTCPeerConnection');
      }
    },
  );
  vi.stubGlobal(
    'WebSocket',
    class {
      constructor(url: string) {
        made.push(`WebSocket ${url}`);
      }
    },
  );
  try {
    const storage = new FakeStorage(createMemoryDevice());
    const clock = createVirtualClock();
    const ports = { transports: [], signaling: undefined, tabs: undefined, storage, clock };
    const random = seededRandom(1);
    const room = await joinRoom(link, { ports: { ...ports, random } });
    expect(room.status()).toMatchObject({ state: 'alone', members: 1, problems: [] });
    await room.put('notes', 'a', 1);
    await room.leave();
    expect(made).toEqual([]);
  } finally {
    vi.unstubAllGlobals();
  }
});

it('is alone, without a problem, where no page says where a server is', async () => {
  const dialled: string[] = [];
  vi.stubGlobal(
    'WebSocket',
    class {
      constructor(url: string) {
        dialled.push(url);
      }
    },
  );
  try {
    const storage = new FakeStorage(createMemoryDevice());
    const room = await joinRoom(link, {
      ports: { transports: [], tabs: undefined, storage, clock: createVirtualClock() },
    });
    expect(room.status()).toMatchObject({ state: 'alone', problems: [] });
    await room.leave();
    expect(dialled).toEqual([]);
  } finally {
    vi.unstubAllGlobals();
  }
});
