import { encodeRecords } from '@grapevine/memory';
import { concat, utf8 } from '@grapevine/wire';
import { scriptMember, type ScriptedMember } from './scripted-member.ts';
import { World, type Joined } from './world.ts';

export const salt = new Uint8Array(16).fill(7);
/** Codes of the problems a member is told. */
export const codes = ({ room }: Joined) => room.status().problems.map(({ code }) => code);

/** A note of text, as `room.put` writes it. */
export function note(key: string, text: string) {
  const body = encodeRecords([
    {
      type: 'version',
      operation: 'created',
      parents: [],
      namespace: 'notes',
      key,
      value: 1,
      media: 2,
      attributes: '',
    },
  ]);
  return { kind: 1, body, values: [concat(salt, utf8(text))] };
}

interface Scene {
  world: World;
  ann: Joined;
  bob: Joined;
  mallory: ScriptedMember;
}

/** Ann and Bob, who have written something, and Mallory, who is linked to both. */
export async function scene(): Promise<Scene> {
  const world = new World();
  const [ann, bob] = await world.pair();
  await ann.room.put('notes', 'kept', 'of Ann');
  await world.shows('kept', 'of Ann', ann, bob);
  const mallory = await scriptMember(world, ann.room.link);
  for (const { room } of [ann, bob]) await mallory.linkedTo(world, room.self.id);
  return { world, ann, bob, mallory };
}

/** Ann and Bob hold what they held, write to each other, and are in sync once Mallory has gone. */
export async function unharmed({ world, ann, bob, mallory }: Scene): Promise<void> {
  await ann.room.put('notes', 'after', 'of Ann');
  await world.shows('after', 'of Ann', bob);
  await bob.room.put('notes', 'reply', 'of Bob');
  await world.shows('reply', 'of Bob', ann);
  await world.shows('kept', 'of Ann', ann, bob);
  mallory.stop();
  await world.linked(ann, bob);
  await world.inSync(ann, bob);
}
