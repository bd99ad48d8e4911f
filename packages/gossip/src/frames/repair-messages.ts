import { DecodeError, sessionIdBytes, toHex } from '@grapevine/wire';
import type { Reader, Writer } from '@grapevine/wire';
import { list, readName, writeName } from './codec.ts';
import type { Codecs } from './codec.ts';
import type { Tree, TreeNode } from './message.ts';

const sessionDigits = sessionIdBytes * 2;
const steps = ['descend', 'open', 'answer'] as const;
const kinds = ['children', 'leaves', 'unknown'] as const;
/** Hashes a node may list. Guess: twenty times what a sender lists by default. */
export const listedHashes = 256;

function writeNode(w: Writer, node: TreeNode): void {
  const { path, kind } = node;
  w.u8(path.length * kinds.length + kinds.indexOf(kind));
  w.hex(path.length % 2 === 0 ? path : `${path}0`);
  if (node.kind === 'children') {
    let bitmap = 0;
    for (const [digit, hash] of node.hashes.entries()) if (hash !== undefined) bitmap |= 1 << digit;
    w.u8(bitmap & 255).u8(bitmap >> 8);
  } else {
    w.varint(node.hashes.length);
  }
  for (const hash of node.hashes) if (hash !== undefined) w.u32(hash);
}

function readNode(r: Reader): TreeNode {
  const head = r.u8();
  const kind = kinds[head % kinds.length] ?? 'children';
  const depth = Math.floor(head / kinds.length);
  if (depth > (kind === 'children' ? sessionDigits - 1 : sessionDigits)) {
    throw new DecodeError('below a session');
  }
  const packed = toHex(r.bytes(Math.ceil(depth / 2)));
  if (depth % 2 === 1 && packed[depth] !== '0') throw new DecodeError('path not canonical');
  const path = packed.slice(0, depth);
  if (kind !== 'children') {
    const hashes = Array.from({ length: r.varint(listedHashes) }, () => r.u32());
    return { kind, path, hashes };
  }
  const bitmap = r.u8() | (r.u8() << 8);
  const hashes = Array.from({ length: 16 }, (_, digit) =>
    (bitmap >> digit) & 1 ? r.u32() : undefined,
  );
  return { kind, path, hashes };
}

function writeTree(w: Writer, { step, salt, nodes }: Tree): void {
  w.u8(steps.indexOf(step)).u32(salt);
  for (const node of nodes) writeNode(w, node);
}

function readTree(r: Reader): Tree {
  const step = steps[r.u8()];
  if (step === undefined) throw new DecodeError('unknown step');
  return { step, salt: r.u32(), nodes: list(r, () => readNode(r)) };
}

/** Descent over feeds, and over members. */
export const repairCodecs: Codecs<'tree' | 'leaves' | 'memberTree'> = {
  tree: { code: 10, write: writeTree, read: (r) => ({ type: 'tree', ...readTree(r) }) },
  leaves: {
    code: 11,
    write: (w, { salt, leaves }, names) => {
      w.u32(salt);
      for (const { session, seq, ended, hash } of leaves) {
        writeName(w, session, names);
        w.varint(seq * 2 + (ended ? 1 : 0)).u32(hash);
      }
    },
    read: (r, names) => {
      const salt = r.u32();
      const leaves = list(r, () => {
        const session = readName(r, names);
        const head = r.varint();
        const ended = head % 2 === 1;
        return { session, seq: Math.floor(head / 2), ended, hash: r.u32() };
      });
      return { type: 'leaves', salt, leaves };
    },
  },
  memberTree: { code: 32, write: writeTree, read: (r) => ({ type: 'memberTree', ...readTree(r) }) },
};
