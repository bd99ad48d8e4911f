import type { SessionId } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { Forest } from './forest.ts';
import type { SharedEdges } from './shared-edges.ts';
import type { Tree } from './tree.ts';

/**
 * How long the edge to a former parent is kept at most, where no duplicate ends it before. Guess:
 * covers the delay of a large room twice.
 */
export const formerMs = 2000;
/**
 * What comes over both edges is a duplicate, so the former goes as soon as the new parent has most
 * likely taken the graft up, and what it had passed on before has come: round trips to it. Guess.
 */
const handoverRoundTrips = 3;
const handoverMinMs = 100;

/** On whom this node hangs in each tree, and how it changes over (B2, B8). */
export class Parents {
  readonly #core: Core;
  readonly #forest: Forest;
  readonly #sharedEdges: SharedEdges;

  constructor(core: Core, forest: Forest, sharedEdges: SharedEdges) {
    this.#core = core;
    this.#forest = forest;
    this.#sharedEdges = sharedEdges;
  }

  /** Makes the neighbour the parent, who hears first how far we are. */
  hang(tree: Tree, member: SessionId): void {
    const before = tree.parent;
    if (before === member) return;
    const neighbour = this.#core.active.get(member);
    // Who hangs on the bringer of a beacon is one hop behind it as a matter of course.
    if (neighbour !== undefined && tree.beaconAt < this.#core.now) {
      this.#forest.tell(tree, neighbour);
    }
    if (tree.former?.member === member) tree.former = undefined;
    tree.children.delete(member);
    tree.parent = member;
    this.#forest.send('graft', tree, member);
    if (before !== undefined && this.#core.active.has(before)) this.leave(tree, before);
  }

  /**
   * While the tree is in use, what is under way still comes and goes over the edge left. Nor is it
   * ended before the neighbour, too, keeps it as one of the epoch before.
   */
  leave(tree: Tree, member: SessionId): void {
    const { now } = this.#core;
    this.endFormer(tree);
    tree.former = { member, until: now + this.#handoverMs(tree) };
    if (tree === this.#forest.shared && this.#sharedEdges.wasEdge(member)) return;
    if (now - tree.usedAt > formerMs) this.endFormer(tree);
  }

  endFormer(tree: Tree): void {
    if (tree.former === undefined) return;
    this.#forest.send('prune', tree, tree.former.member);
    tree.former = undefined;
  }

  /** When the next edge to a former parent ends. */
  get nextFormerAt(): number {
    let next = Infinity;
    for (const { former } of this.#forest.all()) next = Math.min(next, former?.until ?? Infinity);
    return next;
  }

  endFormers(): void {
    for (const tree of this.#forest.all()) {
      if (tree.former !== undefined && tree.former.until <= this.#core.now) this.endFormer(tree);
    }
  }

  /** Hangs on the nearest neighbour that is nearer than this node. @returns whether there is one */
  hangNearer(tree: Tree, but?: SessionId): boolean {
    const nearest = tree.nearest(this.#forest.self, this.#others(but));
    if (nearest === undefined) return false;
    this.hang(tree, nearest);
    return true;
  }

  /**
   * Hangs on the nearest of those farther away. It may be one that hangs on this node itself, so
   * nobody does any more. @returns whether there is one
   */
  hangFarther(tree: Tree, but?: SessionId): boolean {
    const allowed = this.#others(but);
    let best: [SessionId, number] | undefined;
    for (const entry of tree.heard) {
      if (allowed(entry[0]) && (best === undefined || entry[1] < best[1])) best = entry;
    }
    if (best === undefined || !tree.mayRaise) return false;
    for (const child of tree.children) this.#forest.send('prune', tree, child);
    tree.children.clear();
    tree.raise(best[1] + 1);
    this.hang(tree, best[0]);
    this.#forest.announce(tree, best[0]);
    return true;
  }

  #handoverMs({ parent }: Tree): number {
    const srttMs = parent === undefined ? undefined : this.#core.active.get(parent)?.srttMs;
    if (srttMs === undefined) return formerMs;
    return Math.min(formerMs, Math.max(handoverMinMs, handoverRoundTrips * srttMs));
  }

  #others(but: SessionId | undefined): (member: SessionId) => boolean {
    return (member) => member !== but && this.#forest.isWell(member);
  }
}
