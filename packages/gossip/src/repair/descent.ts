import type { Core } from '../core.ts';
import type { Neighbour } from '../links/neighbour.ts';
import { listedHashes } from '../frames/repair-messages.ts';
import type { DescentStep, MessageOf, Tree, TreeNode } from '../frames/message.ts';
import type { Difference } from './difference.ts';
import type { DigestTree, Leaf } from './digest.ts';
import { salted } from './salted.ts';

/** Bytes of a tree message after which another is begun: its largest node still fits the frame. */
const treeBytes = 16_384;
/** Upper bounds: depth, path, bitmap or count; a hash. */
const nodeBytes = 21;
const hashBytes = 4;

/** What is compared by descent. */
export interface Table<L extends Leaf> {
  readonly type: 'tree' | 'memberTree';
  readonly tree: DigestTree<L>;
  /** How many of those that changed last are compared first. */
  readonly recentLeaves: number;
  /** Bytes it takes to tell one. Upper bound. */
  readonly leafBytes: number;
  /** What changed last, the newest first. */
  recent(): readonly L[];
  differenceTo(neighbour: Neighbour): Difference;
  /** The neighbour lacks these or holds them differently. */
  tell(neighbour: Neighbour, salt: number, leaves: readonly L[]): void;
}

/** What is to be answered to one message. */
interface Answer<L extends Leaf> {
  nodes: TreeNode[];
  tell: L[];
  bytes: number;
}

/**
 * Descent: two neighbours find what they hold differently in a table, and each tells what the other
 * lacks (G6, M10). What changed last is compared first, leaf by leaf; where that does not explain
 * the difference, the tree from its root. Every message is answered by itself: all that is
 * remembered is how far a comparison of digests has come.
 */
export class Descent<L extends Leaf> {
  readonly #core: Core;
  readonly #table: Table<L>;

  constructor(core: Core, table: Table<L>) {
    this.#core = core;
    this.#table = table;
  }

  /** The digests differ: starts a descent. */
  open(neighbour: Neighbour): void {
    const { tree } = this.#table;
    const difference = this.#table.differenceTo(neighbour);
    difference.restart();
    const salt = Math.floor(this.#core.settings.random() * 2 ** 32);
    // A few leaves are told at once; where the recent ones did not help, they do not again.
    const few = tree.size <= this.#core.settings.leavesPerNode;
    const whole = difference.compared || few || this.#table.recentLeaves === 0;
    difference.compared = true;
    difference.found = false;
    if (whole) {
      this.#root(neighbour, salt);
      return;
    }
    this.#send(neighbour, 'open', salt, this.#recent(salt, []));
  }

  heard(neighbour: Neighbour, { step, salt, nodes }: MessageOf<'tree' | 'memberTree'>): void {
    const difference = this.#table.differenceTo(neighbour);
    const { tree } = this.#table;
    // A neighbour that asks and does not read is answered when it asks again.
    const room = this.#core.settings.bulkQueueBytes - neighbour.link.bulkQueuedBytes;
    if (room <= 0) {
      neighbour.doubt = true;
      return;
    }
    const answer: Answer<L> = { nodes: [], tell: [], bytes: 0 };
    let lastDiffers = false;
    let looked = 0;
    for (const node of nodes) {
      // Paths of one message are apart: each of our leaves is looked at once at most.
      looked += tree.count(node.path);
      if (looked > tree.size) break;
      const before = answer.bytes;
      this.#node(salt, node, answer);
      lastDiffers = answer.bytes > before;
      if (answer.bytes > room) {
        this.#cut(answer, room);
        neighbour.doubt = true;
        break;
      }
    }
    if (step === 'descend') {
      difference.found = true;
      this.#answer(neighbour, salt, answer);
      return;
    }
    difference.compared = true;
    // Older ones than these differ, or none of these does.
    const deeper = lastDiffers && nodes.length >= this.#table.recentLeaves;
    const elsewhere = step === 'answer' && answer.bytes === 0 && !difference.found;
    if (deeper || elsewhere) {
      this.#root(neighbour, salt);
      return;
    }
    this.#answer(neighbour, salt, answer);
    if (step === 'open') this.#send(neighbour, 'answer', salt, this.#recent(salt, nodes));
  }

  #root(neighbour: Neighbour, salt: number): void {
    this.#send(neighbour, 'descend', salt, [this.#query(salt, '')]);
  }

  /** Those that changed last as nodes of their own, without those `named` already. */
  #recent(salt: number, named: readonly TreeNode[]): TreeNode[] {
    const { tree } = this.#table;
    return this.#table
      .recent()
      .filter(({ session }) => !named.some(({ path }) => session.startsWith(path)))
      .map(({ session, leaf }) => ({
        kind: 'leaves',
        path: tree.pathOf(session),
        hashes: [this.#short(salt, leaf)],
      }));
  }

  /** What we hold under `path`. */
  #query(salt: number, path: string): TreeNode {
    const { tree } = this.#table;
    if (tree.count(path) <= this.#core.settings.leavesPerNode) {
      const hashes = tree.leaves(path).map(({ leaf }) => this.#short(salt, leaf));
      return { kind: 'leaves', path, hashes };
    }
    const hashes = tree
      .children(path)
      .map((hash) => (hash === undefined ? undefined : this.#short(salt, hash)));
    return { kind: 'children', path, hashes };
  }

  #node(salt: number, node: TreeNode, answer: Answer<L>): void {
    if (node.kind === 'children') this.#children(salt, node.path, node.hashes, answer);
    else if (node.kind === 'leaves') this.#leaves(salt, node.path, node.hashes, answer);
    else this.#asked(salt, node.path, node.hashes, answer);
  }

  #children(
    salt: number,
    path: string,
    theirs: readonly (number | undefined)[],
    answer: Answer<L>,
  ): void {
    const { tree } = this.#table;
    if (tree.count(path) <= this.#core.settings.leavesPerNode) {
      push(answer, this.#query(salt, path));
      return;
    }
    for (const [digit, ours] of tree.children(path).entries()) {
      const child = path + digit.toString(16);
      const hash = theirs[digit];
      if (hash === undefined) {
        if (ours !== undefined) this.#tell(answer, tree.leaves(child));
      } else if (ours === undefined || this.#short(salt, ours) !== hash) {
        push(answer, this.#query(salt, child));
      }
    }
  }

  /** They told all they hold there: what we tell is exactly what they lack. */
  #leaves(salt: number, path: string, theirs: readonly number[], answer: Answer<L>): void {
    const unknown = new Set(theirs);
    const ours = this.#table.tree.leaves(path);
    if (unknown.size === 0) {
      this.#tell(answer, ours);
      return;
    }
    const lacking = ours.filter(({ leaf }) => !unknown.delete(this.#short(salt, leaf)));
    this.#tell(answer, lacking);
    if (unknown.size > 0) push(answer, { kind: 'unknown', path, hashes: [...unknown] });
  }

  #asked(salt: number, path: string, hashes: readonly number[], answer: Answer<L>): void {
    const { tree } = this.#table;
    // Only what was listed before can be asked for.
    if (tree.count(path) > listedHashes) return;
    const asked = new Set(hashes);
    const known = tree.leaves(path).filter(({ leaf }) => asked.has(this.#short(salt, leaf)));
    this.#tell(answer, known);
  }

  #tell(answer: Answer<L>, leaves: readonly L[]): void {
    for (const leaf of leaves) answer.tell.push(leaf);
    answer.bytes += leaves.length * this.#table.leafBytes;
  }

  /** What does not fit is told when the neighbour, which knows more by then, is compared again. */
  #cut(answer: Answer<L>, room: number): void {
    answer.nodes = [];
    answer.tell.splice(Math.floor(room / this.#table.leafBytes));
    answer.bytes = answer.tell.length * this.#table.leafBytes;
  }

  #answer(neighbour: Neighbour, salt: number, { nodes, tell }: Answer<L>): void {
    if (nodes.length > 0) this.#send(neighbour, 'descend', salt, nodes);
    if (tell.length > 0) this.#table.tell(neighbour, salt, tell);
  }

  #send(neighbour: Neighbour, step: DescentStep, salt: number, nodes: readonly TreeNode[]): void {
    let part: TreeNode[] = [];
    let bytes = 0;
    const queue = () => {
      const tree: Tree = { step, salt, nodes: part };
      neighbour.link.bulk({ type: this.#table.type, ...tree }, bytes);
      part = [];
      bytes = 0;
    };
    for (const node of nodes) {
      part.push(node);
      bytes += sizeOf(node);
      if (bytes >= treeBytes) queue();
    }
    if (part.length > 0 || nodes.length === 0) queue();
  }

  #short(salt: number, hash: Uint8Array): number {
    return salted(this.#core, salt, hash);
  }
}

function push<L extends Leaf>(answer: Answer<L>, node: TreeNode): void {
  answer.nodes.push(node);
  answer.bytes += sizeOf(node);
}

function sizeOf({ hashes }: TreeNode): number {
  return nodeBytes + hashes.length * hashBytes;
}
