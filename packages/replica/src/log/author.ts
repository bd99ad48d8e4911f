import { GrapevineError } from '@grapevine/wire';
import type { Session } from '../session.ts';
import { encodeDraft, headerFields } from './codec.ts';
import type { DeltaDraft } from './delta.ts';
import type { Feed, FeedState, Held, Row } from './feed.ts';
import { chainHeaders, encodeHeader } from './header.ts';
import { logLimits } from './limits.ts';
import { openingDraft } from './opening.ts';
import { packRuns, runOf } from './runs.ts';
import type { Run } from './runs.ts';
import { checkDelta } from './validity.ts';
import type { Rules } from './validity.ts';

/** Own deltas made fit to travel and to be stored. */
export interface Sealed {
  runs: Run[];
  rows: Row[];
  feed: Feed;
}

/**
 * Chains drafts onto a session's own feed; all or none.
 * @param feed of this very session
 * @returns one per draft, in order; the opening that goes before the first is not among them
 * @throws GrapevineError see `Log.author`
 */
export function appendDrafts(
  feed: FeedState,
  session: Session,
  drafts: readonly DeltaDraft[],
  hlc: (previous: number) => number,
  rules: Rules,
): Held[] {
  const { certificate } = session;
  if (certificate === undefined) throw readOnly();
  if (feed.end !== undefined) throw ended();
  const opening = feed.head === 0 ? [openingDraft(session, certificate)] : [];
  if (feed.head - feed.signedSeq + drafts.length > logLimits.unsealedDeltas) throw backlog();
  let position = feed.position(feed.head);
  let prefix = feed.prefix;
  const made = [...opening, ...drafts].map((draft) => {
    const raw = encodeDraft(draft, Math.max(hlc(prefix.hlc), prefix.hlc + 1));
    const [hash] = chainHeaders(feed.headerPrefix, position, [raw]).hashes;
    if (hash === undefined) throw new RangeError('a delta has one header');
    position = { seq: position.seq + 1, hash };
    const held = feed.hold(position, raw, undefined);
    if (position.seq === 1) {
      prefix = { ...prefix, hlc: raw.hlc };
    } else {
      const validity = checkDelta(prefix, held.delta, raw.payloadLength, rules);
      if (!validity.valid) throw refused(draft, validity.reason);
      ({ prefix } = validity);
    }
    return { held, prefix };
  });
  for (const step of made) feed.append(step.held, step.prefix);
  return made.slice(opening.length).map(({ held }) => held);
}

/**
 * Signs what was authored since the last seal: one signature a run. Must not run twice at once for
 * one feed.
 */
export async function sealFeed(feed: FeedState, session: Session): Promise<Sealed> {
  if (feed.end !== undefined) return { runs: [], rows: [], feed: feed.summary() };
  const groups = [...packRuns(feed.held.slice(feed.signedSeq), () => true)];
  const signatures = await Promise.all(
    groups.map((group) => session.key.sign(lastHeader(feed, group))),
  );
  groups.forEach((group, i) => {
    const [last, signature] = [group.at(-1), signatures[i]];
    if (last !== undefined && signature !== undefined) feed.sign(last, signature);
  });
  // An end mark that came while signing voids what stands behind it.
  const kept = groups.filter((group) => (group.at(-1)?.delta.seq ?? 0) <= feed.signedSeq);
  return {
    runs: kept.map((group) => runOf(feed.session, group)),
    rows: kept.flatMap((group) => group.map((held) => feed.row(held))),
    feed: feed.summary(),
  };
}

function lastHeader(feed: FeedState, group: readonly Held[]): Uint8Array {
  const last = group.at(-1);
  if (last === undefined) throw new RangeError('an empty run');
  const before = feed.position(last.delta.seq - 1);
  return encodeHeader(feed.headerPrefix, before, headerFields(last.delta));
}

function readOnly(): GrapevineError {
  return new GrapevineError(
    'read-only',
    'This room was opened with a read-only link, so nothing can be written.',
    'Ask a member for the link that can write.',
  );
}

function ended(): GrapevineError {
  return new GrapevineError(
    'feed-ended',
    'The others no longer accept what this tab writes: its feed was found invalid or written to twice.',
    'Reload the page to write on in a new session; copy what was not saved first.',
  );
}

function backlog(): GrapevineError {
  return new GrapevineError(
    'seal-backlog',
    `More than ${logLimits.unsealedDeltas} writes wait to be signed.`,
    'Wait until earlier writes are saved, then write on.',
  );
}

function refused(draft: DeltaDraft, reason: string): GrapevineError {
  const size = draft.values.reduce((sum, value) => sum + value.length, draft.body.length);
  return new GrapevineError(
    reason.startsWith('L4') ? 'delta-too-large' : 'delta-invalid',
    `A write of ${size} bytes was refused (${reason}).`,
    'Split it into smaller writes.',
  );
}
