import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawDelta } from './codec.ts';
import { origin } from './header.ts';
import type { Log } from './log.ts';
import { Forger, newLog, newWriter, raws } from './testing.ts';

const everything = Number.MAX_SAFE_INTEGER;

interface Message {
  session: string;
  bytes: Uint8Array;
}

/** Branches of one feed as texts; they share what they begin with. */
const trees: readonly (readonly string[])[][] = [
  [['a', 'b', 'c', 'd', 'e']],
  [
    ['a', 'b', 'c', 'd'],
    ['a', 'b', 'X', 'Y'],
  ],
  [['a', 'b', 'c', '! d', 'e']],
  [
    ['a', 'b', 'c', 'd'],
    ['a', 'b', 'c', 'X'],
    ['a', 'b', 'c', '! Y'],
  ],
  [
    ['a', 'b', 'c', 'd', 'e'],
    ['a', 'b', 'c', 'd', 'X'],
    ['a', 'Q', '! R'],
  ],
  [
    ['a', 'b', '! c'],
    ['a', 'B', 'c'],
  ],
];

/** Every branch cut into signed runs at `cuts`, each also in one run from seq 1. */
async function messagesOf(branches: readonly (readonly string[])[], cuts: readonly number[]) {
  const forger = new Forger(await newWriter());
  const messages: Message[] = [];
  for (const texts of branches) {
    const deltas: RawDelta[] = [forger.opening(), ...raws(texts)];
    const session = forger.session.id;
    messages.push({ session, bytes: await forger.run(deltas) });
    let from = 0;
    for (const cut of [...new Set(cuts.map((at) => at % deltas.length)), deltas.length].toSorted(
      (a, b) => a - b,
    )) {
      if (cut <= from) continue;
      const base = forger.position(origin, deltas.slice(0, from));
      messages.push({ session, bytes: await forger.run(deltas.slice(from, cut), base) });
      from = cut;
    }
  }
  return messages;
}

/** Hands over messages in this order, the parked and diverged ones again while anything changes. */
async function deliver(log: Log, messages: readonly Message[]): Promise<void> {
  for (let news = true; news;) {
    news = false;
    const results = await Promise.all(
      messages.map(({ session, bytes }) => log.receiveRun(session, bytes)),
    );
    expect(results.map(({ verdict }) => verdict)).not.toContain('reject');
    news = results.some(({ verdict }) => verdict === 'accept');
  }
}

/** What repair does for feeds whose leaves differ: the other's runs, then its end mark. */
async function repair(from: Log, to: Log): Promise<void> {
  for (const { session } of from.feeds()) {
    for (const { bytes } of from.readRuns(session, 1, everything, everything)) {
      await to.receiveRun(session, bytes);
    }
    const end = from.endMark(session);
    if (end !== undefined) await to.receiveEnd(session, end);
  }
}

function state(log: Log) {
  return [...log.feeds()].toSorted((a, b) => (a.session < b.session ? -1 : 1));
}

const plan = fc.record({
  cuts: fc.array(fc.nat(9), { maxLength: 3 }),
  orders: fc.array(fc.infiniteStream(fc.nat()), { minLength: 3, maxLength: 3 }),
});

function shuffled<T>(items: readonly T[], chance: Iterator<number>): T[] {
  const rest = [...items];
  const order: T[] = [];
  while (rest.length > 0) order.push(...rest.splice(chance.next().value % rest.length, 1));
  return order;
}

describe('convergence', () => {
  it('L7-L10: whatever the order of arrival, replicas that heard all end alike', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async ({ cuts, orders }) => {
        const messages = (await Promise.all(trees.map((tree) => messagesOf(tree, cuts)))).flat();
        const logs = orders.map(() => newLog());
        for (const [i, log] of logs.entries()) {
          const chance = orders[i];
          await deliver(log, chance === undefined ? messages : shuffled(messages, chance));
        }
        const [one, ...others] = logs.map(state);
        for (const other of others) expect(other).toEqual(one);
      }),
      { numRuns: 25 },
    );
  });

  it('L8-L11: replicas that heard different parts end alike once they repair each other', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async ({ cuts, orders }) => {
        const messages = (await Promise.all(trees.map((tree) => messagesOf(tree, cuts)))).flat();
        const logs = orders.map(() => newLog());
        for (const [i, log] of logs.entries()) {
          const chance = orders[i];
          if (chance !== undefined)
            await deliver(
              log,
              messages.filter(() => chance.next().value % 2 === 0),
            );
        }
        for (let round = 0; round < logs.length * 2; round++) {
          for (const from of logs) {
            for (const to of logs) if (from !== to) await repair(from, to);
          }
        }
        const [one, ...others] = logs.map(state);
        for (const other of others) expect(other).toEqual(one);
        const late = newLog();
        await repair(logs[0] ?? late, late);
        await repair(logs[0] ?? late, late);
        expect(state(late)).toEqual(one);
      }),
      { numRuns: 25 },
    );
  });
});
