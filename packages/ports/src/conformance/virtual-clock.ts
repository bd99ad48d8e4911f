import type { Clock, Random } from '../host.ts';

/** Time that passes only when told to. */
export interface VirtualClock extends Clock {
  /** Lets `ms` pass: calls back whatever falls due, in order of due time, then of being asked for. */
  advance(ms: number): void;
  /** Callbacks not yet made nor cancelled. */
  readonly pending: number;
  /** Milliseconds until the next callback, undefined where none is pending. */
  readonly nextInMs: number | undefined;
}

interface Entry {
  dueMs: number;
  callback: () => void;
}

/** @param startMs unix milliseconds at the start; `monotonic` starts at 0 */
export function createVirtualClock(startMs = 1_700_000_000_000): VirtualClock {
  const entries = new Set<Entry>();
  let elapsedMs = 0;

  const first = (): Entry | undefined => {
    let next: Entry | undefined;
    for (const entry of entries) {
      if (next === undefined || entry.dueMs < next.dueMs) next = entry;
    }
    return next;
  };

  return {
    now: () => startMs + elapsedMs,
    monotonic: () => elapsedMs,
    after(delayMs, callback) {
      const entry = { dueMs: elapsedMs + Math.max(0, delayMs), callback };
      entries.add(entry);
      return () => {
        entries.delete(entry);
      };
    },
    advance(ms) {
      const untilMs = elapsedMs + ms;
      for (let next = first(); next !== undefined && next.dueMs <= untilMs; next = first()) {
        entries.delete(next);
        elapsedMs = next.dueMs;
        next.callback();
      }
      elapsedMs = untilMs;
    },
    get pending() {
      return entries.size;
    },
    get nextInMs() {
      const next = first();
      return next === undefined ? undefined : next.dueMs - elapsedMs;
    },
  };
}

/**
 * The same bytes for the same seed, for tests only. mulberry32: 32 bits of state are enough to be reproducible, and nothing here is secret.
 *
 * @param seed any number; its lowest 32 bits count
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  const nextByte = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) & 255;
  };
  return { bytes: (length) => Uint8Array.from({ length }, nextByte) };
}
