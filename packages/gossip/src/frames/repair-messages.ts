import { DecodeError, sessionIdBytes, toHex } from '@grapevine/wire';
import type { Reader, Writer } from '@grapevine/wire';
import { hexBytes, list, readName, writeName } from './codec.ts';
import type { Codecs } from './codec.ts';
import type { Tree, TreeNode } from './message.ts';

const sessionDigits = sessionIdBytes * 2;
const saltBytes = 4;
const steps = ['descend', 'open', 'answer'] as const;
const kinds = ['children', 'leaves', 'unknown'] as const;
/** Hashes a node may list. Guess: twenty times what a sender lists by default. */
export const listedHashes = 256;

/** The first 4 bytes as a number. */
export function readShort(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, saltBytes).getUint32(0, true);
}

export function shortBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(saltBytes);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function readNumber(r: Reader): number {
  return readShort(r.bytes(saltBytes));
}

function writeNode(w: Writer, node: TreeNode): void {
  const { path, kind } = node;
  w.u8(path.length * kinds.length + kinds.indexOf(kind));
  w.bytes(hexBytes(path.length % 2 === 0 ? path : `${path}0`));
  if (node.kind === 'children') {
    let bitmap = 0;
    for (const [digit, hash] of node.hashes.entries()) if (hash !== undefined) bitmap |= 1 << digit;
    w.u8(bitmap & 255).u8(bitmap >> 8);
  } else {
    w.varint(node.hashes.length);
  }
  for (const hash of node.hashes) if (hash !== undefined) w.bytes(shortBytes(hash));
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
    const hashes = Array.from({ length: r.varint(listedHashes) }, () => readNumber(r));
    return { kind, path, hashes };
  }
  const bitmap = r.u8() | (r.u8() << 8);
  const hashes = Array.from({ length: 16 }, (_, digit) =>
    (bitmap >> digit) & 1 ? readNumber(r) : undefined,
  );
  return { kind, path, hashes };
}

function writeTree(w: Writer, { step, salt, nodes }: Tree): void {
  w.u8(steps.indexOf(step)).bytes(shortBytes(salt));
  for (const node of nodes) writeNode(w, node);
}

function readTree(r: Reader): Tree {
  const step = steps[r.u8()];
  if (step === undefined) throw new DecodeError('unknown step');
  return { step, salt: readNumber(r), nodes: list(r, () => readNode(r)) };
}

/** Descent over feeds, and over members. */
export const repairCodecs: Codecs<'tree' | 'leaves' | 'memberTree'> = {
  tree: { code: 10, write: writeTree, read: (r) => ({ type: 'tree', ...readTree(r) }) },
  leaves: {
    code: 11,
    write: (w, { salt, leaves }, names) => {
      w.bytes(shortBytes(salt));
      for (const { session, seq, ended, hash } of leaves) {
        writeName(w, session, names);
        w.varint(seq * 2 + (ended ? 1 : 0)).bytes(shortBytes(hash));
      }
    },
    read: (r, names) => {
      const salt = readNumber(r);
      const leaves = list(r, () => {
        const session = readName(r, names);
        const head = r.varint();
        const ended = head % 2 === 1;
        return { session, seq: Math.floor(head / 2), ended, hash: readNumber(r) };
      });
      return { type: 'leaves', salt, leaves };
    },
  },
  memberTree: { code: 32, write: writeTree, read: (r) => ({ type: 'memberTree', ...readTree(r) }) },
};
