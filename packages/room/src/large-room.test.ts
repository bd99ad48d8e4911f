import { clientIdOf } from '@grapevine/replica';
import { limits } from '@grapevine/wire';
import { expect, it, vi } from 'vitest';
import { World, type Joined } from './testing/world.ts';

// Real cryptography on a machine that may be busy: far from what it takes, and no test waits for it.
vi.setConfig({ testTimeout: 120_000 });

const size = 24;

const alive = ({ room }: Joined) => room.members().filter(({ state }) => state === 'alive').length;

it('a room of 24 is whole: all list all, hear all, and see who leaves', async () => {
  const world = new World();
  const ann = await world.join(undefined, { name: 'M0' });
  const members = [ann];
  for (let n = 1; n < size; n++) {
    members.push(await world.join(ann.room.link, { name: `M${n}` }));
  }
  await world.until('all list 24 alive', () =>
    members.every((member) => alive(member) === size && member.room.status().members === size),
  );
  const names = members.map(({ room }) => room.self.name).sort();
  for (const { room } of members) {
    const list = room.members();
    expect(list.map(({ name }) => name).sort()).toEqual(names);
    expect(new Set(list.map(({ author }) => author)).size).toBe(size);
    expect(room.stats().links).toBeGreaterThan(0);
    expect(room.stats().links).toBeLessThanOrEqual(limits.linkedMembers);
    expect(room.status().problems).toEqual([]);
  }

  await ann.room.put('notes', 'a', 'to all');
  await world.shows('a', 'to all', ...members);
  await world.inSync(...members);

  // A cursor reaches those that are not linked too, and those who come later.
  ann.room.awareness.setLocalState({ cursor: 7 });
  const cursor = ({ room }: Joined) =>
    room.awareness.getStates().get(clientIdOf(ann.room.self.id))?.['cursor'];
  const others = members.slice(1);
  await world.until('all see the cursor', () => others.every((member) => cursor(member) === 7));
  const late = await world.join(ann.room.link, { name: 'Late' });
  await world.until('one who came late sees it too', () => cursor(late) === 7);
  await late.room.leave();

  const [leaver, ...staying] = others;
  if (!leaver) throw new Error('a member');
  const load = members.map(({ room }, n) => room.aggregate('load', () => n));
  await world.until('all know the sum', () =>
    load.every(
      (live) => live.value().count === size && live.value().sum === (size * (size - 1)) / 2,
    ),
  );
  expect(load[0]?.value()).toMatchObject({ min: 0, max: size - 1, exact: true });

  await leaver.room.leave();
  const stateOf = ({ room }: Joined) =>
    room.members().find(({ id }) => id === leaver.room.self.id)?.state;
  await world.until('all see who left', () =>
    [ann, ...staying].every((member) => stateOf(member) === 'left'),
  );
  await ann.room.leave();
  await world.until('the cursor has gone with its owner', () =>
    staying.every((member) => cursor(member) === undefined),
  );
  for (const member of staying) expect(member.room.status().members).toBe(size - 2);
});
