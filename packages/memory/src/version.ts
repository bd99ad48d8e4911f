import type { DeltaValue } from '@grapevine/replica';
import { limits, type AuthorId } from '@grapevine/wire';
import { parseAttributes, type Attributes } from './attributes.ts';
import type { EntryState } from './merge.ts';
import type { Media, VersionRef } from './records.ts';
import type { Operation } from './types.ts';

/** A version as the view holds it. Immutable. */
export interface VersionNode extends VersionRef {
  /** PROTOCOL.md R4. */
  id: string;
  entry: EntryNode;
  hlc: number;
  author: AuthorId;
  local: boolean;
  operation: Operation;
  /** Version ids; they need not be known (yet). */
  parents: readonly string[];
  media: Media;
  /** JSON text, parsed where it is needed: most entries have none. */
  attributes: string;
  value: DeltaValue | undefined;
}

/** An entry as the view holds it. */
export interface EntryNode {
  /** PROTOCOL.md R5. */
  id: string;
  /** `entryPath` of its names. */
  path: string;
  namespace: string;
  key: string;
  /** In order of arrival. */
  versions: VersionNode[];
  /** PROTOCOL.md R6, in no order. Empty only where parents form a cycle. */
  heads: VersionNode[];
  /** Ids that a version of this entry names as parent. */
  superseded: Set<string>;
  /** The lowest by (hlc, id); undefined once all versions were retracted. */
  first: VersionNode | undefined;
  /** Some head is not a deletion. */
  live: boolean;
  /** What the heads come to; undefined until asked for. */
  state: EntryState | undefined;
}

/** Looks up a version of one entry; parents in other entries do not count. */
export type FindVersion = (id: string) => VersionNode | undefined;

/** PROTOCOL.md R6: by hlc, then id, its numbers as numbers. */
export function compareVersions(a: VersionNode, b: VersionNode): number {
  if (a.hlc !== b.hlc) return a.hlc - b.hlc;
  if (a.session !== b.session) return a.session < b.session ? -1 : 1;
  return a.seq - b.seq || a.index - b.index;
}

/** PROTOCOL.md R4. */
export function versionId({ session, seq, index }: VersionRef): string {
  return `${session}.${seq}.${index}`;
}

/** The newest of the versions a write names as parents; a record has room for 64. */
export function parentRefs(heads: readonly VersionNode[]): VersionRef[] {
  return heads.slice(-limits.parents).map(({ session, seq, index }) => ({ session, seq, index }));
}

export function attributesOf(version: VersionNode): Attributes {
  return parseAttributes(version.attributes);
}

/** Unix milliseconds of a hybrid logical clock. */
function millisecondsOf(hlc: number): number {
  return Math.floor(hlc / 1024);
}

export function isoTimeOf(hlc: number): string {
  return new Date(millisecondsOf(hlc)).toISOString();
}
