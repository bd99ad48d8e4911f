import type { Counters, Write } from './in-page/driver.ts';
import type { Peer } from './systems/peer.ts';

/** How long pages have to hear of their part before it begins, in milliseconds. */
const headStart = 1000;
/** How long payloads may go on arriving after the last write, in milliseconds. */
const quietAfter = 60_000;
/** Time from one look at the counters to the next, in milliseconds: many times what a payload is under way. */
const lookEvery = 500;
/** How long an update may take until it counts as lost, in seconds. */
export const lostAfter = 30;

/** Updates at an even pace; the writers, spread evenly over all pages, take turns. */
export interface Work {
  name: string;
  writers: number;
  updates: number;
  perSecond: number;
}

/** What was written, by whom. */
export interface Written {
  keys: string[];
  /** Keys by page. */
  parts: string[][];
  /** Pages that did not get all of it. */
  lacking: number;
}

/** Makes the pages do the work, and waits until all hold all of it. */
export async function write(peers: readonly Peer[], work: Work): Promise<Written> {
  const start = Date.now() + headStart;
  const writes = peers.map((): Write[] => []);
  for (let i = 0; i < work.updates; i++) {
    const writer = Math.floor(((i % work.writers) * peers.length) / work.writers);
    writes[writer]?.push({ key: `${work.name}-${i}`, at: start + (i * 1000) / work.perSecond });
  }
  await Promise.all(peers.map((peer, i) => peer.putAll(writes[i] ?? [])));
  const parts = writes.map((part) => part.map(({ key }) => key));
  const keys = parts.flat();
  const held = await Promise.all(peers.map((peer) => peer.holds(keys, lostAfter * 1000)));
  return { keys, parts, lacking: held.filter((all) => !all).length };
}

export type Totals = Pick<Counters, 'copies' | 'fresh' | 'repairBytes'>;

/**
 * Sums over all pages, once no more payloads arrive.
 * @throws where they go on arriving: what is counted then is not the work alone
 */
export async function totals(
  peers: readonly Pick<Peer, 'counters'>[],
  looks = quietAfter / lookEvery,
): Promise<Totals> {
  let last: Totals | undefined;
  for (let look = 0; look < looks; look++) {
    const counters = await Promise.all(peers.map((peer) => peer.counters()));
    const sum = (of: keyof Totals) => counters.reduce((all, counter) => all + counter[of], 0);
    const now = { copies: sum('copies'), fresh: sum('fresh'), repairBytes: sum('repairBytes') };
    if (now.copies === last?.copies) return now;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, lookEvery));
  }
  throw new Error(`payloads still arrive after ${(looks * lookEvery) / 1000} s`);
}
