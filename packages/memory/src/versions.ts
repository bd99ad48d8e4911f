import {
  DecodeError,
  Writer,
  decode,
  fromBase64Url,
  sessionIdBytes,
  sessionIdFrom,
  sessionIdToBytes,
  toBase64Url,
  type SessionId,
} from '@grapevine/wire';
import { memoryLimits } from './memory-limits.ts';
import { partOf } from './merge.ts';
import { badCursor, pageLimit } from './page-options.ts';
import { ReadBudget, detachedBytes, valueOf, type Presenter } from './presenter.ts';
import type { Page, Version } from './types.ts';
import { mimeTypeOf } from './values.ts';
import { attributesOf, compareVersions, isoTimeOf, type VersionNode } from './version.ts';
import type { AppliedDelta, View } from './view.ts';

export type ChangeItem = Version & { namespace: string; key: string };

/** Highest seq seen of each session. */
type Vector = Map<SessionId, number>;

const cursorForm = 1;

/** Newest first. Names are checked already. */
export async function historyOf(
  view: View,
  presenter: Presenter,
  namespace: string,
  key: string,
): Promise<Version[]> {
  const node = view.entry(namespace, key);
  const budget = new ReadBudget();
  const versions: Version[] = [];
  for (const version of [...(node?.versions ?? [])].sort(compareVersions).reverse()) {
    versions.push(await describe(presenter, version, budget));
  }
  return versions;
}

/** Versions this replica has come to know, whole deltas at a time. Option names are checked already. */
export async function changesSince(
  view: View,
  presenter: Presenter,
  options: { since?: string; limit?: number },
): Promise<Page<ChangeItem>> {
  const limit = pageLimit(options.limit, memoryLimits.pageDefault);
  const vector: Vector = options.since === undefined ? new Map() : decodeVector(options.since);
  const budget = new ReadBudget();
  const items: ChangeItem[] = [];
  for (const { session, seq, versions } of deltasSince(view, vector)) {
    if (items.length > 0 && items.length + versions.length > limit) break;
    vector.set(session, seq);
    for (const version of versions) {
      const { namespace, key } = version.entry;
      items.push({ ...(await describe(presenter, version, budget)), namespace, key });
    }
  }
  return { items, cursor: encodeVector(vector) };
}

async function describe(
  presenter: Presenter,
  version: VersionNode,
  budget: ReadBudget,
): Promise<Version> {
  const part = version.value && partOf(version.value);
  const isDeleted = version.operation === 'deleted';
  const canRead = part !== undefined && !isDeleted && budget.take(detachedBytes([part]));
  const bytes = canRead ? await presenter.read([part]) : undefined;
  const attributes = attributesOf(version);
  const mimeType = mimeTypeOf(version.media, attributes.mime_type);
  return {
    id: version.id,
    entry_id: version.entry.id,
    parents: [...version.parents],
    operation: version.operation,
    ...valueOf(bytes, mimeType),
    ...(isDeleted && { available: true }),
    mime_type: mimeType,
    size: isDeleted ? 0 : (part?.size ?? 0),
    actor: presenter.actorOf(version),
    session: version.session,
    hlc: version.hlc,
    at: isoTimeOf(version.hlc),
    ...(attributes.reason !== undefined && { reason: attributes.reason }),
  };
}

/**
 * base64url of `u8 1 ‖ {session(16) ‖ varint seq}*`, sessions ascending: one vector has one
 * spelling.
 */
function encodeVector(vector: Vector): string {
  const writer = new Writer().u8(cursorForm);
  for (const session of [...vector.keys()].sort()) {
    writer.bytes(sessionIdToBytes(session)).varint(vector.get(session) ?? 0);
  }
  return toBase64Url(writer.done());
}

/** @throws GrapevineError `cursor-invalid` */
function decodeVector(cursor: string): Vector {
  const bytes = typeof cursor === 'string' ? fromBase64Url(cursor) : undefined;
  const vector =
    bytes &&
    decode(bytes, (reader) => {
      if (reader.u8() !== cursorForm) throw new DecodeError('another form');
      const read: Vector = new Map();
      while (reader.remaining > 0) {
        read.set(sessionIdFrom(reader.bytes(sessionIdBytes)), reader.varint());
      }
      return read;
    });
  if (vector === undefined || vector instanceof DecodeError) throw badCursor();
  return vector;
}

/**
 * Deltas of records beyond a vector, in (hlc, session) order, whose hlc rises within each session.
 */
function deltasSince(view: View, since: Vector): AppliedDelta[] {
  const found: AppliedDelta[] = [];
  for (const [session, deltas] of view.deltas()) {
    const seen = since.get(session) ?? 0;
    let at = deltas.length;
    while (at > 0 && (deltas[at - 1]?.seq ?? 0) > seen) at--;
    for (; at < deltas.length; at++) found.push(deltas[at] as AppliedDelta);
  }
  return found.sort((a, b) => a.hlc - b.hlc || (a.session < b.session ? -1 : 1));
}
