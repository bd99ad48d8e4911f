import { createHash } from 'node:crypto';
import { concat, label, toHex } from '@grapevine/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DigestTree } from './digest.ts';
import type { Feed } from './event.ts';

let hashes = 0;
const hash = (bytes: Uint8Array) => {
  hashes++;
  return new Uint8Array(createHash('sha256').update(bytes).digest());
};

/** Few distinct digits, so that paths are shared deep down. */
const session = fc
  .string({ unit: fc.constantFrom('0', 'f'), minLength: 6, maxLength: 6 })
  .map((start) => start + '0'.repeat(26));
const feed = fc.record({
  session,
  seq: fc.integer({ min: 1, max: 9 }),
  leaf: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  ended: fc.constant(false),
});

/** L14 word for word. */
function byDefinition(feeds: readonly Feed[], path: string): Uint8Array {
  const under = feeds.filter((each) => each.session.startsWith(path));
  const [only] = under;
  if (only === undefined) return new Uint8Array(16);
  if (under.length === 1) return only.leaf;
  const children = Array.from('0123456789abcdef', (digit) => byDefinition(under, path + digit));
  return hash(concat(label('grapevine/1 node'), ...children)).subarray(0, 16);
}

describe('digest', () => {
  it('L14: after any changes every node is what the definition says', () => {
    fc.assert(
      fc.property(fc.array(feed, { maxLength: 30 }), fc.nat(6), (changes, depth) => {
        const tree = new DigestTree(hash);
        const held = new Map<string, Feed>();
        for (const change of changes) {
          tree.set(change);
          held.set(change.session, change);
          expect(toHex(tree.node(''))).toBe(toHex(byDefinition([...held.values()], '')));
        }
        const path = changes[0]?.session.slice(0, depth) ?? '';
        const under = [...held.values()].filter((each) => each.session.startsWith(path));
        expect(toHex(tree.node(path))).toBe(toHex(byDefinition(under, path)));
        expect(tree.count(path)).toBe(under.length);
        const sorted = under.sort((a, b) => (a.session < b.session ? -1 : 1));
        expect(tree.feeds(path)).toEqual(sorted);
      }),
    );
  });

  it('L14: a change costs the hashes on its path, not the tree', () => {
    const tree = new DigestTree(hash);
    const ids = Array.from(
      { length: 4096 },
      (_, i) => i.toString(16).padStart(3, '0') + '0'.repeat(29),
    );
    for (const id of ids) {
      tree.set({ session: id, seq: 1, leaf: hash(new Uint8Array([id.length])), ended: false });
    }
    tree.node('');
    hashes = 0;
    tree.set({ session: ids[77] ?? '', seq: 2, leaf: new Uint8Array(16), ended: false });
    tree.node('');
    expect(hashes).toBe(3);
  });
});
