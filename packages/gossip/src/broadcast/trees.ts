import type { SessionId } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { MessageOf, Way } from '../frames/message.ts';
import type { Neighbour } from '../links/neighbour.ts';
import type { Liveness, Member } from '../membership/liveness.ts';
import type { Parting } from '../overlay/overlay.ts';
import { Forest } from './forest.ts';
import { Parents, formerMs } from './parents.ts';
import { SharedEdges } from './shared-edges.ts';
import { nextEpoch } from './epoch.ts';
import { Tree, detourHops, farHops, isSane } from './tree.ts';

/** PROTOCOL.md B4, B5. */
const changedSpanMs = 10_000;
const quietSpanMs = 60_000;
const silentSpans = 3.5;
const ownAfterDeltas = 32;
const ownAfterMs = 2000;
/**
 * Those who find the shared tree broken at the same time do not all begin anew. Guess: a few link
 * delays.
 */
const claimJitterMs = 1000;
/** After a rumour failed to come the shared parent is given up at most this often. Guess. */
const overdueMs = 1000;

/** Spanning trees: one shared, one for each member that writes much (PROTOCOL.md section 10). */
export class Trees {
  readonly shared: SharedEdges;
  readonly #core: Core;
  readonly #liveness: Liveness;
  readonly #forest: Forest;
  readonly #parents: Parents;
  /** Our links or the members changed since the epoch began. */
  #changed = false;
  /** When this node, left without a parent, begins the shared tree anew. */
  #claimAt = Infinity;
  /** When a shared root unheard of counts as gone. */
  #silentAt = Infinity;
  #overdueAt = -Infinity;
  /** Deltas written since the last beacon of our own tree, and from when on that is used. */
  #written = 0;
  #ownFrom = Infinity;

  constructor(core: Core, liveness: Liveness) {
    this.#core = core;
    this.#liveness = liveness;
    this.#forest = new Forest(core, liveness);
    this.shared = new SharedEdges(core, this.#forest);
    this.#parents = new Parents(core, this.#forest, this.shared);
  }

  start(): void {
    this.#forest.shared.beaconAt = this.#core.now;
    this.#plan();
  }

  stop(): void {
    this.#core.unschedule('tree');
  }

  /**
   * The neighbours that hang on us in the member's own tree; undefined where that is not known, and
   * known from then on.
   */
  fed(session: SessionId, source?: Neighbour): Neighbour[] | undefined {
    const tree = this.#forest.own(session);
    if (tree === undefined) {
      if (source !== undefined) this.#addUnheard(session).parent = source.member;
      return undefined;
    }
    this.#forest.use(tree);
    return this.#forest.linked(tree.children, source);
  }

  /** Deltas were written here. @returns the tree they go along (B5) */
  wrote(count: number): Exclude<Way, 'direct'> {
    const { now } = this.#core;
    this.#written += count;
    const tree = this.#forest.own(this.#forest.self);
    const span = this.#changed ? changedSpanMs : quietSpanMs;
    const due = tree === undefined ? this.#forest.hasRoom : now - tree.beaconAt >= span;
    if (due && this.#written >= ownAfterDeltas) {
      if (tree === undefined) this.#ownFrom = now + ownAfterMs;
      this.#beginOwn(tree?.epoch ?? 0);
    }
    if (tree !== undefined && now >= this.#ownFrom && tree.children.size > 0) return 'own';
    return this.shared.way;
  }

  /** The neighbour said hello: it is told every tree; on whom we hung before, we do so again. */
  entered(neighbour: Neighbour): void {
    for (const tree of this.#forest.all()) {
      this.#forest.tell(tree, neighbour);
      if (tree.parent === neighbour.member) this.#forest.send('graft', tree, neighbour.member);
    }
    this.#change();
  }

  /**
   * The link to it will end (O5): where we hang on it we hang elsewhere, over both for a while.
   * @returns when that ends; undefined where no deltas went over it of late
   */
  leaving({ member }: Neighbour): number | undefined {
    const { now } = this.#core;
    const edges = [...this.#forest.all()].filter((tree) => tree.isEdge(member));
    const inUse = edges.some(({ usedAt }) => now - usedAt <= formerMs);
    if (!inUse && !this.shared.wasEdge(member)) return undefined;
    for (const tree of edges) if (tree.parent === member) this.#mend(tree, member);
    this.#plan();
    return now + formerMs;
  }

  /** The last link to it went (B8). */
  left({ member }: Neighbour, parting: Parting): void {
    if (this.#core.active.size === 0) return this.#forget();
    this.shared.lost(member);
    const lost = parting === 'lost' || parting === 'left';
    for (const tree of this.#forest.all()) {
      tree.heard.delete(member);
      if (tree.drop(member)) this.#orphan(tree, lost, member);
    }
    this.#change();
  }

  /** Nobody hangs on a member that is not well (B8), and a tree ends with its root. */
  memberChanged({ id, state, since }: Member): void {
    if (state === 'dead' || state === 'left') this.#forest.delete(id);
    if (state !== 'alive') this.shared.lost(id);
    for (const tree of this.#forest.all()) {
      if (tree.parent !== id) continue;
      if (state !== 'alive') this.#orphan(tree, true, id);
      else if (tree === this.#forest.shared) this.#claimAt = Infinity;
    }
    if (state !== 'suspect' && since === this.#core.now) this.#change();
  }

  /** Hidden or shown again: how far we are changes for all (B3). */
  hidden(): void {
    for (const tree of this.#forest.all()) this.#forest.announce(tree);
  }

  /** B2. */
  beacon(neighbour: Neighbour, message: MessageOf<'beacon'>): void {
    // Who lets us go, or was let go, is no way to anywhere any more (O5).
    if (!isSane(message) || neighbour.partsAt !== undefined) return;
    const { root, shared } = message;
    if (!shared && root === this.#forest.self) return this.#contested(neighbour, message);
    const tree = shared ? this.#forest.shared : (this.#forest.own(root) ?? this.#believed(root));
    if (tree === undefined) return;
    if (tree.isOlderThan(message, this.#core.now)) {
      if (!this.#isFlooding(neighbour)) this.#adopt(tree, neighbour, message);
    } else if (tree.isOf(message)) {
      this.#heard(tree, neighbour, message.hops);
    } else if (shared && root !== tree.root) {
      neighbour.foreignAt = this.#core.now;
    }
  }

  /** B2. */
  graft({ member, link }: Neighbour, { roots }: MessageOf<'graft'>): void {
    for (const [named, tree] of this.#forest.named(roots)) {
      if (tree === undefined || tree.refuses(this.#forest.self, member)) {
        // Both meant to hang on each other: a prune would tell the nearer that we do not.
        const type = tree?.parent === member ? 'graft' : 'prune';
        link.urgent({ type, roots: named });
        continue;
      }
      const hung = tree.drop(member);
      tree.children.add(member);
      if (hung) this.#orphan(tree, false, member);
    }
  }

  /** B2. */
  prune({ member }: Neighbour, { roots }: MessageOf<'prune'>): void {
    for (const [, tree] of this.#forest.named(roots)) {
      if (tree === undefined || tree.children.delete(member) || !tree.drop(member)) continue;
      tree.heard.delete(member);
      // Our only witness of the tree does not know it either.
      if (tree.isUnheard) this.#forest.delete(tree.root);
      else this.#orphan(tree, false, member);
    }
  }

  /**
   * What `first` had sent came from `second` again, unasked (B7): the edge of the two that should
   * not be is ended.
   */
  duplicate(session: SessionId, way: Way, second: Neighbour, first: Neighbour | undefined): void {
    if (way === 'direct') return;
    const tree = way === 'own' ? this.#forest.own(session) : this.#forest.shared;
    // The edges of the epoch before end by themselves.
    if (tree === undefined || (way !== 'own' && !this.shared.isNow(way))) return;
    const isStray = (member: SessionId): boolean => {
      if (tree.former?.member === member) return true;
      return way === 'own' ? tree.parent !== member : !tree.isEdge(member);
    };
    const stray = [second.member, first?.member].find(
      (member) => member !== undefined && isStray(member),
    );
    if (stray === undefined) return;
    if (tree.former?.member === stray) tree.former = undefined;
    this.#forest.send('prune', tree, stray);
  }

  /** A rumour did not come along its tree, but `neighbour` holds it (B7). */
  overdue({ member, partsAt }: Neighbour, session: SessionId): void {
    const { now, feeds } = this.#core;
    const { self, shared } = this.#forest;
    if (session === self || partsAt !== undefined) return;
    let tree = this.#forest.own(session);
    // Who writes much most likely has a tree of its own.
    if (tree === undefined && feeds.seq(session) >= ownAfterDeltas) {
      tree = this.#addUnheard(session);
    }
    tree ??= shared;
    if (tree.parent === member) return this.#forest.send('graft', tree, member);
    const hops = tree.heard.get(member);
    const nearer = hops !== undefined && tree.mayHang(self, member, hops);
    if (tree === shared) {
      if (!nearer || now < this.#overdueAt) return;
      this.#overdueAt = now + overdueMs;
    } else if (!nearer) {
      // One source alone feeds it: who was fed before us does not hang on us.
      tree.raise((hops ?? tree.hops) + 1);
    }
    this.#hang(tree, member);
    this.#plan();
  }

  tick(): void {
    const { now, active } = this.#core;
    this.#parents.endFormers();
    if (this.#isRoot) {
      if (active.size > 0 && now >= this.#nextEpochAt) this.#claim();
    } else if (now >= this.#claimAt || now >= this.#silentAt) {
      this.#claim();
    }
    this.#plan();
  }

  get #isRoot(): boolean {
    return this.#forest.shared.root === this.#forest.self;
  }

  get #nextEpochAt(): number {
    return this.#forest.shared.beaconAt + (this.#changed ? changedSpanMs : quietSpanMs);
  }

  /** An epoch taken up goes on to the whole room: no member shall keep all busy with its own. */
  #isFlooding(neighbour: Neighbour): boolean {
    return !neighbour.beacons.take(this.#core.now);
  }

  #adopt(tree: Tree, { member }: Neighbour, { root, epoch, hops }: MessageOf<'beacon'>): void {
    const { now, settings } = this.#core;
    const shared = tree === this.#forest.shared;
    // Somebody else's word that we began an epoch we did not.
    if (shared && root === this.#forest.self) return this.#claim(epoch);
    if (shared) this.shared.beginning(root, epoch);
    tree.begin(root, epoch, hops + 1, now);
    tree.heard.set(member, hops);
    tree.children.delete(member);
    this.#forest.refresh(tree);
    if (shared) {
      this.#changed = false;
      this.#silentAt = now + silentSpans * quietSpanMs + settings.random() * changedSpanMs;
    }
    this.#hang(tree, member);
    if (shared) this.#claimAt = Infinity;
    this.#forest.announce(tree, member);
    this.#plan();
  }

  /** A neighbour tells how far it is in the epoch known (B2, B3, B8). */
  #heard(tree: Tree, { member }: Neighbour, hops: number): void {
    const { self } = this.#forest;
    tree.heard.set(member, hops);
    if (tree.root === self) return;
    if (tree.parent === undefined) {
      this.#mend(tree);
    } else if (
      (tree.heard.get(tree.parent) ?? 0) >= hops + detourHops &&
      tree.mayHang(self, member, hops)
    ) {
      tree.hops = Math.min(tree.hops, hops + 1);
      this.#hang(tree, member);
      this.#forest.announce(tree, member);
    }
    this.#plan();
  }

  #hang(tree: Tree, member: SessionId): void {
    if (tree === this.#forest.shared && tree.parent !== member) this.#claimAt = Infinity;
    this.#parents.hang(tree, member);
  }

  /** @returns whether the node hangs on somebody other than `but` now */
  #mend(tree: Tree, but?: SessionId): boolean {
    const hangs = this.#parents.hangNearer(tree, but) || this.#parents.hangFarther(tree, but);
    if (hangs && tree === this.#forest.shared) this.#claimAt = Infinity;
    return hangs;
  }

  /**
   * The parent went, or is not well (B8). Where no other will do, the shared tree begins anew, at
   * once when it was the root that was lost.
   */
  #orphan(tree: Tree, lost: boolean, member: SessionId): void {
    const { self, shared } = this.#forest;
    if (tree.root === self) return;
    const rootLost = tree === shared && lost && member === tree.root;
    const mended = rootLost ? this.#parents.hangNearer(tree, member) : this.#mend(tree, member);
    if (tree !== shared || mended) return this.#plan();
    const { now, settings } = this.#core;
    const calm = Math.max(now, tree.beaconAt + changedSpanMs);
    const at = rootLost ? now : calm + settings.random() * claimJitterMs;
    this.#claimAt = Math.min(this.#claimAt, at);
    this.#plan();
  }

  /** Becomes the shared root at the next epoch (B4). */
  #claim(epoch = this.#forest.shared.epoch): void {
    const { self, shared } = this.#forest;
    const { parent } = shared;
    this.shared.beginning(self, nextEpoch(epoch));
    shared.begin(self, nextEpoch(epoch), 0, this.#core.now);
    this.#claimAt = Infinity;
    this.#silentAt = Infinity;
    this.#changed = false;
    shared.parent = undefined;
    if (parent !== undefined) this.#parents.leave(shared, parent);
    this.#forest.announce(shared);
    this.#plan();
  }

  #beginOwn(epoch: number): void {
    const { self } = this.#forest;
    const tree = this.#forest.own(self) ?? this.#forest.add(new Tree(self, 0, 0, 0));
    tree.begin(self, nextEpoch(epoch), 0, this.#core.now);
    this.#written = 0;
    this.#forest.announce(tree);
  }

  /** Somebody tells of an epoch of our own tree that we may not have begun. */
  #contested(neighbour: Neighbour, message: MessageOf<'beacon'>): void {
    const tree = this.#forest.own(this.#forest.self);
    if (tree?.isOlderThan(message, this.#core.now) !== true || this.#isFlooding(neighbour)) return;
    this.#beginOwn(message.epoch);
  }

  /** A tree not known yet, if its root may be believed to exist. */
  #believed(root: SessionId): Tree | undefined {
    const exists = this.#liveness.isHere(root) || this.#core.feeds.seq(root) > 0;
    return exists ? this.#addUnheard(root) : undefined;
  }

  #addUnheard(root: SessionId): Tree {
    return this.#forest.add(new Tree(root, 0, farHops, this.#core.now));
  }

  /** Without any link every tree is as good as none. */
  #forget(): void {
    const { self, shared } = this.#forest;
    this.#forest.clear();
    this.shared.drop();
    this.#written = 0;
    shared.children.clear();
    shared.parent = undefined;
    shared.former = undefined;
    shared.begin(self, 0, 0, this.#core.now);
    this.#claimAt = Infinity;
    this.#silentAt = Infinity;
    this.#changed = false;
  }

  #change(): void {
    this.#changed = true;
    this.#plan();
  }

  /** Only what is due some time asks for the timer. */
  #plan(): void {
    let at = this.#parents.nextFormerAt;
    if (!this.#isRoot) at = Math.min(at, this.#claimAt, this.#silentAt);
    else if (this.#core.active.size > 0) at = Math.min(at, this.#nextEpochAt);
    if (at < Infinity) this.#core.schedule('tree', at);
  }
}
