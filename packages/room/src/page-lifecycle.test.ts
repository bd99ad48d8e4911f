import { clientIdOf } from '@grapevine/replica';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchPage } from './page-lifecycle.ts';
import { World, type Joined } from './testing/world.ts';

const page = { window: new EventTarget(), document: new EventTarget() };

function setVisibility(visibilityState: 'visible' | 'hidden'): void {
  Object.assign(page.document, { visibilityState });
}

beforeEach(() => {
  page.window = new EventTarget();
  page.document = new EventTarget();
  setVisibility('visible');
  vi.stubGlobal('window', page.window);
  vi.stubGlobal('document', page.document);
});

afterEach(() => void vi.unstubAllGlobals());

const hide = () => page.window.dispatchEvent(new Event('pagehide'));
const show = () =>
  page.window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));

it('S6: a page that is hidden for good says goodbye, and is a member again when it comes back', async () => {
  const world = new World();
  const ann = await world.join(undefined, { name: 'Ann' });
  vi.unstubAllGlobals();
  const bob = await world.join(ann.room.link, { name: 'Bob' });
  await world.linked(ann, bob);
  const state = () => bob.room.members().find(({ name }) => name === 'Ann')?.state;

  for (const round of ['first', 'second']) {
    hide();
    await world.until('Bob sees it go', () => state() === 'left');
    expect(ann.room.stats().links).toBe(0);
    expect(world.server.has(ann.room.self.id)).toBe(false);
    await ann.room.put('notes', round, 'written in between');
    await bob.room.put('notes', `${round} of Bob`, 'meanwhile');
    show();
    await world.until('Bob sees it again', () => state() === 'alive');
    await world.shows(round, 'written in between', bob);
    await world.shows(`${round} of Bob`, 'meanwhile', ann);
  }
  await world.inSync(ann, bob);

  world.server.goDown();
  hide();
  show();
  world.clock.advance(8_100);
  const problems = ann.room.status().problems.map(({ code }) => code);
  expect(problems).toEqual(['signaling-unreachable']);
});

it('S6: a page that comes back knows who left meanwhile, and is known with its cursor again', async () => {
  const world = new World();
  const ann = await world.join(undefined, { name: 'Ann' });
  vi.unstubAllGlobals();
  const bob = await world.join(ann.room.link, { name: 'Bob' });
  const cyd = await world.join(ann.room.link, { name: 'Cyd' });
  await world.linked(ann, bob, cyd);
  const cursor = (at: Joined, of: Joined) =>
    at.room.awareness.getStates().get(clientIdOf(of.room.self.id))?.['cursor'];
  for (const { room } of [ann, bob, cyd]) room.awareness.setLocalState({ cursor: room.self.name });
  await world.until('all see all', () =>
    [ann, bob, cyd].every((at) =>
      [ann, bob, cyd].every((of) => cursor(at, of) === of.room.self.name),
    ),
  );
  hide();
  await world.until('Bob sees neither', () => cursor(bob, ann) === undefined);
  page.document.dispatchEvent(new Event('freeze'));
  await cyd.room.leave();
  page.document.dispatchEvent(new Event('resume'));
  show();
  await world.linked(ann, bob);
  await world.until('Bob sees Ann again', () => cursor(bob, ann) === 'Ann');
  await world.until('and Ann sees Bob', () => cursor(ann, bob) === 'Bob');
  expect(cursor(ann, cyd)).toBeUndefined();
  expect(ann.room.members().some(({ id }) => id === cyd.room.self.id)).toBe(false);
  expect(ann.room.status().members).toBe(2);
});

it('a page whose network is back tries at once again what failed without it', async () => {
  const world = new World();
  const ann = await world.join(undefined, { name: 'Ann' });
  vi.unstubAllGlobals();
  world.block('Ann', 'Bob');
  const bob = await world.join(ann.room.link, { name: 'Bob' });
  await world.pass(60_000);
  expect(ann.room.stats().links).toBe(0);
  world.unblock('Ann', 'Bob');
  page.window.dispatchEvent(new Event('online'));
  const before = world.clock.monotonic();
  await world.linked(ann, bob);
  expect(world.clock.monotonic() - before).toBeLessThan(1_000);
});

it('a dial that comes through after the page was hidden makes no link', async () => {
  const world = new World();
  world.delayMs = 30;
  const ann = await world.join(undefined, { name: 'Ann' });
  vi.unstubAllGlobals();
  const bob = await world.join(ann.room.link, { name: 'Bob' });
  await world.until('the handshake is under way', () => ann.links.length > 0);
  hide();
  await world.pass(500);
  expect(ann.room.stats().links).toBe(0);
  expect(bob.room.stats().links).toBe(0);
  show();
  await world.linked(ann, bob);
});

it('a page that has left hears no more of its life', async () => {
  const world = new World();
  const ann = await world.join(undefined, { name: 'Ann' });
  await ann.room.leave();
  show();
  await world.pass(200);
  expect(world.server.has(ann.room.self.id)).toBe(false);
  expect(world.clock.pending).toBe(0);
});

it('tells whether the page is hidden: at once where it is, and when that changes', () => {
  const told: unknown[] = [];
  const nothing = () => undefined;
  const events = { onHide: nothing, onShow: nothing, onFreeze: nothing, onOnline: nothing };
  const onHidden = (hidden: boolean) => void told.push(hidden);
  setVisibility('hidden');
  const stop = watchPage({ ...events, onHidden });
  expect(told).toEqual([true]);
  setVisibility('visible');
  page.document.dispatchEvent(new Event('visibilitychange'));
  expect(told).toEqual([true, false]);
  stop();
  setVisibility('hidden');
  page.document.dispatchEvent(new Event('visibilitychange'));
  expect(told).toHaveLength(2);
});

it('G8: a page about to be frozen is asleep to the others until it is back', async () => {
  const world = new World();
  const ann = await world.join(undefined, { name: 'Ann' });
  vi.unstubAllGlobals();
  const bob = await world.join(ann.room.link, { name: 'Bob' });
  await world.linked(ann, bob);
  const state = () => bob.room.members().find(({ name }) => name === 'Ann')?.state;
  await world.until('Bob sees Ann', () => state() === 'alive');
  const seen = new Set<string | undefined>();
  bob.room.on('members', () => void seen.add(state()));
  page.document.dispatchEvent(new Event('freeze'));
  await world.until('she was asleep', () => seen.has('asleep'));
  await world.until('her next round shows that she is awake', () => state() === 'alive');
});
