/** Dishonest writers who keep Y2 to Y4 and place their structs as they like: all replicas show the same, in every order of arrival. */
import { Writer } from '@grapevine/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import type { Delta } from '../log/delta.ts';
import { clientIdOf, inlineBody } from './index.ts';
import { typeDepth } from './placement.ts';
import { Replica, makeDelta, sessionOf } from './test-network.ts';

interface Id {
  client: number;
  clock: number;
}

interface Struct {
  origin?: Id | undefined;
  right?: Id | undefined;
  /** Counts where there is neither origin. */
  parent: string | Id;
  key?: string | undefined;
  content: 'text' | 'list' | 'map' | 'deleted' | 'format';
}

const honest = [sessionOf(0), sessionOf(1)] as const;
const villains = [sessionOf(2), sessionOf(3), sessionOf(4)] as const;
const [x, y, z] = villains.map(clientIdOf) as [number, number, number];

function writeContent(writer: Writer, content: Struct['content']): void {
  if (content === 'text') writer.varstring('xyz');
  else if (content === 'list') writer.varint(0);
  else if (content === 'map') writer.varint(1);
  else if (content === 'deleted') writer.varint(2);
  else writer.varstring('bold').varstring('true');
}

const content = {
  text: { ref: 4, length: 3 },
  list: { ref: 7, length: 1 },
  map: { ref: 7, length: 1 },
  deleted: { ref: 1, length: 2 },
  format: { ref: 6, length: 1 },
} as const;

function writeStruct(writer: Writer, struct: Struct): void {
  const { origin, right, parent, key } = struct;
  const named = origin !== undefined || right !== undefined;
  writer.u8(
    content[struct.content].ref |
      (origin === undefined ? 0 : 0x80) |
      (right === undefined ? 0 : 0x40) |
      (key === undefined || named ? 0 : 0x20),
  );
  for (const id of [origin, right]) if (id !== undefined) writer.varint(id.client).varint(id.clock);
  if (!named) {
    if (typeof parent === 'string') writer.varint(1).varstring(parent);
    else writer.varint(0).varint(parent.client).varint(parent.clock);
    if (key !== undefined) writer.varstring(key);
  }
  writeContent(writer, struct.content);
}

function update(client: number, clock: number, structs: Struct[], deletes: Id[] = []): Uint8Array {
  const writer = new Writer();
  if (structs.length === 0) writer.varint(0);
  else writer.varint(1).varint(structs.length).varint(client).varint(clock);
  for (const struct of structs) writeStruct(writer, struct);
  writer.varint(deletes.length);
  for (const id of deletes) writer.varint(id.client).varint(1).varint(id.clock).varint(1);
  return writer.done();
}

function body(bytes: Uint8Array): Uint8Array {
  return inlineBody(new Writer().u8(2).varbytes(bytes).done());
}

/** Two people who see each other now and then, with every shared type, and one of them taking a nested list away. */
function honestFeeds(): Delta[][] {
  const [a, b] = honest.map((session) => new Replica(session)) as [Replica, Replica];
  const sync = (): void => {
    for (const delta of a.feed()) b.receive(delta);
    for (const delta of b.feed()) a.receive(delta);
  };
  const [one, two] = [a.documents.open('note'), b.documents.open('note')];
  one.getText('t').insert(0, 'abcd');
  one.getMap('m').set('k', new Y.Array<unknown>());
  two.getText('t').insert(0, 'xy');
  sync();
  const nested = one.getMap('m').get('k') as Y.Array<unknown>;
  nested.push([1, 2, new Y.Map([['deep', 1]]), 3]);
  two.getText('t').insert(3, '-');
  one.getText('t').delete(1, 1);
  sync();
  two.getMap('m').set('k', 'gone');
  nested.push([4]);
  one.getText('t').insert(5, 'zz');
  two.getArray('l').push([1, 2]);
  return [a.feed(), b.feed()];
}

function id(client: number, clock: number): Id {
  return { client, clock };
}

/** Three characters at the start of the text, unless told otherwise. */
function at(rest: Partial<Struct>): Struct {
  return { parent: 't', content: 'text', ...rest };
}

function after(client: number, clock: number): Struct {
  return at({ origin: id(client, clock) });
}

function before(client: number, clock: number): Struct {
  return at({ right: id(client, clock) });
}

interface Attack {
  structs: {
    left: number;
    right: number;
    parent: number;
    key: number;
    content: Struct['content'];
  }[];
  deletes: number | undefined;
}

/** Each draws from what the others have written and from its own. */
function villainFeeds(feeds: Delta[][], attacks: Attack[][]): Delta[][] {
  const ids: Id[] = [];
  const known = new Replica(sessionOf(8));
  for (const delta of feeds.flat()) known.receive(delta);
  for (const [client, structs] of known.documents.open('note').store.clients)
    for (const { id, length } of structs)
      for (let i = 0; i < length; i++) ids.push({ client, clock: id.clock + i });
  const clocks = villains.map(() => 0);
  const written: Delta[][] = villains.map(() => []);
  for (let turn = 0; turn < 4; turn++)
    for (const [number, session] of villains.entries()) {
      const attack = attacks[number]?.[turn];
      if (attack === undefined) continue;
      const client = clientIdOf(session);
      const first = clocks[number] ?? 0;
      let clock = first;
      const structs = attack.structs.map((draft): Struct => {
        const pick = (at: number): Id | undefined =>
          at % 3 === 0 ? undefined : ids[(at * 7) % ids.length];
        const roots = ['t', 'm', 'l'];
        const parent = pick(draft.parent) ?? roots[draft.parent % roots.length] ?? 't';
        const key = draft.key < 2 ? `k${draft.key}`.replace('0', '') : undefined;
        const struct = { origin: pick(draft.left), right: pick(draft.right), parent, key };
        for (let i = 0; i < content[draft.content].length; i++)
          ids.push({ client, clock: clock++ });
        return { ...struct, content: draft.content };
      });
      clocks[number] = clock;
      const target = attack.deletes === undefined ? undefined : ids[attack.deletes % ids.length];
      if (structs.length === 0 && target === undefined) continue;
      const bytes = update(client, first, structs, target === undefined ? [] : [target]);
      const feed = written[number] ?? [];
      feed.push(makeDelta(session, feed.length + 1, 100 + turn * 3 + number, body(bytes)));
    }
  return written;
}

const place = fc.nat(200);
const attack: fc.Arbitrary<Attack> = fc.record({
  structs: fc.array(
    fc.record({
      left: place,
      right: place,
      parent: place,
      key: fc.nat(5),
      content: fc.constantFrom(...(['text', 'list', 'map', 'deleted', 'format'] as const)),
    }),
    { maxLength: 2 },
  ),
  deletes: fc.option(place, { nil: undefined, freq: 2 }),
});
const attacks = fc.array(fc.array(attack, { maxLength: 4 }), { minLength: 3, maxLength: 3 });

/** Every list with the clocks in it, collected or not, and what of it is shown. */
function shape(type: { _start: Y.Item | null; _map: Map<string, Y.Item> }): unknown {
  const rows: unknown[] = [];
  const add = (key: string | null, item: Y.Item): void => {
    const inner = item.content instanceof Y.ContentType ? shape(item.content.type) : undefined;
    for (let i = 0; i < item.length; i++) {
      // Of an entry's versions the last is shown, whatever the others are.
      const last = item.right === null && i === item.length - 1;
      const deleted = key === null || last ? item.deleted : undefined;
      rows.push([key, item.id.client, item.id.clock + i, deleted, inner]);
    }
  };
  for (let item = type._start; item !== null; item = item.right) add(null, item);
  for (const key of [...type._map.keys()].sort()) {
    let item = type._map.get(key);
    while (item?.left) item = item.left;
    for (let at = item ?? null; at !== null; at = at.right) add(key, at);
  }
  return rows;
}

function play(feeds: Delta[][], order: number[]): unknown {
  const replica = new Replica(sessionOf(9));
  const doc = replica.documents.open('note');
  const [text, map, list] = [doc.getText('t'), doc.getMap('m'), doc.getArray('l')];
  const at = feeds.map(() => 0);
  const rest = feeds.flatMap((feed, index) => feed.map(() => index));
  for (const index of [...order, ...rest]) {
    const delta = feeds[index]?.[at[index] ?? 0];
    if (delta === undefined) continue;
    replica.receive(delta);
    at[index] = (at[index] ?? 0) + 1;
  }
  expect(doc.store.pendingStructs).toBeNull();
  return {
    // Types among a text's characters are shown as what is in them.
    shown: JSON.stringify([text.toDelta(), map, list]),
    shape: [text, map, list].map(shape),
    inert: replica.documents.inert('note').sort(),
    pending: replica.documents.pending(),
  };
}

const order = fc.array(fc.nat(4), { maxLength: 60 });

describe('misplaced structs', () => {
  const feeds = honestFeeds();

  it('Y6: whatever dishonest writers name, any order of arrival gives the same lists', () => {
    fc.assert(
      fc.property(attacks, order, order, order, (written, ...orders) => {
        const all = [...feeds, ...villainFeeds(feeds, written)];
        const expected = play(all, []);
        for (const plan of orders) expect(play(all, plan)).toEqual(expected);
      }),
      { numRuns: 400 },
    );
  }, 60_000);

  it.each<[string, Struct[], Struct[], Struct]>([
    ['right before left', [at({}), after(x, 2)], [at({})], { ...after(x, 3), right: id(x, 0) }],
    ['one item on both sides', [at({})], [at({})], { ...after(x, 1), right: id(x, 1) }],
    ['over the origin of its right one', [at({}), after(x, 2)], [after(x, 2)], before(y, 0)],
    [
      'over a neighbour its right one names',
      [at({})],
      [after(x, 2)],
      { ...after(x, 0), right: id(y, 0) },
    ],
    ['between two lists', [at({})], [at({ parent: 'l' })], { ...after(x, 2), right: id(y, 0) }],
    [
      'between two keys',
      [at({ key: 'a' })],
      [at({ key: 'b' })],
      { ...after(x, 2), right: id(y, 0) },
    ],
    ['in a text as if it were a type', [at({})], [at({})], at({ parent: id(x, 0) })],
    [
      'in what was deleted from the start',
      [at({ content: 'deleted' })],
      [at({})],
      at({ parent: id(x, 0) }),
    ],
  ])('Y6: a struct %s is inert', (_, one, two, last) => {
    const bytes = [update(x, 0, one), update(y, 0, two), update(z, 0, [last])];
    const written = bytes.map((each, n) => [makeDelta(villains[n] ?? '', 1, n + 1, body(each))]);
    expect(play(written, [])).toMatchObject({ inert: [villains[2]], pending: 0 });
  });

  it('Y6: between two who wrote apart anybody may write, however far apart they are', () => {
    const [low, high] = x < y ? [x, y] : [y, x];
    // The lower one writes 5,000 items, each before the last; the other puts one behind them.
    const many = Array.from({ length: 5000 }, (_, n) =>
      n === 0 ? at({}) : before(low, 3 * n - 3),
    );
    const blocks = [update(low, 0, many), update(high, 0, [at({})])];
    const inert = (origin: Id, right: Id): unknown => {
      const own = update(z, 0, [{ ...at({}), origin, right }]);
      const sessions = [
        x < y ? villains[0] : villains[1],
        x < y ? villains[1] : villains[0],
        villains[2],
      ];
      const feeds = [...blocks, own].map((each, n) => [
        makeDelta(sessions[n] ?? '', 1, n + 1, body(each)),
      ]);
      return (play(feeds, [2]) as { inert: unknown }).inert;
    };
    expect(inert(id(low, 2), id(high, 0))).toEqual([]);
    expect(inert(id(low, 14_999), id(high, 0))).toEqual([]);
    expect(inert(id(high, 2), id(low, 0))).toEqual([villains[2]]);
    expect(inert(id(high, 2), id(low, 14_997))).toEqual([villains[2]]);
  });

  it('Y6: shared types nest 128 deep; deeper ones are inert elsewhere and taken back here', () => {
    const nest = (levels: number): Delta[] => {
      const structs = Array.from({ length: levels }, (_, n) =>
        at({ parent: n === 0 ? 't' : id(x, n - 1), content: 'list' }),
      );
      return [makeDelta(villains[0], 1, 1, body(update(x, 0, structs)))];
    };
    expect(play([nest(typeDepth)], [])).toMatchObject({ inert: [] });
    expect(play([nest(typeDepth + 1)], [])).toMatchObject({ inert: [villains[0]] });
    const replica = new Replica(honest[0]);
    let list = replica.documents.open('note').getArray<Y.Array<unknown>>('l') as Y.Array<unknown>;
    const deeper = (): void => {
      const next = new Y.Array<unknown>();
      list.push([next]);
      list = next;
    };
    for (let level = 0; level < typeDepth; level++) deeper();
    expect(deeper).toThrow(/cannot be shared/);
    expect(replica.feed()).toHaveLength(typeDepth);
  });
});
