import type { Neighbour } from '../links/neighbour.ts';
import { band } from './band.ts';

/** Linked longest and never let go: whoever dials urgently under many names cannot displace everybody. Guess. */
const anchors = 3;
/** Linked last and not let go yet: who has just come would dial again. Guess. */
const newcomers = 3;

/**
 * Whom to let go of `neighbours`, more than `band.most`: at random among those neither linked longest nor last
 * whose own degree is above the least; where there is none, the one of the highest degree (O5).
 */
export function choosePruned(
  neighbours: readonly Neighbour[],
  random: () => number,
): Neighbour | undefined {
  const byAge = neighbours.toSorted((a, b) => a.upAt - b.upAt);
  const middle = byAge.slice(anchors, byAge.length - newcomers);
  const rich = middle.filter(({ peers }) => peers.size > band.least);
  if (rich.length > 0) return rich[Math.floor(random() * rich.length)];
  let chosen: Neighbour | undefined;
  for (const neighbour of middle) {
    if (chosen === undefined || neighbour.peers.size > chosen.peers.size) chosen = neighbour;
  }
  return chosen;
}
