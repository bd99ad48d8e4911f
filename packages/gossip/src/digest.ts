import { concat, label } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import type { Feed } from './event.ts';

const nodeLabel = label('grapevine/1 node');
const hashBytes = 16;
const empty = new Uint8Array(hashBytes);
const noFeeds: readonly Feed[] = [];

/** Over one feed a node is that feed, however high it stands; over more it has children. */
interface TreeNode {
  count: number;
  feed: Feed | undefined;
  children: (TreeNode | undefined)[];
  /** Undefined until asked for after a change below. */
  hash: Uint8Array | undefined;
}

/**
 * The Merkle tree of PROTOCOL.md L14 over the hex digits of session ids; a change costs the hashes
 * on its path.
 */
export class DigestTree {
  readonly #hash: (bytes: Uint8Array) => Uint8Array;
  #root: TreeNode | undefined;

  constructor(hash: (bytes: Uint8Array) => Uint8Array) {
    this.#hash = hash;
  }

  set(feed: Feed): void {
    this.#root = place(this.#root, feed, 0);
  }

  /**
   * 16 bytes of the node all of whose sessions start with the hex digits of `path`; zeros over no
   * feed.
   */
  node(path: string): Uint8Array {
    return this.#hashOf(this.#find(path));
  }

  /** Hashes of the 16 nodes below `path`, undefined where there is no feed. */
  children(path: string): (Uint8Array | undefined)[] {
    return Array.from({ length: 16 }, (_, digit) => {
      const child = this.#find(path + digit.toString(16));
      return child === undefined ? undefined : this.#hashOf(child);
    });
  }

  count(path: string): number {
    return this.#find(path)?.count ?? 0;
  }

  /** In the order of session ids. */
  feeds(path: string): readonly Feed[] {
    const node = this.#find(path);
    return node === undefined ? noFeeds : [...feedsOf(node)];
  }

  #find(path: string): TreeNode | undefined {
    let node = this.#root;
    for (let depth = 0; depth < path.length && node !== undefined; depth++) {
      if (node.feed !== undefined) return node.feed.session.startsWith(path) ? node : undefined;
      node = node.children[digitAt(path, depth)];
    }
    return node;
  }

  #hashOf(node: TreeNode | undefined): Uint8Array {
    if (node === undefined) return empty;
    if (node.feed !== undefined) return node.feed.leaf;
    node.hash ??= this.#hash(
      concat(
        nodeLabel,
        ...Array.from({ length: 16 }, (_, digit) => this.#hashOf(node.children[digit])),
      ),
    ).subarray(0, hashBytes);
    return node.hash;
  }
}

function place(node: TreeNode | undefined, feed: Feed, depth: number): TreeNode {
  if (node === undefined || node.feed?.session === feed.session) {
    return { count: 1, feed, children: [], hash: undefined };
  }
  if (node.feed !== undefined) {
    // Two feeds under one node: the one that stood here moves a digit down.
    const children: (TreeNode | undefined)[] = [];
    children[digitAt(node.feed.session, depth)] = node;
    return place({ count: 1, feed: undefined, children, hash: undefined }, feed, depth);
  }
  const digit = digitAt(feed.session, depth);
  const child = node.children[digit];
  const before = child?.count ?? 0;
  const placed = place(child, feed, depth + 1);
  node.children[digit] = placed;
  node.count += placed.count - before;
  node.hash = undefined;
  return node;
}

function* feedsOf(node: TreeNode): Generator<Feed> {
  if (node.feed !== undefined) {
    yield node.feed;
    return;
  }
  for (const child of node.children) if (child !== undefined) yield* feedsOf(child);
}

function digitAt(session: SessionId, depth: number): number {
  return Number.parseInt(session.charAt(depth), 16);
}
