import { createHash } from 'node:crypto';
import { DecodeError } from '@grapevine/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Core } from '../core.ts';
import { InNames } from '../frames/dictionary.ts';
import { decodeFrame } from '../frames/frame.ts';
import type { MessageOf, TreeNode } from '../frames/message.ts';
import { Neighbour } from '../links/neighbour.ts';
import { seededRandom } from '../testing/schedule.ts';
import { Descent } from './descent.ts';
import { DigestTree } from './digest.ts';
import type { Leaf } from './digest.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const recentLeaves = 4;
type Said = MessageOf<'tree'>;

/** One end of a descent over bare leaves, with what it told the other. */
class End {
  readonly core: Core;
  readonly neighbour: Neighbour;
  readonly tree = new DigestTree<Leaf>(hash);
  readonly descent: Descent<Leaf>;
  told: string[] = [];
  recent: readonly Leaf[] = [];
  readonly #names = new InNames();

  constructor(digit: string, settings = {}) {
    const self = digit.repeat(32);
    const nothing = new Uint8Array(0);
    const random = seededRandom(Number.parseInt(digit, 16));
    const identity = { self, incarnation: 1, proof: nothing, info: nothing, random, hash };
    this.core = new Core({ ...identity, ...settings });
    const { settings: all, stats } = this.core;
    this.neighbour = new Neighbour(1, 'f'.repeat(32), all, stats, 0);
    this.descent = new Descent<Leaf>(this.core, {
      type: 'tree',
      tree: this.tree,
      recentLeaves,
      leafBytes: 32,
      recent: () => this.recent,
      differenceTo: ({ feedsDiffer }) => feedsDiffer,
      tell: (_neighbour, _salt, leaves) => this.told.push(...leaves.map(({ session }) => session)),
    });
  }

  hold(leaves: Iterable<readonly [string, number]>): this {
    for (const [session, version] of leaves) this.tree.set(leafOf(session, version));
    return this;
  }

  open(): Said[] {
    this.descent.open(this.neighbour);
    return this.take();
  }

  hear(...messages: readonly Said[]): Said[] {
    for (const message of messages) this.descent.heard(this.neighbour, message);
    return this.take();
  }

  take(): Said[] {
    return this.neighbour.link.flush().flatMap((frame) => {
      const messages = decodeFrame(frame, this.#names);
      if (messages instanceof DecodeError) throw messages;
      return messages.filter((message): message is Said => message.type === 'tree');
    });
  }
}

function leafOf(session: string, version: number): Leaf {
  return {
    session,
    leaf: hash(Uint8Array.of(...Buffer.from(session, 'hex'), version)).subarray(0, 16),
  };
}

/** Lets both talk until neither has anything to say. @returns messages, in order */
function talk(a: End, b: End, first: readonly Said[]): Said[] {
  const all = [...first];
  let said = first;
  for (let turn = 0; said.length > 0; turn++) {
    expect(turn).toBeLessThan(40);
    said = (turn % 2 === 0 ? b : a).hear(...said);
    all.push(...said);
  }
  return all;
}

const ids = (count: number, start = 0) =>
  Array.from({ length: count }, (_, i) =>
    hash(Uint8Array.of((i + start) & 255, (i + start) >> 8)).reduce(
      (text, byte) => (text.length < 32 ? text + byte.toString(16).padStart(2, '0') : text),
      '',
    ),
  );
const kinds = ({ nodes }: Said) => nodes.map(({ kind }) => kind);
const steps = (said: readonly Said[]) => said.map(({ step }) => step);

/** Shared starts, so that paths are long. */
const session = fc
  .tuple(fc.constantFrom('00', '0f', 'a0', 'a1'), fc.nat(40))
  .map(([start, i]) => start + (ids(1, i)[0] ?? '').slice(2));
const table = fc.array(fc.tuple(session, fc.nat(2)), { maxLength: 60 });

describe('descent', () => {
  it('G6: each side tells exactly what the other lacks or holds differently', () => {
    fc.assert(
      fc.property(
        table,
        table,
        table,
        fc.nat(30),
        fc.integer({ min: 1, max: 12 }),
        (shared, x, y, recent, leavesPerNode) => {
          const a = new End('1', { leavesPerNode }).hold(shared).hold(x);
          const b = new End('2', { leavesPerNode }).hold(shared).hold(y);
          for (const end of [a, b])
            end.recent = end.tree.leaves('').slice(recent, recent + recentLeaves);
          // The second descent begins at the root.
          for (let i = 0; i < 2; i++) talk(a, b, a.open());
          for (const [from, to] of [
            [a, b],
            [b, a],
          ] as const) {
            const held = new Map(
              to.tree.leaves('').map(({ session: of, leaf }) => [of, String(leaf)]),
            );
            const lacking = from.tree
              .leaves('')
              .filter(({ session: of, leaf }) => held.get(of) !== String(leaf));
            expect([...new Set(from.told)].sort()).toEqual(lacking.map(({ session: of }) => of));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('G6: a table of few leaves is told whole and done with after one answer', () => {
    const [shared, own] = [ids(10), ids(2, 10)];
    const a = new End('1').hold(shared.map((id) => [id, 0])).hold(own.map((id) => [id, 0]));
    const b = new End('2').hold(shared.map((id, i) => [id, i === 3 ? 1 : 0]));
    const open = a.open();
    expect(open.map(kinds)).toEqual([['leaves']]);
    expect(open[0]?.nodes[0]?.hashes).toHaveLength(12);
    const answer = b.hear(...open);
    expect(b.told).toEqual([shared[3]]);
    expect(answer.map(kinds)).toEqual([['unknown']]);
    expect(a.hear(...answer)).toEqual([]);
    expect(new Set(a.told)).toEqual(new Set([shared[3], ...own]));
  });

  it('G6: one leaf more than few is a tree', () => {
    const a = new End('1').hold(ids(13).map((id) => [id, 0]));
    a.neighbour.feedsDiffer.compared = true;
    expect(a.open().map(kinds)).toEqual([['children']]);
  });

  it('G6: what changed last goes first, both ways; where it explains the difference, no more', () => {
    const all = ids(100);
    const [a, b] = [new End('1'), new End('2')];
    for (const end of [a, b]) end.hold(all.map((id) => [id, 0]));
    for (const [end, changed] of [
      [a, [7, 8]],
      [b, [9]],
    ] as const) {
      end.hold(changed.map((i) => [all[i] ?? '', 1]));
      const recent = [...changed, ...[20, 21, 22].slice(0, recentLeaves - changed.length)];
      end.recent = recent
        .map((i) => end.tree.leaves('').find(({ session: of }) => of === all[i]))
        .filter((leaf) => leaf !== undefined);
    }
    const open = a.open();
    expect(steps(open)).toEqual(['open']);
    expect(open[0]?.nodes).toHaveLength(4);
    const answer = b.hear(...open);
    expect(steps(answer)).toEqual(['descend', 'answer']);
    expect(kinds(answer[0] as Said)).toEqual(['unknown', 'unknown']);
    // Without those that a named already.
    expect(answer[1]?.nodes).toHaveLength(2);
    const rest = talk(b, a, answer);
    expect(steps(rest.slice(2))).toEqual(['descend']);
    expect(new Set(a.told)).toEqual(new Set([all[7], all[8], all[9]]));
    expect(new Set(b.told)).toEqual(new Set([all[7], all[8], all[9]]));
    // Should the digests differ all the same, the root is next.
    expect(a.open().map(kinds)).toEqual([['children']]);
    a.neighbour.feedsDiffer.clear();
    expect(steps(a.open())).toEqual(['open']);
  });

  for (const [what, older] of [
    ['none of them differs', false],
    ['the oldest of them differs', true],
  ] as const) {
    it(`G6: where ${what}, the descent goes on at the root at once`, () => {
      const all = ids(100);
      const [a, b] = [new End('1'), new End('2')];
      for (const end of [a, b]) {
        end.hold(all.map((id) => [id, 0]));
        end.recent = all.slice(0, recentLeaves).map((id) => leafOf(id, 0));
      }
      b.hold([[all[50] ?? '', 1]]);
      if (older) b.hold([[all[recentLeaves - 1] ?? '', 1]]);
      const said = talk(a, b, a.open());
      expect(said.filter(({ nodes }) => nodes.some(({ path }) => path === ''))).toHaveLength(1);
      expect(b.told).toContain(all[50]);
      expect(a.told).toContain(all[50]);
    });
  }

  it('G6: every descent has a salt of its own, kept to its end', () => {
    const [a, b] = [new End('1'), new End('2')];
    a.hold(ids(40).map((id) => [id, 0]));
    b.hold(ids(40).map((id) => [id, 1]));
    a.neighbour.feedsDiffer.compared = true;
    const descents = [a.open(), a.open()].map((open) => talk(a, b, open));
    const salts = descents.map((said) => new Set(said.map(({ salt }) => salt)));
    expect(salts.map(({ size }) => size)).toEqual([1, 1]);
    expect(salts[0]).not.toEqual(salts[1]);
    const hashes = descents.map(([first]) => first?.nodes[0]?.hashes);
    expect(hashes[0]).not.toEqual(hashes[1]);
  });

  const nothing: TreeNode = { kind: 'leaves', path: '', hashes: [] };
  const asked: Said = { type: 'tree', step: 'descend', salt: 1, nodes: [nothing] };

  it('G6: of an answer longer than the queue what fits is told, the rest counts as lost', () => {
    for (const [fits, doubt] of [
      [40, false],
      [39, true],
      [1, true],
    ] as const) {
      const end = new End('1', { bulkQueueBytes: fits * 32 }).hold(ids(40).map((id) => [id, 0]));
      end.hear(asked);
      expect([end.told.length, end.neighbour.doubt]).toEqual([fits, doubt]);
    }
  });

  it('G6: two ends of which one has more than fits into a queue come together', () => {
    const all = ids(200);
    const a = new End('1', { bulkQueueBytes: 50 * 32 }).hold(all.map((id) => [id, 0]));
    const b = new End('2');
    for (let n = 0; n < 10 && b.tree.size < all.length; n++) {
      a.told = [];
      talk(b, a, b.open());
      b.hold(a.told.map((id) => [id, 0]));
    }
    expect(b.tree.size).toBe(all.length);
  });

  it('G6: who asks and does not read is not answered', () => {
    const end = new End('1', { bulkQueueBytes: 4096 }).hold(ids(40).map((id) => [id, 0]));
    end.recent = ids(4).map((id) => leafOf(id, 0));
    const open: Said = { type: 'tree', step: 'open', salt: 1, nodes: [] };
    for (let n = 0; n < 1000; n++) end.descent.heard(end.neighbour, open);
    expect(end.neighbour.link.bulkQueuedBytes).toBeLessThan(2 * 4096);
    expect(end.neighbour.doubt).toBe(true);
    end.told = [];
    end.descent.heard(end.neighbour, asked);
    expect(end.told).toEqual([]);
  });

  it('G6: each leaf is looked at once a message at most', () => {
    let hashed = 0;
    const counting = (bytes: Uint8Array) => {
      hashed++;
      return hash(bytes);
    };
    const end = new End('1', { hash: counting }).hold(ids(200).map((id) => [id, 0]));
    const unknown: TreeNode = { kind: 'unknown', path: '', hashes: [] };
    const nodes = Array.from({ length: 1000 }, () => unknown);
    end.hear({ ...asked, nodes });
    expect(hashed).toBeLessThanOrEqual(200);
    end.hear({ ...asked, nodes: [nothing, nothing] });
    expect(end.told).toHaveLength(200);
  });

  it('G6: only what may have been listed can be asked for by its hash', () => {
    const end = new End('1').hold(ids(256).map((id) => [id, 0]));
    end.neighbour.feedsDiffer.compared = true;
    const path = (ids(1)[0] ?? '').slice(0, 2);
    const [query] = end.hear({
      type: 'tree',
      step: 'descend',
      salt: 9,
      nodes: [{ kind: 'children', path, hashes: [] }],
    });
    const hashes = [...(query?.nodes[0]?.hashes ?? [])].filter(
      (of): of is number => of !== undefined,
    );
    const ask = (): number => {
      end.told = [];
      const nodes: TreeNode[] = [{ kind: 'unknown', path: '', hashes }];
      end.hear({ type: 'tree', step: 'descend', salt: 9, nodes });
      return end.told.length;
    };
    expect(hashes.length).toBeGreaterThan(0);
    expect(ask()).toBe(hashes.length);
    end.hold(ids(1, 256).map((id) => [id, 0]));
    expect(ask()).toBe(0);
  });

  it('section 14: a large answer is cut into messages that fit', () => {
    const [a, b] = [new End('1', { leavesPerNode: 256 }), new End('2', { leavesPerNode: 256 })];
    a.hold(ids(8000).map((id) => [id, 0]));
    b.hold(ids(8000).map((id) => [id, 1]));
    a.neighbour.feedsDiffer.compared = true;
    const said = talk(a, b, a.open());
    expect(said.length).toBeGreaterThan(3);
    for (const { nodes } of said) expect(nodes.length).toBeLessThan(800);
  });
});
