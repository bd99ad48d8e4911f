import type { MemberState, OutEvent } from '@grapevine/gossip';
import type { SessionId } from '@grapevine/wire';
import type { Lane, SimLink } from './link.ts';
import type { SharedFeed } from './log.ts';
import type { SimMember } from './member.ts';

export type CloseReason = Extract<OutEvent, { type: 'close' }>['reason'];

/** Who watches a world: nothing here changes what happens in it. */
export interface Observer {
  /** A frame is about to be handled. */
  delivered(link: SimLink, lane: Lane, bytes: Uint8Array): void;
  written(member: SimMember, feed: SharedFeed, seq: number): void;
  /** It now holds `from..to` as well; they came over `link`. */
  accepted(member: SimMember, feed: SharedFeed, from: number, to: number, link: number): void;
  rejected(member: SimMember, reason: string): void;
  /** It holds `about` to be in that state. */
  judged(member: SimMember, about: SessionId, state: MemberState): void;
  closed(member: SimMember, reason: CloseReason): void;
}

const ignore = (): void => undefined;

export const noObserver: Observer = {
  delivered: ignore,
  written: ignore,
  accepted: ignore,
  rejected: ignore,
  judged: ignore,
  closed: ignore,
};
