import { equalBytes } from '@grapevine/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Core } from '../core.ts';
import type { OutEvent } from '../event.ts';
import type { Card } from '../frames/message.ts';
import { Neighbour } from '../links/neighbour.ts';
import { cardOf, sessionOf, standIn } from '../testing/attested.ts';
import { proofOf } from '../testing/signatures.ts';
import { Table } from './table.ts';
import type { Entry } from './table.ts';

const self = sessionOf(0xff);

function table(settings = {}): { table: Table; core: Core } {
  const info = new Uint8Array(0);
  const identity = { self, incarnation: 1, proof: proofOf(self), info, hash: standIn };
  const core = new Core({ ...identity, random: () => 0.5, ...settings });
  return { table: new Table(core), core };
}

function told(core: Core): Extract<OutEvent, { type: 'member' }>[] {
  return core.takeEffects().filter((effect) => effect.type === 'member');
}

function entryOf(members: Table, byte: number): Entry {
  const entry = members.get(sessionOf(byte));
  if (entry === undefined) throw new Error('no such member');
  return entry;
}

describe('table of members', () => {
  it('M1: a card makes a member, told once', () => {
    const { table: members, core } = table();
    core.now = 70;
    const info = Uint8Array.of(7);
    members.take(cardOf(sessionOf(1), { incarnation: 4, health: 16 + 3, info }));
    const words = { state: 'alive', info, health: 3, hidden: true };
    expect(told(core)).toEqual([{ type: 'member', member: sessionOf(1), ...words }]);
    expect(members.all()).toEqual([
      { id: sessionOf(1), since: 70, incarnation: 4, metrics: [], ...words },
    ]);
    expect([members.here, members.isHere(sessionOf(1)), members.knows(sessionOf(1))]).toEqual([
      2,
      true,
      true,
    ]);
    const metrics = [{ name: 'a', value: 1 }];
    core.now = 80;
    members.take(cardOf(sessionOf(1), { incarnation: 5, health: 16 + 3, info, metrics }));
    expect(told(core)).toEqual([]);
    expect(members.get(sessionOf(1))).toMatchObject({
      metrics,
      incarnation: 5,
      newsAt: 80,
      since: 70,
    });
    for (const change of [{ health: 3 }, { health: 4 }, { health: 4, info: Uint8Array.of(8) }]) {
      members.take(cardOf(sessionOf(1), { incarnation: 6, info, ...change }));
      expect(told(core)).toHaveLength(1);
    }
  });

  it('M2: of two cards the higher incarnation holds, then the later state', () => {
    const { table: members } = table();
    const news = (words: Partial<Card>) => members.isNews(cardOf(sessionOf(1), words));
    expect(news({ incarnation: 0 })).toBe(true);
    members.take(cardOf(sessionOf(1), { incarnation: 5 }));
    expect(news({ incarnation: 4, state: 'left' })).toBe(false);
    expect(news({ incarnation: 5 })).toBe(false);
    expect(news({ incarnation: 5, state: 'asleep' })).toBe(true);
    expect(news({ incarnation: 6 })).toBe(true);
    members.take(cardOf(sessionOf(1), { incarnation: 5, state: 'asleep' }));
    expect(news({ incarnation: 5, state: 'asleep' })).toBe(false);
    expect(news({ incarnation: 5, state: 'left' })).toBe(true);
    expect(news({ incarnation: 6 })).toBe(true);
  });

  it('M3: only a card of a higher incarnation than the tombstone brings a member back', () => {
    for (const gone of ['dead', 'left'] as const) {
      const { table: members, core } = table();
      const news = (words: Partial<Card>) => members.isNews(cardOf(sessionOf(1), words));
      members.take(
        cardOf(sessionOf(1), { incarnation: 5, state: gone === 'left' ? 'left' : 'alive' }),
      );
      if (gone === 'dead') members.enter(entryOf(members, 1), 'dead');
      expect(news({ incarnation: 5, state: 'left' })).toBe(false);
      expect(news({ incarnation: 5 })).toBe(false);
      expect(news({ incarnation: 6 })).toBe(true);
      core.takeEffects();
      members.take(cardOf(sessionOf(1), { incarnation: 6 }));
      expect(told(core)).toMatchObject([{ state: 'alive' }]);
      expect(members.here).toBe(2);
    }
  });

  it('M9: the card of one seen to leave is news once, for others believe by it', () => {
    const { table: members } = table();
    members.take(cardOf(sessionOf(1), { incarnation: 5 }));
    const entry = entryOf(members, 1);
    entry.card = undefined;
    members.enter(entry, 'left');
    const left = cardOf(sessionOf(1), { incarnation: 5, state: 'left' });
    expect(members.isNews(cardOf(sessionOf(1), { incarnation: 5, state: 'asleep' }))).toBe(false);
    expect(members.isNews(cardOf(sessionOf(1), { incarnation: 4, state: 'left' }))).toBe(false);
    expect(members.isNews(left)).toBe(true);
    members.take(left);
    expect(members.isNews(left)).toBe(false);
    expect(members.cardOf(sessionOf(1))).toBe(left);
  });

  it('M3: a tombstone stays for 30 minutes', () => {
    const { table: members, core } = table();
    members.take(cardOf(sessionOf(1), { state: 'left' }));
    core.now = 1_799_999;
    members.sweep();
    expect(members.get(sessionOf(1))?.state).toBe('left');
    core.now = 1_800_000;
    members.sweep();
    expect(members.get(sessionOf(1))).toBeUndefined();
  });

  it('M3: 4,096 tombstones are kept, the longest gone give way', () => {
    const { table: members } = table({ knownMembers: 10_000 });
    const ids = Array.from({ length: 4097 }, (_, i) => i.toString(16).padStart(32, '0'));
    for (const id of ids) {
      const session = sessionOf(1);
      members.take({ ...cardOf(session, { state: 'left' }), session: id as typeof session });
    }
    expect(members.all()).toHaveLength(4096);
    expect(members.all()[0]?.id).toBe(ids[1]);
  });

  it('M1: a full table forgets one that is neither linked nor suspect', () => {
    const { table: members, core } = table({ knownMembers: 5 });
    for (const byte of [1, 2, 3]) members.take(cardOf(sessionOf(byte)));
    expect(members.full).toBe(false);
    members.take(cardOf(sessionOf(4), { state: 'asleep' }));
    expect(members.full).toBe(true);
    const { settings, stats } = core;
    core.active.set(sessionOf(1), new Neighbour(1, sessionOf(1), settings, stats, 0));
    const digest = members.digest;
    members.enter(entryOf(members, 2), 'suspect');
    members.take(cardOf(sessionOf(5)));
    expect(
      members
        .all()
        .map(({ id }) => id)
        .sort(),
    ).toEqual([1, 2, 4, 5].map(sessionOf));
    expect(equalBytes(members.digest, digest)).toBe(false);
    expect(members.here).toBe(4);
    members.take(cardOf(sessionOf(6)));
    expect(members.get(sessionOf(4))).toBeUndefined();
    expect(members.here).toBe(5);
  });

  it('M1: a neighbour is listed by its hello, and not taken back by it', () => {
    const { table: members, core } = table();
    const hello = { incarnation: 3, hidden: true, info: Uint8Array.of(1) };
    members.meet(sessionOf(1), hello);
    expect(told(core)).toMatchObject([{ state: 'alive', hidden: true, info: hello.info }]);
    expect(members.tree.size).toBe(0);
    expect(members.isNews(cardOf(sessionOf(1), { incarnation: 2 }))).toBe(true);
    members.enter(entryOf(members, 1), 'dead');
    members.meet(sessionOf(1), { ...hello, incarnation: 9 });
    expect(members.get(sessionOf(1))?.state).toBe('dead');
  });

  it('M10: the digest is over the cards of those here or asleep, ourselves among them', () => {
    const { table: members } = table();
    const nobody = members.digest;
    expect(nobody).toEqual(new Uint8Array(8));
    members.setOwn(cardOf(self));
    members.take(cardOf(sessionOf(1), { incarnation: 2 }));
    const both = members.digest;
    expect(members.digest).toBe(both);
    expect(members.tree.size).toBe(2);
    members.enter(entryOf(members, 1), 'suspect');
    expect(members.digest).toEqual(both);
    members.take(cardOf(sessionOf(1), { incarnation: 2, state: 'asleep' }));
    expect(members.digest).not.toEqual(both);
    expect(members.tree.size).toBe(2);
    members.enter(entryOf(members, 1), 'dead');
    expect(members.tree.size).toBe(1);
    expect(members.cardOf(sessionOf(1))).toBeUndefined();
    members.take(cardOf(sessionOf(1), { incarnation: 3 }));
    expect(members.tree.size).toBe(2);
    expect(members.cardOf(self)?.session).toBe(self);
    members.setOwn(cardOf(self, { state: 'left' }));
    members.clear();
    expect(members.digest).toEqual(nobody);
    expect([members.here, members.all()]).toEqual([1, []]);
  });

  const cards = fc.array(
    fc.record({
      byte: fc.integer({ min: 1, max: 4 }),
      incarnation: fc.integer({ min: 0, max: 3 }),
      state: fc.constantFrom('alive', 'asleep', 'left'),
    }),
    { maxLength: 30 },
  );

  it('M2, M3: whatever the order of cards, tables end alike and incarnations never fall', () => {
    fc.assert(
      fc.property(
        cards,
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (all, chance) => {
          const signed = all.map(({ byte, ...words }) => cardOf(sessionOf(byte), words));
          const shuffled = signed
            .map((card) => ({ card, at: chance.next().value }))
            .sort((a, b) => a.at - b.at)
            .map(({ card }) => card);
          const ends = [signed, shuffled].map((order) => {
            const { table: members } = table();
            for (const card of order) {
              const before = members.get(card.session)?.incarnation ?? 0;
              if (members.isNews(card)) members.take(card);
              expect(members.get(card.session)?.incarnation).toBeGreaterThanOrEqual(before);
            }
            const here = members.all().filter(({ state }) => state === 'alive').length + 1;
            expect(members.here).toBe(here);
            return members;
          });
          const words = ends.map((members) =>
            members
              .all()
              .map(({ id, state, incarnation }) => `${id} ${state} ${incarnation}`)
              .sort(),
          );
          expect(words[0]).toEqual(words[1]);
          expect(ends[0]?.digest).toEqual(ends[1]?.digest);
        },
      ),
      { numRuns: 200, seed: 3 },
    );
  });
});
