import { concat, label } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';

const nodeLabel = label('grapevine/1 node');
const hashBytes = 16;
/** What the hash of a node is made from: the label, and 16 hashes. */
const nodeInput = concat(nodeLabel, new Uint8Array(16 * hashBytes));
const empty = new Uint8Array(hashBytes);
/** Codes of the hex digits 0 and a. */
const digit0 = 48;
const letterA = 97;

/** What a table holds of one session, as the tree sees it: 16 bytes. */
export interface Leaf {
  readonly session: SessionId;
  readonly leaf: Uint8Array;
}

/** Over one leaf a node is that leaf, however high it stands; over more it has children. */
interface TreeNode<L extends Leaf> {
  count: number;
  leaf: L | undefined;
  children: (TreeNode<L> | undefined)[];
  /** Undefined until asked for after a change below. */
  hash: Uint8Array | undefined;
}

/**
 * The Merkle tree of PROTOCOL.md L14 over the hex digits of session ids; a change costs the hashes
 * on its path.
 */
export class DigestTree<L extends Leaf> {
  readonly #hash: (bytes: Uint8Array) => Uint8Array;
  #root: TreeNode<L> | undefined;

  constructor(hash: (bytes: Uint8Array) => Uint8Array) {
    this.#hash = hash;
  }

  get size(): number {
    return this.#root?.count ?? 0;
  }

  /** Replaces the leaf of that session, if there is one. */
  set(leaf: L): void {
    this.#root = place(this.#root, leaf, 0);
  }

  delete(session: SessionId): void {
    this.#root = without(this.#root, session, 0);
  }

  /**
   * 16 bytes of the node all of whose sessions start with the hex digits of `path`; zeros over no
   * leaf.
   */
  node(path: string): Uint8Array {
    return this.#hashOf(this.#find(path));
  }

  /** Hashes of the 16 nodes below `path`, undefined where there is no leaf. */
  children(path: string): (Uint8Array | undefined)[] {
    const node = this.#find(path);
    return Array.from({ length: 16 }, (_, digit) => {
      // Over one leaf a node stands for all that its session passes through.
      const above = node?.leaf;
      if (above !== undefined) {
        return digitAt(above.session, path.length) === digit ? above.leaf : undefined;
      }
      const child = node?.children[digit];
      return child === undefined ? undefined : this.#hashOf(child);
    });
  }

  count(path: string): number {
    return this.#find(path)?.count ?? 0;
  }

  /** In the order of session ids. */
  leaves(path: string): readonly L[] {
    const node = this.#find(path);
    return node === undefined ? [] : [...leavesOf(node)];
  }

  /** The shortest path under which there is no other session of this tree. */
  pathOf(session: SessionId): string {
    let node = this.#root;
    let depth = 0;
    while (node !== undefined && node.leaf === undefined) {
      node = node.children[digitAt(session, depth)];
      depth++;
    }
    return session.slice(0, depth);
  }

  #find(path: string): TreeNode<L> | undefined {
    let node = this.#root;
    for (let depth = 0; depth < path.length && node !== undefined; depth++) {
      if (node.leaf !== undefined) return node.leaf.session.startsWith(path) ? node : undefined;
      node = node.children[digitAt(path, depth)];
    }
    return node;
  }

  #hashOf(node: TreeNode<L> | undefined): Uint8Array {
    if (node === undefined) return empty;
    if (node.leaf !== undefined) return node.leaf.leaf;
    node.hash ??= this.#hashOfChildren(node);
    return node.hash;
  }

  #hashOfChildren({ children }: TreeNode<L>): Uint8Array {
    // Before anything is written where their own hashes are made from.
    for (const child of children) this.#hashOf(child);
    nodeInput.fill(0, nodeLabel.length);
    for (const [digit, child] of children.entries()) {
      if (child !== undefined)
        nodeInput.set(this.#hashOf(child), nodeLabel.length + digit * hashBytes);
    }
    return this.#hash(nodeInput).slice(0, hashBytes);
  }
}

function place<L extends Leaf>(node: TreeNode<L> | undefined, leaf: L, depth: number): TreeNode<L> {
  if (node === undefined || node.leaf?.session === leaf.session) {
    return { count: 1, leaf, children: [], hash: undefined };
  }
  if (node.leaf !== undefined) {
    // Two leaves under one node: the one that stood here moves a digit down.
    const children: (TreeNode<L> | undefined)[] = [];
    children[digitAt(node.leaf.session, depth)] = node;
    return place({ count: 1, leaf: undefined, children, hash: undefined }, leaf, depth);
  }
  const digit = digitAt(leaf.session, depth);
  const child = node.children[digit];
  const before = child?.count ?? 0;
  const placed = place(child, leaf, depth + 1);
  node.children[digit] = placed;
  node.count += placed.count - before;
  node.hash = undefined;
  return node;
}

function without<L extends Leaf>(
  node: TreeNode<L> | undefined,
  session: SessionId,
  depth: number,
): TreeNode<L> | undefined {
  if (node === undefined) return undefined;
  if (node.leaf !== undefined) return node.leaf.session === session ? undefined : node;
  const digit = digitAt(session, depth);
  const child = node.children[digit];
  const before = child?.count ?? 0;
  const left = without(child, session, depth + 1);
  node.children[digit] = left;
  if ((left?.count ?? 0) === before) return node;
  node.count--;
  node.hash = undefined;
  // The last one under a node is that node.
  return node.count > 1 ? node : node.children.find((other) => other !== undefined);
}

function* leavesOf<L extends Leaf>(node: TreeNode<L>): Generator<L> {
  if (node.leaf !== undefined) {
    yield node.leaf;
    return;
  }
  for (const child of node.children) if (child !== undefined) yield* leavesOf(child);
}

function digitAt(session: SessionId, depth: number): number {
  const code = session.charCodeAt(depth);
  return code < letterA ? code - digit0 : code - letterA + 10;
}
