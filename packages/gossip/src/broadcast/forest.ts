import type { SessionId } from '@grapevine/wire';
import type { Core } from '../core.ts';
import { maxTrees } from '../frames/broadcast-messages.ts';
import type { Neighbour } from '../links/neighbour.ts';
import type { Liveness } from '../membership/liveness.ts';
import { Tree, hiddenHops } from './tree.ts';

/** A tree not used for this long may make room for our own. PROTOCOL.md B4. */
const unusedMs = 60_000;

/** The trees this node knows (B1), and what it says to neighbours about them. */
export class Forest {
  readonly self: SessionId;
  readonly shared: Tree;
  readonly #core: Core;
  readonly #liveness: Liveness;
  /** By root; the least recently used comes first. */
  readonly #own = new Map<SessionId, Tree>();

  constructor(core: Core, liveness: Liveness) {
    this.#core = core;
    this.#liveness = liveness;
    this.self = core.settings.self;
    this.shared = new Tree(this.self, 0, 0, core.now);
  }

  *all(): Generator<Tree> {
    yield this.shared;
    yield* this.#own.values();
  }

  own(root: SessionId): Tree | undefined {
    return this.#own.get(root);
  }

  /** Trees as `graft` and `prune` name them: none named is the shared one. */
  *named(roots: readonly SessionId[]): Generator<[SessionId[], Tree | undefined]> {
    if (roots.length === 0) yield [[], this.shared];
    for (const root of roots) yield [[root], this.#own.get(root)];
  }

  /** The least recently used gives way, and is left in order. */
  add(tree: Tree): Tree {
    for (const old of this.#own.values()) {
      if (this.#own.size < maxTrees - 1) break;
      if (old.root === this.self) continue;
      for (const member of old.edges()) this.send('prune', old, member);
      this.#own.delete(old.root);
    }
    this.#own.set(tree.root, tree);
    return tree;
  }

  /** A delta goes along it. */
  use(tree: Tree): void {
    tree.usedAt = this.#core.now;
    this.refresh(tree);
  }

  /** Makes it the last to give way. */
  refresh(tree: Tree): void {
    if (tree === this.shared || !this.#own.delete(tree.root)) return;
    this.#own.set(tree.root, tree);
  }

  /** Whether our own tree finds a place without driving out one in use. */
  get hasRoom(): boolean {
    if (this.#own.size < maxTrees - 1) return true;
    const [oldest] = this.#own.values();
    return oldest !== undefined && this.#core.now - oldest.usedAt > unusedMs;
  }

  delete(root: SessionId): void {
    this.#own.delete(root);
  }

  clear(): void {
    this.#own.clear();
  }

  /** Those of the members that are neighbours, but `source`. */
  linked(members: Iterable<SessionId>, source: Neighbour | undefined): Neighbour[] {
    const linked: Neighbour[] = [];
    for (const member of members) {
      const neighbour = this.#core.active.get(member);
      if (neighbour !== undefined && member !== source?.member) linked.push(neighbour);
    }
    return linked;
  }

  /** Whether the member may be hung on. */
  isWell(member: SessionId): boolean {
    const stays = this.#core.active.get(member)?.stays === true;
    return stays && this.#liveness.get(member)?.state === 'alive';
  }

  send(type: 'graft' | 'prune', tree: Tree, member: SessionId): void {
    const roots = tree === this.shared ? [] : [tree.root];
    this.#core.active.get(member)?.link.urgent({ type, roots });
  }

  /** How far we are in the tree; of one that no beacon was heard of there is nothing to tell. */
  tell(tree: Tree, neighbour: Neighbour): void {
    const { root, epoch } = tree;
    const shared = tree === this.shared;
    if (!neighbour.hello || (epoch === 0 && !shared)) return;
    const hops = tree.hops + (this.#core.hidden ? hiddenHops : 0);
    neighbour.link.urgent({ type: 'beacon', root, epoch, hops, shared });
  }

  announce(tree: Tree, but?: SessionId): void {
    for (const neighbour of this.#core.active.values()) {
      if (neighbour.member !== but) this.tell(tree, neighbour);
    }
  }
}
