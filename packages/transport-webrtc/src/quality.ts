import { GrapevineError } from '@grapevine/wire';
import type { LinkQuality } from '@grapevine/ports';

/** From the longest way to the shortest: the longer end of a pair says how its packets travel. */
const paths = ['relay', 'srflx', 'prflx', 'host'] as const;

/**
 * What is read of the reports of `getStats`, whose type in the DOM library says nothing about their
 * fields.
 */
interface Report {
  id: string;
  type: string;
  selectedCandidatePairId?: unknown;
  localCandidateId?: unknown;
  remoteCandidateId?: unknown;
  candidateType?: unknown;
  currentRoundTripTime?: unknown;
  nominated?: unknown;
  state?: unknown;
}

/**
 * How the selected candidate pair of a connection travels. Rejects with `link-failed` while none is
 * selected.
 */
export function qualityOf(reports: Iterable<Report>): LinkQuality {
  const byId = new Map<unknown, Report>();
  for (const report of reports) byId.set(report.id, report);
  const pair = selectedPair(byId);
  const ends = [byId.get(pair?.localCandidateId), byId.get(pair?.remoteCandidateId)];
  const path = paths.find((kind) => ends.some((end) => end?.candidateType === kind));
  if (pair === undefined || path === undefined) {
    throw new GrapevineError(
      'link-failed',
      'The link has no path at the moment.',
      'Ask again later.',
    );
  }
  const seconds = pair.currentRoundTripTime;
  return { path, rttMs: typeof seconds === 'number' ? seconds * 1_000 : undefined };
}

function selectedPair(byId: ReadonlyMap<unknown, Report>): Report | undefined {
  let nominated: Report | undefined;
  for (const report of byId.values()) {
    if (report.type === 'transport') {
      const selected = byId.get(report.selectedCandidatePairId);
      if (selected !== undefined) return selected;
    }
    // Firefox names no pair in its transport report.
    if (
      report.type === 'candidate-pair' &&
      report.nominated === true &&
      report.state === 'succeeded'
    ) {
      nominated = report;
    }
  }
  return nominated;
}
