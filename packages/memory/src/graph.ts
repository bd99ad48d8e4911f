import { compareVersions, type FindVersion, type VersionNode } from './version.ts';

/**
 * All versions that one descends from, itself left out. Parents that are not known are passed over
 * and cycles, which only a forger can make, are walked once.
 */
export function ancestorsOf(version: VersionNode, find: FindVersion): Set<VersionNode> {
  const ancestors = new Set<VersionNode>();
  const open = [version];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const parent of knownParents(at, find)) {
      if (parent === version || ancestors.has(parent)) continue;
      ancestors.add(parent);
      open.push(parent);
    }
  }
  return ancestors;
}

function knownParents(version: VersionNode, find: FindVersion): VersionNode[] {
  const parents: VersionNode[] = [];
  for (const id of version.parents) {
    const parent = find(id);
    if (parent?.entry === version.entry) parents.push(parent);
  }
  return parents;
}

/** Those that none of the others descends from, in (hlc, id) order. */
export function maximal(versions: ReadonlySet<VersionNode>, find: FindVersion): VersionNode[] {
  const below = new Set<VersionNode>();
  if (versions.size > 1) {
    for (const version of versions) {
      for (const ancestor of ancestorsOf(version, find)) below.add(ancestor);
    }
  }
  const tops = [...versions].filter((version) => !below.has(version));
  return (tops.length > 0 ? tops : [...versions]).sort(compareVersions);
}

/**
 * The common ancestor that no other common ancestor descends from; of several the highest by (hlc,
 * id).
 */
export function nearestCommonAncestor(
  lines: readonly ReadonlySet<VersionNode>[],
  find: FindVersion,
): VersionNode | undefined {
  const [first, ...others] = lines;
  if (first === undefined) return undefined;
  const common = [...first].filter((version) => others.every((line) => line.has(version)));
  // What is common is closed under ancestry, so being somebody's direct parent in it says it all.
  const parents = new Set(common.flatMap((version) => knownParents(version, find)));
  const nearest = common.filter((version) => !parents.has(version));
  return nearest.sort(compareVersions).at(-1);
}

/**
 * A head without the appends on its top: `appends`, and below them `cores`, the versions that stand
 * for themselves.
 */
interface Layers {
  appends: Set<VersionNode>;
  cores: Set<VersionNode>;
}

export function layersOf(heads: readonly VersionNode[], find: FindVersion): Layers {
  const layers: Layers = { appends: new Set(), cores: new Set() };
  const open = [...heads];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at.operation !== 'appended') {
      layers.cores.add(at);
    } else if (!layers.appends.has(at)) {
      layers.appends.add(at);
      open.push(...knownParents(at, find));
    }
  }
  return layers;
}

/** By (hlc, id), but never before one they descend from: causality beats clocks. */
export function causalOrder(versions: ReadonlySet<VersionNode>, find: FindVersion): VersionNode[] {
  const sorted = [...versions].sort(compareVersions);
  const ordered: VersionNode[] = [];
  const seen = new Set<VersionNode>();
  for (const version of sorted) {
    if (seen.has(version)) continue;
    const open = [version];
    for (let at = open.at(-1); at !== undefined; at = open.at(-1)) {
      seen.add(at);
      const next = knownParents(at, find)
        .filter((parent) => versions.has(parent) && !seen.has(parent))
        .sort(compareVersions)[0];
      if (next !== undefined) {
        open.push(next);
      } else {
        open.pop();
        ordered.push(at);
      }
    }
  }
  return ordered;
}
