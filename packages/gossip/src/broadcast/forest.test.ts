import { describe, expect, it } from 'vitest';
import { Attest } from '../attest.ts';
import { Core } from '../core.ts';
import type { Message } from '../frames/message.ts';
import { Neighbour } from '../links/neighbour.ts';
import { Liveness } from '../membership/liveness.ts';
import { standIn } from '../testing/attested.ts';
import { hello } from '../testing/peer.ts';
import { proofOf } from '../testing/signatures.ts';
import { Forest } from './forest.ts';
import { Tree } from './tree.ts';

const id = (n: number) => n.toString(16).padStart(32, '0');
const self = id(0x500);
/** Beside the shared one. */
const ownTrees = 63;

function forest() {
  const [proof, info] = [proofOf(self), new Uint8Array(0)];
  const core = new Core({ self, incarnation: 1, proof, info, random: () => 0.5, hash: standIn });
  const liveness = new Liveness(core, new Attest(core));
  const trees = new Forest(core, liveness);
  const said: string[] = [];
  const link = (n: number): Neighbour => {
    const neighbour = new Neighbour(n, id(n), core.settings, core.stats, core.now);
    neighbour.hello = true;
    neighbour.link.urgent = (message: Message) => {
      if (message.type === 'beacon') {
        const { root, epoch, hops, shared } = message;
        said.push(`${n}:${shared ? 'shared' : Number.parseInt(root, 16)} ${epoch}+${hops}`);
      } else if (message.type === 'graft' || message.type === 'prune') {
        const roots = message.roots.map((root) => Number.parseInt(root, 16));
        said.push(`${n}:${message.type} ${roots.join()}`);
      }
    };
    core.addLink(neighbour);
    core.active.set(neighbour.member, neighbour);
    return neighbour;
  };
  const add = (root: number) => trees.add(new Tree(id(root), 1, 2, core.now));
  const roots = () => [...trees.all()].slice(1).map(({ root }) => Number.parseInt(root, 16));
  return { core, liveness, trees, said, link, add, roots };
}

describe('the trees a node knows', () => {
  it('B1: are 64 at most; the least recently used goes and is pruned, the shared one stays', () => {
    const { trees, said, link, add, roots } = forest();
    for (const n of [1, 2, 3]) link(n);
    for (let root = 0x600; root < 0x600 + ownTrees; root++) add(root);
    expect([said, roots().length]).toEqual([[], ownTrees]);
    const oldest = trees.own(id(0x601));
    if (oldest !== undefined) {
      oldest.parent = id(1);
      oldest.former = { member: id(2), until: 1 };
      oldest.children.add(id(3)).add(id(9));
    }
    const first = trees.own(id(0x600));
    if (first !== undefined) trees.use(first);
    add(0x700);
    expect(said.sort()).toEqual(['1:prune 1537', '2:prune 1537', '3:prune 1537']);
    expect(roots()).toHaveLength(ownTrees);
    expect(roots().slice(-2)).toEqual([0x600, 0x700]);
    expect(trees.own(id(0x601))).toBeUndefined();
    expect([...trees.all()][0]).toBe(trees.shared);
  });

  it('B5: our own is not the one that goes', () => {
    const { trees, add, roots } = forest();
    add(0x500);
    for (let root = 0x600; root < 0x600 + ownTrees; root++) add(root);
    expect(trees.own(self)?.root).toBe(self);
    expect(roots()).toHaveLength(ownTrees);
    expect(trees.own(id(0x600))).toBeUndefined();
  });

  it('B5: ours finds a place where 63 are not known, or one was not used for 60 s', () => {
    const { core, trees, add } = forest();
    core.now = 1000;
    for (let root = 0x600; root < 0x600 + ownTrees - 1; root++) trees.use(add(root));
    expect(trees.hasRoom).toBe(true);
    trees.use(add(0x700));
    expect(trees.hasRoom).toBe(false);
    core.now = 61_000;
    expect(trees.hasRoom).toBe(false);
    core.now = 61_001;
    expect(trees.hasRoom).toBe(true);
  });

  it('B1: the shared one is used without becoming one of those that may go', () => {
    const { core, trees, roots } = forest();
    core.now = 77;
    trees.use(trees.shared);
    expect([trees.shared.usedAt, roots()]).toEqual([77, []]);
    const stranger = new Tree(id(0x600), 1, 1, 0);
    trees.refresh(stranger);
    expect(roots()).toEqual([]);
  });

  it('section 7: are named by their roots, the shared one by none', () => {
    const { trees, add } = forest();
    const own = add(0x600);
    expect([...trees.named([])]).toEqual([[[], trees.shared]]);
    expect([...trees.named([id(0x600), id(0x700)])]).toEqual([
      [[id(0x600)], own],
      [[id(0x700)], undefined],
    ]);
    trees.delete(id(0x600));
    expect(trees.own(id(0x600))).toBeUndefined();
    add(0x700);
    trees.clear();
    expect([...trees.all()]).toEqual([trees.shared]);
  });
});

describe('what neighbours are told of trees', () => {
  it('B4: how far we are, by those that said hello; nothing of one no beacon came of', () => {
    const { trees, said, link, add } = forest();
    const [a, b] = [link(1), link(2)];
    b.hello = false;
    trees.announce(trees.shared);
    expect(said.splice(0)).toEqual(['1:shared 0+0']);
    b.hello = true;
    trees.announce(add(0x600), id(1));
    expect(said.splice(0)).toEqual(['2:1536 1+2']);
    trees.tell(trees.add(new Tree(id(0x601), 0, 9, 0)), a);
    expect(said).toEqual([]);
  });

  it('B3: hidden, we tell 64 hops more', () => {
    const { core, trees, said, link, add } = forest();
    const a = link(1);
    core.hidden = true;
    trees.tell(add(0x600), a);
    trees.tell(trees.shared, a);
    expect(said).toEqual(['1:1536 1+66', '1:shared 0+64']);
  });

  it('B2: graft and prune go to neighbours alone', () => {
    const { trees, said, link, add } = forest();
    link(1);
    const own = add(0x600);
    trees.send('graft', own, id(1));
    trees.send('prune', trees.shared, id(1));
    trees.send('prune', own, id(2));
    expect(said).toEqual(['1:graft 1536', '1:prune ']);
  });

  it('B6: a delta goes to neighbours but not back to its source', () => {
    const { trees, link } = forest();
    const [a, b] = [link(1), link(2)];
    expect(trees.linked([id(1), id(2), id(3)], a)).toEqual([b]);
    expect(trees.linked([id(1), id(2)], undefined)).toEqual([a, b]);
  });

  it('B8: only a neighbour that is alive may be hung on', () => {
    const { core, liveness, trees, link } = forest();
    const a = link(1);
    expect(trees.isWell(id(1))).toBe(false);
    liveness.hello(a, hello);
    expect(trees.isWell(id(1))).toBe(true);
    core.active.delete(id(1));
    expect(trees.isWell(id(1))).toBe(false);
  });
});
