const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['second', 60_000],
  ['minute', 3_600_000],
  ['hour', 86_400_000],
  ['day', 30 * 86_400_000],
];
const unitMs = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
/** Below this a number of seconds only flickers. A guess. */
const justNowMs = 10_000;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'long' });
const date = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' });
const exact = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });

/**
 * A moment in words, as seen at `now` (both unix milliseconds): "just now", "5 minutes ago", "in 2 hours" where the
 * writer's clock is ahead, and a date beyond 30 days.
 */
export function relativeTime(at: number, now: number): string {
  if (!Number.isFinite(at)) return 'at an unknown time';
  const difference = at - now;
  const distance = Math.abs(difference);
  if (distance < justNowMs) return 'just now';
  for (const [unit, below] of units) {
    if (distance < below) {
      return relative.format(Math.trunc(difference / unitMs[unit as keyof typeof unitMs]), unit);
    }
  }
  return date.format(at);
}

/** The full date and time, for a tooltip and for history. */
export function exactTime(at: number): string {
  return Number.isFinite(at) ? exact.format(at) : 'unknown time';
}

/** How long a state has lasted by `now`: "for 5 minutes", "since 3 Nov 2026". */
export function lastingTime(since: number, now: number): string {
  const words = relativeTime(Math.min(since, now), now);
  if (words === 'just now') return 'for a moment';
  return words.endsWith(' ago') ? `for ${words.slice(0, -4)}` : `since ${words}`;
}
