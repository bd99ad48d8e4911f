import { GrapevineError, limits } from '@grapevine/wire';
import type { RoomSettings } from './event.ts';
import type { SessionId } from '@grapevine/wire';

/** Who a node is, and the chance and the hash it is given. */
export interface Identity {
  self: SessionId;
  /** What the first card carries; every later one is higher (M2). */
  incarnation: number;
  /** Author key and salt, 48 bytes, from which `self` follows. */
  proof: Uint8Array;
  /** What others are told of us: at most 512 bytes, opaque here. */
  info: Uint8Array;
  /** Uniform in [0, 1). */
  random: () => number;
  /** SHA-256. */
  hash: (bytes: Uint8Array) => Uint8Array;
}

/** What may be tuned. Times in milliseconds; every default names its source. */
export interface Settings {
  intervalMs: number;
  idleIntervalMs: number;
  hiddenIntervalMs: number;
  /** Neighbours told in a round. */
  fanout: number;
  /** What we send is cut into frames of at most this. */
  frameBytes: number;
  /** Probability that a place of the round goes to a neighbour whose digest differed. */
  preferDiffering: number;
  settleMs: number;
  settleSpacingMs: number;
  graceMs: number;
  graceMinMs: number;
  graceMaxMs: number;
  freshMs: number;
  lateMs: number;
  asleepMs: number;
  wantMinMs: number;
  wantMaxMs: number;
  ackBytes: number;
  piggybackBytes: number;
  bulkInFlightBytes: number;
  bulkQueueBytes: number;
  linkUnackedBytes: number;
  linkRumourQueueBytes: number;
  parkedRunsPerFeed: number;
  parkedBytes: number;
  leavesPerNode: number;
  wantsPerLink: number;
  servesPerLink: number;
  readsPerLink: number;
  announcedPerLink: number;
  ephemeralChannels: number;
  valueWindowChunks: number;
  activeValues: number;
  wantedValues: number;
  knownMembers: number;
}

export type Config = Identity & Partial<Settings>;

export const defaultSettings: Settings = {
  /** memberlist's LAN probe interval; a round is the heartbeat. */
  intervalMs: 1000,
  /** Twice the interval: half the idle traffic for one interval more until a crash is seen. */
  idleIntervalMs: 2000,
  /** Browsers throttle hidden pages to one timer a second at best, often fewer. */
  hiddenIntervalMs: 5000,
  /** Rumour mongering of Demers et al. converges with 2; memberlist uses 3 on lossy UDP. */
  fanout: 2,
  frameBytes: limits.frameBytes,
  /** Akka's gossip-different-view-probability. */
  preferDiffering: 0.8,
  /** Quiet time after which a changed digest is told early (G12). Guess: a few link round trips. */
  settleMs: 150,
  /** Between early tellings over one link; with more than two links it is longer (G12). Guess. */
  settleSpacingMs: 500,
  /**
   * Time a rumour has to overtake a `have` that names it before it is wanted (G5). Guess: several
   * link delays.
   */
  graceMs: 500,
  /**
   * PROTOCOL.md G5: from 3 round trips on, for whom they were measured. The least is what a busy
   * page was seen to hold a delta for before it passed it on.
   */
  graceMinMs: 300,
  graceMaxMs: 1000,
  /** A link is new for this long: what its descent finds missing is wanted without grace. Guess. */
  freshMs: 10_000,
  /** PROTOCOL.md M8; half of Cassandra's local pause guard of 5 s. */
  lateMs: 2500,
  /** A frozen page comes back within a day or was discarded. Guess. */
  asleepMs: 86_400_000,
  /** PROTOCOL.md G5. */
  wantMinMs: 300,
  wantMaxMs: 3000,
  /** A sixteenth of the window, so that it never closes on a reader that keeps up. */
  ackBytes: 65_536,
  /** Below this an acknowledgement would cost more than it tells. Guess. */
  piggybackBytes: 4096,
  /** 23 ms of a channel that moves 11 MB/s: what a rumour waits for at most. */
  bulkInFlightBytes: 262_144,
  /** Descent answers beyond it are dropped and asked for again. Guess: half the window. */
  bulkQueueBytes: 524_288,
  linkUnackedBytes: limits.linkUnackedBytes,
  linkRumourQueueBytes: limits.linkRumourQueueBytes,
  parkedRunsPerFeed: limits.parkedRunsPerFeed,
  parkedBytes: limits.parkedBytes,
  /** PROTOCOL.md G6. Up to so many short hashes cost less than another level of the tree. */
  leavesPerNode: 12,
  /** Feeds asked for at once over one link. Guess: one `want` of at most 9 KiB. */
  wantsPerLink: 256,
  /** Four times what an honest neighbour asks for. */
  servesPerLink: 1024,
  /**
   * Reads of the log under way for one neighbour: enough to fill a frame from small feeds. Guess.
   */
  readsPerLink: 4,
  /** Feeds remembered for the next `have`; beyond it a descent finds them. Guess. */
  announcedPerLink: 4096,
  /** Ephemeral messages that wait on a link, one a channel; the oldest gives way. Guess. */
  ephemeralChannels: 64,
  /** PROTOCOL.md G10. */
  valueWindowChunks: 32,
  /**
   * Values fetched at once. Guess: hides one holder's latency without splitting its channel finely.
   */
  activeValues: 4,
  /** Guess: twice the notes of the largest import tried. */
  wantedValues: 16_384,
  /** The full table reaches to 2,000 members. Guess: 32 bytes each are little, and a page shows no more. */
  knownMembers: 2000,
};

/** What a room may set, from the least to the most (C2). A larger message goes in a frame of its own. */
export const settingRanges = {
  intervalMs: [200, 60_000],
  fanout: [1, 16],
  frameBytes: [4_096, limits.frameBytes],
} as const;

/** The settings given, the others at their default. Throws GrapevineError `setting-invalid`. */
export function checkRoomSettings(room: RoomSettings): Required<RoomSettings> {
  const { intervalMs, fanout, frameBytes } = defaultSettings;
  const all = { intervalMs, fanout, frameBytes, ...room };
  for (const name of ['intervalMs', 'fanout', 'frameBytes'] as const) {
    const [least, most] = settingRanges[name];
    const value = all[name];
    if (Number.isInteger(value) && value >= least && value <= most) continue;
    throw new GrapevineError(
      'setting-invalid',
      `${name} must be a whole number from ${least} to ${most}, not ${String(value)}.`,
      'Choose another value; the setting stays as it was.',
    );
  }
  return all;
}
