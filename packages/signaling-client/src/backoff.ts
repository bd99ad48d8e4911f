import type { Random } from '@grapevine/ports';

/** First and longest mean wait, milliseconds. Full jitter spreads the tabs a restarted server lost (AWS, "Exponential Backoff And Jitter"). */
const firstMs = 500;
const mostMs = 30_000;
/** A refusal that time may lift (guess: half the minute over which servers count joins, so that a retry is not a burden). */
const refusedFromMs = 15_000;
const refusedToMs = 45_000;

function fraction(random: Random): number {
  let value = 0;
  for (const byte of random.bytes(4)) value = value * 256 + byte;
  return value / 2 ** 32;
}

/** @param failures tries that failed in a row, at least 1 */
export function backoffMs(failures: number, random: Random): number {
  const ceiling = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 16));
  return fraction(random) * ceiling;
}

export function refusedWaitMs(random: Random): number {
  return refusedFromMs + fraction(random) * (refusedToMs - refusedFromMs);
}
