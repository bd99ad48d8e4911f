import type { SessionId } from '@grapevine/wire';
import type { Settings } from './config.ts';
import { InNames } from './dictionary.ts';
import type { LinkId, Stats } from './event.ts';
import { Link } from './link.ts';

/**
 * One link and what is known of the member behind it. Plain state: the protocols that own the
 * fields stand beside them.
 */
export class Neighbour {
  readonly id: LinkId;
  readonly member: SessionId;
  readonly link: Link;
  readonly names = new InNames();
  readonly upAt: number;
  /** The link is down or about to be; nothing is sent on it any more. */
  gone = false;

  // What it said.
  hello = false;
  intervalMs: number;
  /** Its digest as last told. */
  digest: Uint8Array | undefined;
  peers: ReadonlySet<SessionId> = new Set();
  heardAt: number;

  // What it was told.
  told: Uint8Array | undefined;
  toldAt: number;

  // push.ts: what it is known to hold, or was sent (G3); feeds that changed since the last `have`.
  readonly offered = new Map<SessionId, number>();
  readonly unannounced = new Set<SessionId>();

  // liveness.ts
  echo: { nonce: number; at: number } | undefined;
  /** Smoothed round trip of echoes. */
  srttMs: number | undefined;

  // fetch.ts, values.ts: requests under way to it, and when it last answered one.
  wants = 0;
  progressAt = 0;
  /** Bytes of runs it sent that are being validated. */
  validatingBytes = 0;
  /** Feeds of which its copy contradicts ours: asked for whole once (L11). */
  readonly diverged = new Set<SessionId>();

  // round.ts: since when which pair of digests has differed, and in how many of its rounds.
  mismatch: { since: number; theirs: Uint8Array; ours: Uint8Array; rounds: number } | undefined;
  /** Something between us was lost: a mismatch counts although feeds keep changing. */
  doubt = false;

  constructor(id: LinkId, member: SessionId, settings: Settings, stats: Stats, nowMs: number) {
    this.id = id;
    this.member = member;
    this.link = new Link(settings, stats);
    this.upAt = nowMs;
    this.heardAt = nowMs;
    this.toldAt = nowMs;
    this.intervalMs = settings.intervalMs;
  }

  offer(session: SessionId, seq: number): void {
    if (seq > this.offeredTo(session)) this.offered.set(session, seq);
  }

  /** Up to where it is known to hold the feed or was sent it; its own feed it holds whole. */
  offeredTo(session: SessionId): number {
    if (session === this.member) return Number.MAX_SAFE_INTEGER;
    return this.offered.get(session) ?? 0;
  }
}
