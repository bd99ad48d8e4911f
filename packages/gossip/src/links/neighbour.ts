import type { SessionId } from '@grapevine/wire';
import type { Settings } from '../config.ts';
import { InNames } from '../frames/dictionary.ts';
import type { LinkId, Stats } from '../event.ts';
import { Allowance } from './allowance.ts';
import { Link } from './link.ts';
import type { Parting } from '../overlay/overlay.ts';
import { Difference } from '../repair/difference.ts';

/** Guess: twice the feeds a member lacks at most before it is asked for in turns. */
const maxOffered = 8192;
/** Walks taken from it in 30 s, and remembered. */
export const mostWalks = 16;

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
  /** What its end counts as, where the end began here or was announced. */
  parting: Parting = 'closed';
  /** It was let go, or lets us go; until then what hangs on the link finds another (O5). */
  partsAt: number | undefined;

  // What it said.
  hello = false;
  intervalMs: number;
  /** Its digest as last told. */
  digest: Uint8Array | undefined;
  /** Its digest of the table of members, as last told. */
  memberDigest: Uint8Array | undefined;
  peers: ReadonlySet<SessionId> = new Set();
  /** We are the lowest of its peers: its primary observer, told in every one of its rounds (M4). */
  primary = false;
  heardAt: number;

  // What it was told.
  told: Uint8Array | undefined;
  toldAt: number;

  // lazy.ts: the last batch it was told.
  batch: ReadonlyMap<SessionId, unknown> | undefined;

  // push.ts, lazy.ts: what it is known to hold, or was sent (G3), as long as that is of use.
  readonly offered = new Map<SessionId, number>();

  // What it may bring, more than any honest room makes it bring. Guesses: ten times the usual and more.
  /** trees.ts: epochs that are taken up and go on through the room: every tree anew twice, and as many contests. */
  readonly beacons = new Allowance(256, 10_000);
  /** overlay/shuffle.ts: walks. */
  readonly walks = new Allowance(mostWalks, 30_000);
  /** membership/probes.ts: probes and replies. */
  readonly probes = new Allowance(128, 10_000);
  /** overlay/bridge.ts: bytes of signals. Half of what may wait for one link. */
  readonly signals = new Allowance(262_144, 10_000);

  // overlay/shuffle.ts: walks it passed on, of which an answer may go back to it.
  readonly walked = new Set<string>();

  // trees.ts: when it told of a shared tree with another root: it and who is behind it were not in ours.
  foreignAt = -Infinity;

  // monitor.ts: when it was asked for a sign of life, and when it was accused of giving none.
  askedAt: number | undefined;
  accusedAt: number | undefined;
  echo: { nonce: number; at: number; anew: boolean } | undefined;
  /** Smoothed round trip of echoes. */
  srttMs: number | undefined;
  /** It was measured anew once the link had settled. */
  settled = false;

  // fetch.ts, values.ts: requests under way to it, and when it last answered one.
  wants = 0;
  progressAt = 0;
  /** Bytes of runs it sent that are being validated. */
  validatingBytes = 0;
  /** Feeds of which its copy contradicts ours: asked for whole once (L11). */
  readonly diverged = new Set<SessionId>();

  // round.ts, repair/: how its tables differ from ours, as far as known; the interval it was promised.
  readonly feedsDiffer = new Difference();
  readonly membersDiffer = new Difference();
  promisedMs: number;
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
    this.promisedMs = settings.intervalMs;
  }

  /** Neither gone nor let go: what is new may be built on it. */
  get stays(): boolean {
    return !this.gone && this.partsAt === undefined;
  }

  offer(session: SessionId, seq: number): void {
    if (seq > this.offeredTo(session)) this.offered.set(session, seq);
    // Forgetting costs a rumour or a `have` sent for nothing.
    if (this.offered.size > maxOffered) this.offered.clear();
  }

  /** Up to where it is known to hold the feed or was sent it; its own feed it holds whole. */
  offeredTo(session: SessionId): number {
    if (session === this.member) return Number.MAX_SAFE_INTEGER;
    return this.offered.get(session) ?? 0;
  }
}
