import type { Random } from '../world/random.ts';
import { anybody } from './averages.ts';

/** Who counts as everybody. */
export const coverage = 0.999;

/**
 * Rumour mongering on the complete graph in rounds (Demers et al. 1987): every informed member
 * tells `fanout` members chosen at random. @returns rounds until 99.9 % know
 */
export function pushRounds(members: number, fanout: number, random: Random): number {
  const other = anybody(members, random);
  const informed = new Uint8Array(members);
  const order = new Int32Array(members);
  informed[0] = 1;
  let count = 1;
  let rounds = 0;
  while (count < coverage * members) {
    rounds++;
    const tellers = count;
    for (let teller = 0; teller < tellers; teller++) {
      for (let each = 0; each < fanout; each++) {
        const to = other(order[teller] as number);
        if (informed[to] !== 0) continue;
        informed[to] = 1;
        order[count++] = to;
      }
    }
  }
  return rounds;
}

/**
 * The same with every member, informed or not, calling `fanout` others, and either end of a call
 * telling the other (Karp et al. 2000).
 */
export function pushPullRounds(members: number, fanout: number, random: Random): number {
  const other = anybody(members, random);
  let informed = new Uint8Array(members);
  informed[0] = 1;
  let count = 1;
  let rounds = 0;
  while (count < coverage * members) {
    rounds++;
    // Only what was known before the round is told in it.
    const next = informed.slice();
    for (let caller = 0; caller < members; caller++) {
      for (let each = 0; each < fanout; each++) {
        const to = other(caller);
        if ((informed[caller] as number) + (informed[to] as number) !== 1) continue;
        next[caller] = 1;
        next[to] = 1;
      }
    }
    informed = next;
    count = informed.reduce((sum, one) => sum + one, 0);
  }
  return rounds;
}

/** Pittel's bound for push to all, as log base (1 + fanout) and ln over the fanout. */
export function pushLaw(members: number, fanout: number): number {
  return Math.log(members) / Math.log(1 + fanout) + Math.log(members) / fanout;
}

/** Karp et al.: a tripling each round, then a doubly logarithmic end; both shrink with the fanout. */
export function pushPullLaw(members: number, fanout: number): number {
  const growth = Math.log(members) / Math.log(1 + 2 * fanout);
  return growth + Math.log2(Math.max(2, Math.log2(members)));
}
