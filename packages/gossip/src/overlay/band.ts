import { limits } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import type { MemberState } from '../event.ts';

/** What the overlay asks of the membership: how many are here, and who (section 11). */
export interface Room {
  /** Members here, this one included. */
  readonly size: number;
  /** Of a larger room the table knows only some. */
  readonly sampled: boolean;
  isHere(member: SessionId): boolean;
  get(member: SessionId): { readonly state: MemberState } | undefined;
}

/**
 * Links of one member (O1). 4: a random graph of degree 3 is connected with high probability, and one link may
 * be missing. 6: broadcast over 10,000 nodes within 11 hops (GossipSub's D). 9: half as much again, so that who
 * arrives finds room without links being closed for it.
 */
export const band = { least: 4, aim: 6, most: limits.linkedMembers } as const;

/** A room of at most as many members is a full mesh (O1). */
export const smallRoom = band.most + 1;

/**
 * Links beyond `most` that urgent dials may bring about for a moment (O4): a crowd that arrives at once spreads
 * over the room and does not all land on the first member. Guess.
 */
export const slack = 3;
