/** The outcome is a function of the deltas and the ends, not of the order they come in, whatever dishonest sessions write. */
import { Writer, concat, utf8 } from '@grapevine/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Delta } from '../log/delta.ts';
import { clientIdOf, inlineBody } from './index.ts';
import { Replica, makeDelta, sessionOf } from './test-network.ts';

const victims = [sessionOf(0), sessionOf(1)] as const;
const villains = [sessionOf(2), sessionOf(3)] as const;

function message(update: Uint8Array): Uint8Array {
  return inlineBody(new Writer().u8(2).varbytes(update).done());
}

function deletion(client: number, clock: number, length: number): Uint8Array {
  return message(
    new Writer().varint(0).varint(1).varint(client).varint(1).varint(clock).varint(length).done(),
  );
}

/** One character at `clock`, behind the character `after` or at the start of the text. */
function insertion(
  own: number,
  clock: number,
  after?: { client: number; clock: number },
): Uint8Array {
  const place =
    after === undefined
      ? concat(Uint8Array.of(4, 1, 1), utf8('t'))
      : new Writer().u8(0x84).varint(after.client).varint(after.clock).done();
  const head = new Writer().varint(1).varint(1).varint(own).varint(clock).done();
  return message(concat(head, place, Uint8Array.of(1, 77, 0)));
}

/** Two honest people writing in turns, each seeing all of the other. */
function honestFeeds(): Delta[][] {
  const [a, b] = victims.map((session) => new Replica(session)) as [Replica, Replica];
  for (let turn = 0; turn < 12; turn++) {
    const [writer, reader] = turn % 3 === 0 ? [b, a] : [a, b];
    const text = writer.documents.open('note').getText('t');
    if (turn % 4 === 3) text.delete(1, 1);
    else text.insert(Math.floor(text.length / 2), String.fromCharCode(97 + turn));
    for (const delta of writer.feed()) reader.receive(delta);
  }
  return [a.feed(), b.feed()];
}

interface Attack {
  type: 'delete' | 'insert';
  step: number;
  victim: number;
  clock: number;
}

function villainFeed(session: string, attacks: readonly Attack[]): Delta[] {
  const own = clientIdOf(session);
  const everybody = [...victims, ...villains].map(clientIdOf).filter((client) => client !== own);
  let clock = 0;
  let hlc = 0;
  return attacks.map((attack, index) => {
    hlc += attack.step;
    const client = everybody[attack.victim % everybody.length] ?? 0;
    const body =
      attack.type === 'delete'
        ? deletion(client, attack.clock, 1 + (attack.step % 3))
        : insertion(own, clock++, attack.victim > 3 ? { client, clock: attack.clock } : undefined);
    return makeDelta(session, index + 1, hlc, body);
  });
}

const attacks = fc.array(
  fc.record({
    type: fc.constantFrom('delete' as const, 'insert' as const),
    step: fc.integer({ min: 1, max: 6 }),
    victim: fc.nat(6),
    clock: fc.nat(7),
  }),
  { maxLength: 6 },
);

type Action = { feed: number; again: boolean } | { end: number };

/** Plays feeds in the order of `plan`, the rest of them afterwards, and the ends where the plan has them or last. */
function play(feeds: Delta[][], plan: Action[], ends: number[]): unknown {
  const replica = new Replica(sessionOf(9));
  const text = replica.documents.open('note').getText('t');
  const at = feeds.map(() => 0);
  const pending = new Set(ends);
  const end = (feed: number): void => {
    const [first] = feeds[feed] ?? [];
    if (!pending.delete(feed) || first === undefined) return;
    replica.drop(first.session, 3);
  };
  const deliver = (feed: number, again: boolean): void => {
    const index = (at[feed] ?? 0) - (again ? 1 : 0);
    const delta = feeds[feed]?.[index];
    const over = ends.includes(feed) && !pending.has(feed);
    if (delta === undefined || (over && delta.seq >= 3)) return;
    replica.receive(delta);
    at[feed] = Math.max(at[feed] ?? 0, index + 1);
    const { store } = replica.documents.open('note');
    expect(store.pendingStructs).toBeNull();
    expect(store.pendingDs).toBeNull();
  };
  for (const action of plan)
    if ('end' in action) end(action.end);
    else deliver(action.feed, action.again);
  for (const [feed, deltas] of feeds.entries()) for (const _ of deltas) deliver(feed, false);
  for (const feed of ends) end(feed);
  return {
    text: text.toJSON(),
    inert: replica.documents.inert('note').sort(),
    pending: replica.documents.pending(),
  };
}

const plan = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ feed: fc.nat(3), again: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ end: fc.nat(3) }) },
  ),
  { maxLength: 40 },
);

describe('order of arrival', () => {
  const honest = honestFeeds();

  it('Y4: any order gives the same text, the same inert sessions and the same rest', () => {
    fc.assert(
      fc.property(attacks, attacks, plan, plan, (one, two, first, second) => {
        const feeds = [...honest, villainFeed(villains[0], one), villainFeed(villains[1], two)];
        const inOrder = play(feeds, [], []);
        expect(play(feeds, first, [])).toEqual(inOrder);
        expect(play(feeds, second, [])).toEqual(inOrder);
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('L10: nor does it matter when the end of a feed becomes known', () => {
    fc.assert(
      fc.property(attacks, attacks, plan, plan, fc.nat(3), (one, two, first, second, ended) => {
        const feeds = [...honest, villainFeed(villains[0], one), villainFeed(villains[1], two)];
        const inOrder = play(feeds, [], [ended]);
        expect(play(feeds, first, [ended])).toEqual(inOrder);
        expect(play(feeds, second, [ended])).toEqual(inOrder);
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('Y4: a delete set ahead of what its victim writes erases nothing', () => {
    const victim = new Replica(victims[0]);
    const text = victim.documents.open('note').getText('t');
    const future = makeDelta(villains[0], 1, 1, deletion(clientIdOf(victims[0]), 0, 1000));
    victim.receive(future);
    text.insert(0, 'a'.repeat(600));
    text.insert(600, 'b'.repeat(600));
    expect(text.toJSON()).toHaveLength(1200);
    expect(victim.documents.inert('note')).toEqual([villains[0]]);
    expect(victim.documents.pending()).toBe(0);
  });

  it('Y4: what an inert session wrote before stays, what it writes later is not applied', () => {
    const [own, victim] = [clientIdOf(villains[0]), clientIdOf(victims[0])];
    const feeds = [
      ...honest,
      [
        makeDelta(villains[0], 1, 1, insertion(own, 0)),
        makeDelta(villains[0], 2, 2, deletion(victim, 3, 1)),
        makeDelta(villains[0], 3, 90, insertion(own, 1)),
        makeDelta(villains[0], 4, 91, deletion(victim, 0, 1)),
      ],
    ];
    const without = play(honest, [], []) as { text: string };
    const outcome = play(feeds, [], []) as { text: string };
    expect(outcome).toMatchObject({ inert: [villains[0]], pending: 0 });
    expect(outcome.text.replace('M', '')).toBe(without.text);
    expect(outcome.text).toHaveLength(without.text.length + 1);
  });
});
