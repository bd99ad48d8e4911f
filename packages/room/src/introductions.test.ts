import type { Signaling } from '@grapevine/ports';
import { freshSession } from '@grapevine/ports/conformance';
import { GrapevineError, limits } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import { World, type Joined } from './testing/world.ts';

const codes = ({ room }: Joined) => room.status().problems.map(({ code }) => code);

describe('the server', () => {
  it('that cannot be reached is a problem after 8 s, and none once it can be', async () => {
    const world = new World();
    world.server.goDown();
    const ann = await world.join(undefined, { name: 'Ann' });
    world.clock.advance(7_900);
    expect(codes(ann)).toEqual([]);
    expect(ann.room.status().state).toBe('connecting');
    world.clock.advance(200);
    expect(codes(ann)).toEqual(['signaling-unreachable']);
    expect(ann.room.status().state).toBe('offline');
    world.server.comeBack();
    await world.until('it is over', () => codes(ann).length === 0);
    expect(ann.room.status().state).toBe('alone');
    world.server.goDown();
    world.clock.advance(8_100);
    expect(codes(ann)).toEqual(['signaling-unreachable']);
  });

  it('that refuses is a problem of its own, until it does not', async () => {
    const world = new World();
    const ann = await world.join(undefined, { name: 'Ann' });
    world.server.refuse('too many rooms');
    world.clock.advance(10_000);
    expect(codes(ann)).toEqual(['signaling-refused']);
    expect(ann.room.status().state).toBe('offline');
    world.server.goDown();
    expect(codes(ann)).toEqual([]);
    world.clock.advance(10_000);
    expect(codes(ann)).toEqual(['signaling-unreachable']);
    world.server.comeBack();
    await world.until('it is over', () => codes(ann).length === 0);
  });

  it('may go once the room lives: members go on, and meet through each other (S3)', async () => {
    const world = new World();
    world.block('Ann', 'Cyd');
    const [ann, bob] = await world.pair();
    const cyd = await world.join(ann.room.link, { name: 'Cyd' });
    await world.until('Bob is linked to both', () => bob.room.stats().links === 2);
    world.server.goDown();
    world.unblock('Ann', 'Cyd');
    await world.linked(ann, bob, cyd);
    await cyd.room.put('notes', 'a', 'without a server');
    await world.shows('a', 'without a server', ann, bob);
    expect(ann.room.status().state).not.toBe('offline');
  });

  it('is asked at once when somebody is lost, and nobody known is "alone"', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    // What each says of itself has been checked.
    await world.pass(500);
    world.block('Ann', 'Bob');
    world.cut(ann, bob);
    const isDead = ({ room }: Joined) => room.members().some(({ state }) => state === 'dead');
    await world.until('each takes the other for dead', () => isDead(ann) && isDead(bob));
    await world.until('it is looked for', () => ann.room.status().state === 'connecting');
    world.unblock('Ann', 'Bob');
    const healedAt = world.clock.now();
    await world.linked(ann, bob);
    // The server is asked for others every 15 s by itself.
    expect(world.clock.now() - healedAt).toBeLessThan(5_000);
  });

  it('sees nothing but sealed bytes', async () => {
    const world = new World();
    const [ann] = await world.pair();
    await ann.room.put('notes', 'a', 'a secret');
    const text = world.server.carried.map(({ data }) => new TextDecoder().decode(data)).join('\n');
    expect(world.server.carried.length).toBeGreaterThan(0);
    for (const word of ['memory', 'Ann', 'secret']) expect(text).not.toContain(word);
  });
});

describe('an introduction', () => {
  it('that cannot be sent does not stop the ones after it', async () => {
    const world = new World();
    const ann = await world.join(undefined, { name: 'Ann' });
    let throws = 1;
    const server = world.server.connect();
    const signaling: Signaling = {
      ...server,
      send(to, data) {
        if (throws-- > 0) throw new GrapevineError('signal-size', 'Too large.', 'Send less.');
        server.send(to, data);
      },
    };
    const bob = await world.join(ann.room.link, { name: 'Bob', ports: { signaling } });
    await world.linked(ann, bob);
    expect(throws).toBeLessThan(1);
  });

  it('that is garbage, replayed or of another room changes nothing', async () => {
    const world = new World();
    const ann = await world.join(undefined, { name: 'Ann' });
    const stranger = freshSession();
    for (const length of [0, 1, 40, 300, 40_000]) {
      world.server.forge(stranger, ann.room.self.id, new Uint8Array(length).fill(1));
    }
    const bob = await world.join(ann.room.link, { name: 'Bob' });
    await world.linked(ann, bob);
    for (const { from, to, data } of [...world.server.carried]) world.server.forge(from, to, data);
    await ann.room.put('notes', 'a', 'still here');
    await world.shows('a', 'still here', bob);
    await world.pass(1_000);
    expect(ann.room.stats().links).toBe(1);
    expect(ann.links.length).toBe(1);
  });

  it('of members that do not exist keeps out none that do', async () => {
    const world = new World();
    const ann = await world.join(undefined, { name: 'Ann' });
    world.server.isSilent = true;
    const ghosts = Array.from({ length: 600 }, () => freshSession());
    world.server.pretend(ann.room.self.id, ghosts);
    const bob = await world.join(ann.room.link, { name: 'Bob' });
    await world.linked(ann, bob);
    expect(codes(ann)).toEqual([]);
  });
});

describe('links', () => {
  it('that break are made again, also when they break during the handshake', async () => {
    const world = new World();
    const [ann, bob] = await world.pair();
    for (let i = 0; i < 3; i++) {
      const before = ann.links.length;
      world.cut(ann, bob);
      await world.until('a new one opens', () => ann.links.length > before);
      world.cut(ann, bob);
      await world.linked(ann, bob);
    }
    await ann.room.put('notes', 'a', 'after it all');
    await world.shows('a', 'after it all', bob);
  });

  it('that break before the first frame are made again at once, without the server', async () => {
    const world = new World();
    world.delayMs = 200;
    const ann = await world.join(undefined, { name: 'Ann' });
    const bob = await world.join(ann.room.link, { name: 'Bob' });
    await world.until('both are linked', () => ann.room.stats().links + bob.room.stats().links > 1);
    expect(ann.room.members()).toHaveLength(1);
    world.cut(ann, bob);
    world.delayMs = 0;
    const before = world.clock.monotonic();
    await world.linked(ann, bob);
    expect(world.clock.monotonic() - before).toBeLessThan(5_000);
  });

  it('between two halves of a room come back though each half forgot the other', async () => {
    const world = new World();
    const names = ['Ann', 'Bob', 'Cyd', 'Dan'];
    const [first, ...rest] = names;
    const members = [await world.join(undefined, { name: first ?? '' })];
    const link = members[0]?.room.link;
    for (const name of rest) members.push(await world.join(link, { name }));
    await world.linked(...members);
    const [ann, bob, cyd, dan] = members;
    if (!ann || !bob || !cyd || !dan) throw new Error('four members');
    for (const a of [ann, bob]) {
      for (const b of [cyd, dan]) {
        world.block(a.room.self.name, b.room.self.name);
        world.cut(a, b);
      }
    }
    const gone = () => ann.room.members().filter(({ state }) => state === 'dead').length;
    await world.until('each half gave the other up', () => gone() === 2);
    await cyd.room.put('notes', 'a', 'of the other half');
    for (const a of ['Ann', 'Bob']) for (const b of ['Cyd', 'Dan']) world.unblock(a, b);
    await world.linked(...members);
    await world.shows('a', 'of the other half', ...members);
  });

  it('that cannot be made are a problem, until the member goes', async () => {
    const world = new World();
    world.block('Ann', 'Bob');
    const ann = await world.join(undefined, { name: 'Ann' });
    const bob = await world.join(ann.room.link, { name: 'Bob' });
    const both = () => [...codes(ann), ...codes(bob)];
    await world.until('it is told', () => both().includes('link-failed'));
    await bob.room.leave();
    await world.until('it is over', () => codes(ann).length === 0);
    await world.until('Ann is alone', () => ann.room.status().state === 'alone');
  });

  it('between tabs of one profile are made without a network', async () => {
    const world = new World();
    world.block('Ann', 'Ann');
    world.server.goDown();
    const home = world.newHome();
    const one = await world.join(undefined, { name: 'Ann', home, withTabs: true });
    const two = await world.join(one.room.link, { name: 'Ann', home, withTabs: true });
    await world.linked(one, two);
    await one.room.put('notes', 'a', 'to the other tab');
    await world.shows('a', 'to the other tab', two);
    await world.pass(2_500);
    const other = two.room.members().find(({ self }) => !self);
    expect(other?.link?.transport).toBe('tabs');
  });

  it('between tabs are tried again where the other tab was frozen', async () => {
    const world = new World();
    const home = world.newHome();
    const tabs = { withTabs: true, withoutNetwork: true, home };
    world.server.goDown();
    home.tabs.failNext = 2;
    const one = await world.join(undefined, { name: 'Ann', ...tabs });
    const two = await world.join(one.room.link, { name: 'Ann', ...tabs });
    await world.linked(one, two);
    expect(home.tabs.failNext).toBe(0);
  });
});

describe('a room of more than ten', () => {
  it('takes in the eleventh as every other, and hurts none that is linked', async () => {
    const world = new World();
    const members = [await world.join(undefined, { name: 'M0' })];
    const link = members[0]?.room.link;
    for (let i = 1; i < 10; i++) members.push(await world.join(link, { name: `M${i}` }));
    await world.linked(...members);
    const eleventh = await world.join(link, { name: 'M10' });
    members.push(eleventh);
    await world.until('all list it', () =>
      members.every(({ room }) => room.status().members === members.length),
    );
    expect(codes(eleventh)).toEqual([]);
    await eleventh.room.put('notes', 'a', 'of the eleventh');
    await world.shows('a', 'of the eleventh', ...members);
    for (const { room } of members) {
      expect(room.stats().links).toBeGreaterThan(0);
      expect(room.stats().links).toBeLessThanOrEqual(limits.linkedMembers);
    }
  });
});
