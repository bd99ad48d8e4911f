import type { Random } from '@grapevine/ports';
import { fraction } from '../browser-host.ts';

/** Jittered and doubling, so that a storm of reconnects does not use up the PeerConnections of a page (Chromium: 500); the first is quick because most losses are passing. */
const retryMinMs = 500;
const retryMaxMs = 60_000;
const refusedRetryMs = 20_000;
/** A link that lasted this long starts the backoff anew; a member whose links keep breaking is dialled ever more rarely, down to every 8 s. Source: guess. */
const stableMs = 10_000;
const failuresOfBreaking = 4;

/** Until a member is tried again that could not be linked `failures` times in a row. */
export function retryDelayMs(failures: number, random: Random): number {
  const ceiling = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(failures, 10));
  return ceiling * (0.2 + 0.8 * fraction(random));
}

/** Until a member is asked again that had no place for us. */
export function refusedDelayMs(random: Random): number {
  return refusedRetryMs * (1 + fraction(random));
}

/** What the end of a link counts for, after `failures` before it. */
export function failuresAfter(lastedMs: number, failures: number): number {
  return lastedMs < stableMs ? Math.min(failures + 1, failuresOfBreaking) : 0;
}
