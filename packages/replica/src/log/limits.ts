import { limits } from '@grapevine/wire';

/** Limits of the log beside those of `@grapevine/wire`. */
export const logLimits = {
  /**
   * The headers of a run's deltas in the form of a branch (PROTOCOL.md L9). Two branches must
   * fit into one frame, or a
   * feed forked inside a long run could not be proved to be so: 2 × 30,720 + 4,096 for all that
   * stands around them.
   */
  branchBytes: 30_720,
  /** An end mark: the larger of two branches and a run, with kind, seq and lengths. */
  endBytes: 61_600,
  /** An end mark with its witness as storage keeps it: two runs. */
  storedEndBytes: 2 * limits.runBytes,
  /** Own deltas authored and not yet sealed; sealing keeps up unless signing fails (guess). */
  unsealedDeltas: 65_536,
} as const;
