import type { DeltaValue } from '@grapevine/replica';
import { concat, equalBytes, fromUtf8, utf8, type ValueHash } from '@grapevine/wire';
import type { Attributes } from './attributes.ts';
import { ancestorsOf, causalOrder, layersOf, maximal, nearestCommonAncestor } from './graph.ts';
import { memoryLimits } from './memory-limits.ts';
import { mergeText, mergeWork, type MergeWork } from './merge-text.ts';
import { attributesOf, type FindVersion, type VersionNode } from './version.ts';
import { canonicalJson, isTextType, mimeTypeOf } from './values.ts';

const saltBytes = 16;

/** A stretch of a value's bytes. `bytes` is undefined where they are detached or pruned. */
export interface Part {
  size: number;
  bytes: Uint8Array | undefined;
  /** Undefined for text that a merge made. */
  hash: ValueHash | undefined;
}

/** A value as it can be known without reading anything. */
interface Content {
  /** Joined they are the value; undefined where there is none (redacted). */
  parts: readonly Part[] | undefined;
  mimeType: string;
  attributes: Attributes;
  conflict: boolean;
}

/**
 * What the heads of an entry come to. A function of its known versions alone, so it is equal on
 * every replica.
 */
export interface EntryState extends Content {
  /** In (hlc, id) order. */
  heads: readonly VersionNode[];
  /** The newest head that is not a deletion; the newest where all are. */
  shown: VersionNode;
  deleted: boolean;
}

/** What a merge may still spend, merges inside it included. */
interface Effort {
  depth: number;
  work: MergeWork;
}

/**
 * Heads on top of common history become one value: appends concatenate, and everything else folds
 * in (hlc, id) order against the nearest common ancestor. What does not fold is a conflict and
 * shows the newest head. So is a deletion beside an edit: the edit is shown, because a deletion can
 * be repeated and lost text cannot.
 * @param heads at least one, in (hlc, id) order
 */
export function stateOf(
  heads: readonly VersionNode[],
  find: FindVersion,
  effort: Effort = { depth: 0, work: mergeWork() },
): EntryState {
  const live = heads.filter((head) => head.operation !== 'deleted');
  const shown = live.at(-1) ?? heads.at(-1);
  if (shown === undefined) throw new RangeError('no heads');
  const deleted = live.length === 0;
  if (deleted) return { ...ownContent(shown), parts: undefined, heads, shown, deleted };
  const merged = mergeLive(live, find, effort);
  const content = merged ?? mergeLive([shown], find, effort) ?? ownContent(shown);
  const conflict = merged === undefined || merged.conflict || live.length < heads.length;
  return { ...content, conflict, heads, shown, deleted };
}

export function partOf(value: DeltaValue): Part {
  return { size: value.size, bytes: value.salted?.subarray(saltBytes), hash: value.hash };
}

export function sizeOf(parts: readonly Part[] | undefined): number {
  let size = 0;
  for (const part of parts ?? []) size += part.size;
  return size;
}

/**
 * The joined bytes, a view where there is one part; undefined where something must be read first.
 */
export function inlineBytes(parts: readonly Part[]): Uint8Array | undefined {
  const known: Uint8Array[] = [];
  for (const { bytes } of parts) {
    if (bytes === undefined) return undefined;
    known.push(bytes);
  }
  return known.length === 1 ? known[0] : concat(...known);
}

/** What one version wrote, without its history. */
function ownContent(version: VersionNode): Content {
  const attributes = attributesOf(version);
  return {
    parts: version.value && [partOf(version.value)],
    mimeType: mimeTypeOf(version.media, attributes.mime_type),
    attributes,
    conflict: false,
  };
}

/** @returns undefined where the heads do not merge cleanly */
function mergeLive(
  heads: readonly VersionNode[],
  find: FindVersion,
  effort: Effort,
): Content | undefined {
  const [head] = heads;
  if (head === undefined) return undefined;
  if (heads.length === 1 && head.operation !== 'appended') return ownContent(head);
  if (effort.depth > memoryLimits.mergeDepth) return undefined;
  const { appends, cores } = layersOf(heads, find);
  if (cores.size > memoryLimits.mergeCores) return undefined;
  const tops = maximal(cores, find);
  const live = tops.filter((core) => core.operation !== 'deleted');
  const base = live.length > 0 ? foldCores(live, find, effort) : undefined;
  if (live.length > 0 && base === undefined) return undefined;
  if (heads.length > 1 || cores.size > 1) {
    for (const core of live) for (const below of ancestorsOf(core, find)) appends.delete(below);
  }
  const conflict = live.length > 0 && live.length < tops.length;
  return withAppends(base, causalOrder(appends, find), conflict);
}

function withAppends(
  base: Content | undefined,
  appends: readonly VersionNode[],
  conflict: boolean,
): Content | undefined {
  const [first] = appends;
  if (first === undefined) return base && { ...base, conflict };
  const below = base ?? { ...ownContent(first), parts: [] };
  if (!isTextType(below.mimeType)) return undefined;
  const added = appends.flatMap(({ value }) => (value ? [partOf(value)] : []));
  return { ...below, parts: [...(below.parts ?? []), ...added], conflict };
}

/** @param cores in (hlc, id) order */
function foldCores(
  cores: readonly VersionNode[],
  find: FindVersion,
  effort: Effort,
): Content | undefined {
  const [first, ...others] = cores;
  if (first === undefined) return undefined;
  let merged: Content | undefined = ownContent(first);
  if (others.length === 0) return merged;
  if (cores.length > memoryLimits.mergeHeads) return undefined;
  const ancestor = nearestCommonAncestor(
    cores.map((core) => ancestorsOf(core, find)),
    find,
  );
  const state = ancestor && stateOf([ancestor], find, { ...effort, depth: effort.depth + 1 });
  const base = state?.deleted === true ? undefined : state;
  for (const core of others) {
    merged = merged && mergeContents(merged, base, ownContent(core), effort.work);
  }
  return merged;
}

function mergeContents(
  a: Content,
  base: Content | undefined,
  b: Content,
  work: MergeWork,
): Content | undefined {
  const attributes = mergeAttributes(a.attributes, base?.attributes, b.attributes);
  if (attributes === undefined) return undefined;
  const value = mergeValues(a, base, b, work);
  return value && { parts: value.parts, mimeType: value.mimeType, attributes, conflict: false };
}

function mergeValues(
  a: Content,
  base: Content | undefined,
  b: Content,
  work: MergeWork,
): Pick<Content, 'parts' | 'mimeType'> | undefined {
  if (sameValue(a, b)) return a;
  if (base && sameValue(a, base)) return b;
  if (base && sameValue(b, base)) return a;
  if (a.mimeType !== b.mimeType || !isTextType(a.mimeType)) return undefined;
  const texts = [a, base, b].map((content) => (content ? textOf(content) : ''));
  const [ours, origin, theirs] = texts;
  if (ours === undefined || origin === undefined || theirs === undefined) return undefined;
  const text = mergeText(ours, origin, theirs, work);
  if (text === undefined) return undefined;
  const bytes = utf8(text);
  return { parts: [{ size: bytes.length, bytes, hash: undefined }], mimeType: a.mimeType };
}

/**
 * Detached values are compared by hash and never folded: whether their bytes are here differs from
 * replica to replica, and what an entry shows must not.
 */
function sameValue(a: Content, b: Content): boolean {
  if (a.mimeType !== b.mimeType || a.parts === undefined || b.parts === undefined) return false;
  const other = b.parts;
  if (a.parts.length === other.length) {
    const isSame = a.parts.every(({ hash }, i) => hash !== undefined && hash === other[i]?.hash);
    if (isSame) return true;
  }
  const [ours, theirs] = [inlineBytes(a.parts), inlineBytes(other)];
  return ours !== undefined && theirs !== undefined && equalBytes(ours, theirs);
}

function textOf(content: Content): string | undefined {
  const bytes = content.parts && inlineBytes(content.parts);
  return bytes && fromUtf8(bytes);
}

const fields = ['kind', 'tags', 'metadata', 'pinned', 'refs', 'expires_at'] as const;

/** Field by field: what only one side changed wins; what both changed apart is a conflict. */
function mergeAttributes(
  a: Attributes,
  base: Attributes | undefined,
  b: Attributes,
): Attributes | undefined {
  // The type goes with the value, the origin with the newer write.
  let merged: Attributes = { ...a, ...(b.origin && { origin: b.origin }) };
  for (const field of fields) {
    const [ours, origin, theirs] = [a[field], base?.[field], b[field]].map((value) =>
      canonicalJson(value ?? null),
    );
    if (ours === theirs || (base && theirs === origin)) continue;
    if (base === undefined || ours !== origin) return undefined;
    const { [field]: _old, ...rest } = merged;
    merged = b[field] === undefined ? rest : { ...rest, [field]: b[field] };
  }
  return merged;
}
