import type { SessionId } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { Neighbour } from '../links/neighbour.ts';

/** Why a member is accused. */
export interface Grounds {
  /** The link to it, or the one there was. */
  neighbour: Neighbour | undefined;
  /** It was silent on a link that stands; otherwise the link is lost. */
  silent: boolean;
  /** Refuted, it is asked once more whether it lives (M7). */
  twice: boolean;
}

/** Nobody known is linked to it, and it was not heard of. */
export const unheard: Grounds = { neighbour: undefined, silent: false, twice: false };

/** Whether anybody is known who would notice that the member is gone. */
export function isWatched({ active }: Core, member: SessionId): boolean {
  if (active.has(member)) return true;
  for (const { peers } of active.values()) if (peers.has(member)) return true;
  return false;
}

/** Of the neighbours a member names: who is told in every one of its rounds, and misses it first (M4). */
export function primaryObserver(neighbours: readonly SessionId[]): SessionId | undefined {
  let lowest = neighbours[0];
  for (const member of neighbours) if (lowest === undefined || member < lowest) lowest = member;
  return lowest;
}
