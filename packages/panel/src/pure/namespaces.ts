import type { NamespaceSummary } from '@grapevine/room';

/** One visible row of the tree, with what a screen reader must be told. */
export interface TreeRow {
  namespace: string;
  /** Last segment; what is shown. */
  label: string;
  /** 1 for the top level. */
  level: number;
  entries: number;
  expandable: boolean;
  expanded: boolean;
  /** 1-based place among its siblings, and how many there are. */
  position: number;
  siblings: number;
}

interface Node {
  namespace: string;
  label: string;
  entries: number | undefined;
  children: Map<string, Node>;
}

function node(namespace: string, label: string): Node {
  return { namespace, label, entries: undefined, children: new Map() };
}

function build(summaries: readonly NamespaceSummary[]): Node {
  const root = node('', '');
  for (const { namespace, entries } of summaries) {
    let at = root;
    for (const segment of namespace === '' ? [] : namespace.split('/')) {
      let child = at.children.get(segment);
      if (child === undefined) {
        const path = at.namespace === '' ? segment : `${at.namespace}/${segment}`;
        child = node(path, segment);
        at.children.set(segment, child);
      }
      at = child;
    }
    at.entries = entries;
  }
  return root;
}

/** Entries in and below; a namespace nobody summed up is the sum of those below it. */
function count(at: Node): number {
  if (at.entries !== undefined) return at.entries;
  let sum = 0;
  for (const child of at.children.values()) sum += count(child);
  return sum;
}

/**
 * The rows of the namespace tree that are visible: a namespace is visible where all above it are in `expanded`.
 * Siblings are in alphabetical order.
 */
export function treeRows(
  summaries: readonly NamespaceSummary[],
  expanded: ReadonlySet<string>,
): TreeRow[] {
  const rows: TreeRow[] = [];
  const visit = (parent: Node, level: number): void => {
    const children = [...parent.children.values()].sort((a, b) => a.label.localeCompare(b.label));
    children.forEach((child, index) => {
      const open = child.children.size > 0 && expanded.has(child.namespace);
      rows.push({
        namespace: child.namespace,
        label: child.label,
        level,
        entries: count(child),
        expandable: child.children.size > 0,
        expanded: open,
        position: index + 1,
        siblings: children.length,
      });
      if (open) visit(child, level + 1);
    });
  };
  visit(build(summaries), 1);
  return rows;
}

/** The namespace above, or undefined at the top level. */
export function parentOf(namespace: string): string | undefined {
  const at = namespace.lastIndexOf('/');
  return at < 0 ? undefined : namespace.slice(0, at);
}

/** What a person typed as a namespace: spaces around segments, doubled and outer slashes dropped. */
export function cleanNamespace(input: string): string {
  return input
    .split('/')
    .map((segment) => segment.trim())
    .filter((segment) => segment !== '')
    .join('/');
}
