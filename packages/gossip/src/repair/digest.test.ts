import { createHash } from 'node:crypto';
import { concat, label, toHex } from '@grapevine/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DigestTree } from './digest.ts';
import type { Leaf } from './digest.ts';

let hashes = 0;
const hash = (bytes: Uint8Array) => {
  hashes++;
  return new Uint8Array(createHash('sha256').update(bytes).digest());
};

/** Few distinct digits, so that paths are shared deep down. */
const session = fc
  .string({ unit: fc.constantFrom('0', 'f'), minLength: 6, maxLength: 6 })
  .map((start) => start + '0'.repeat(26));
const leaf = fc.record({
  session,
  leaf: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  gone: fc.boolean(),
});

/** L14 word for word. */
function byDefinition(leaves: readonly Leaf[], path: string): Uint8Array {
  const under = leaves.filter((each) => each.session.startsWith(path));
  const [only] = under;
  if (only === undefined) return new Uint8Array(16);
  if (under.length === 1) return only.leaf;
  const children = Array.from('0123456789abcdef', (digit) => byDefinition(under, path + digit));
  return hash(concat(label('grapevine/1 node'), ...children)).subarray(0, 16);
}

describe('digest', () => {
  it('L14: after any changes every node is what the definition says', () => {
    fc.assert(
      fc.property(fc.array(leaf, { maxLength: 30 }), fc.nat(6), (changes, depth) => {
        const tree = new DigestTree<Leaf>(hash);
        const held = new Map<string, Leaf>();
        for (const { gone, ...change } of changes) {
          if (gone) {
            tree.delete(change.session);
            held.delete(change.session);
          } else {
            tree.set(change);
            held.set(change.session, change);
          }
          expect(toHex(tree.node(''))).toBe(toHex(byDefinition([...held.values()], '')));
          expect(tree.size).toBe(held.size);
        }
        const all = [...held.values()];
        const path = changes[0]?.session.slice(0, depth) ?? '';
        const under = all.filter((each) => each.session.startsWith(path));
        expect(toHex(tree.node(path))).toBe(toHex(byDefinition(under, path)));
        const children = Array.from('0123456789abcdef', (digit) => {
          const some = all.some((each) => each.session.startsWith(path + digit));
          return some ? toHex(byDefinition(all, path + digit)) : undefined;
        });
        expect(tree.children(path).map((hash) => hash && toHex(hash))).toEqual(children);
        expect(tree.count(path)).toBe(under.length);
        const sorted = under.sort((a, b) => (a.session < b.session ? -1 : 1));
        expect(tree.leaves(path)).toEqual(sorted);
      }),
    );
  });

  it('G6: the path of a leaf is the shortest under which it is alone', () => {
    const tree = new DigestTree<Leaf>(hash);
    const ids = ['00', '0f', 'f0'].map((start) => start + '0'.repeat(30));
    expect(tree.pathOf(ids[0] ?? '')).toBe('');
    for (const id of ids) tree.set({ session: id, leaf: new Uint8Array(16) });
    expect(ids.map((id) => tree.pathOf(id))).toEqual(['00', '0f', 'f']);
  });

  it('L14: taking out what is not there changes nothing', () => {
    const tree = new DigestTree<Leaf>(hash);
    tree.delete('0'.repeat(32));
    for (const digit of '01') tree.set({ session: digit.repeat(32), leaf: new Uint8Array(16) });
    const before = tree.node('');
    hashes = 0;
    tree.delete('2'.repeat(32));
    tree.delete(`0${'1'.repeat(31)}`);
    expect(tree.node('')).toBe(before);
    expect(hashes).toBe(0);
  });

  it('L14: a change costs the hashes on its path, not the tree', () => {
    const tree = new DigestTree<Leaf>(hash);
    const ids = Array.from(
      { length: 4096 },
      (_, i) => i.toString(16).padStart(3, '0') + '0'.repeat(29),
    );
    for (const id of ids) {
      tree.set({ session: id, leaf: hash(new Uint8Array([id.length])).subarray(0, 16) });
    }
    tree.node('');
    hashes = 0;
    tree.set({ session: ids[77] ?? '', leaf: new Uint8Array(16) });
    tree.node('');
    expect(hashes).toBe(3);
  });
});
