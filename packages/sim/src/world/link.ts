/** 0: from the first end to the second; 1: back. */
export type Direction = 0 | 1;

/** One way of a link. */
export interface Lane {
  readonly from: number;
  readonly to: number;
  /** Without jitter. */
  latencyMs: number;
  bytesPerSecond: number;
  /** Until when the sender's side is busy with what it was given. */
  busyUntil: number;
  /** When the last frame so far arrives: none after it arrives before it. */
  lastArrival: number;
  /** Stalls under way. */
  stalls: number;
  /** What a stall or a partition holds back, in order; undefined stands for the end of the link. */
  held: (Uint8Array | undefined)[] | undefined;
  /** The receiving end knows the link. */
  up: boolean;
  /** The receiving end is done with it. */
  over: boolean;
  /** What came before the receiving end knew the link. */
  early: (Uint8Array | undefined)[] | undefined;
}

/** A data channel: reliable and in order both ways as long as it lives. */
export interface SimLink {
  readonly id: number;
  readonly lanes: readonly [Lane, Lane];
  /** Nothing comes through any more; what is under way is lost. */
  broken: boolean;
  /** It has less bandwidth than it should, for a while. */
  slow: boolean;
}

export function laneFrom(link: SimLink, member: number): Lane {
  return link.lanes[link.lanes[0].from === member ? 0 : 1];
}

/** The lane on which `member` receives; its `up` and `over` are that end's. */
export function laneTo(link: SimLink, member: number): Lane {
  return link.lanes[link.lanes[0].to === member ? 0 : 1];
}

export function otherEnd(link: SimLink, member: number): number {
  return laneFrom(link, member).to;
}

/** Both ends know it and neither has let go. */
export function isUp(link: SimLink): boolean {
  const [there, back] = link.lanes;
  return !link.broken && there.up && back.up && !there.over && !back.over;
}
