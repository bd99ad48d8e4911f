import { test } from '../fixtures/world.ts';

/** One row of the table. */
export interface Figure {
  /** Starts with its number. */
  figure: string;
  asked: string;
  grapevine: string;
  yWebrtc: string;
  note: string;
  /** The single measurements, in the figure's unit, by system. */
  samples?: Record<string, number[]>;
}

/** How often a page showed a member as gone that was there. */
export interface FalseDeaths {
  system: 'Grapevine' | 'y-webrtc';
  /** By how it was shown. */
  shownAs: Record<string, number>;
}

export async function report(figure: Figure): Promise<void> {
  await test.info().attach('figure', { body: JSON.stringify(figure), contentType: 'text/json' });
}

/** A row only Grapevine has. */
export function reportOwn(
  figure: string,
  asked: string,
  samples: number[],
  note: string,
  unit?: string,
): Promise<void> {
  const grapevine = spread(samples, unit);
  return report({ figure, asked, grapevine, yWebrtc: '', note, samples: { Grapevine: samples } });
}

export async function reportFalseDeaths(deaths: FalseDeaths): Promise<void> {
  const body = JSON.stringify(deaths);
  await test.info().attach('false deaths', { body, contentType: 'text/json' });
}

export function mean(samples: readonly number[]): number {
  return samples.reduce((all, sample) => all + sample, 0) / samples.length;
}

/** @param share 0.5 for the median */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** `p50 12.3 ms, p99 45.6 ms (n = 7)` */
export function spread(samples: readonly number[], unit = 'ms'): string {
  const [p50, p99] = [quantile(samples, 0.5), quantile(samples, 0.99)];
  return `p50 ${p50.toFixed(2)} ${unit}, p99 ${p99.toFixed(2)} ${unit} (n = ${samples.length})`;
}
