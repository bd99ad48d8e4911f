import { DecodeError, Reader, limits, toHex } from '@grapevine/wire';
import { atMost, list, readName, writeName } from './codec.ts';
import type { Codecs } from './codec.ts';
import type { Way } from './message.ts';

const valueHashBytes = 32;
const saltBytes = 16;
const flag = { repair: 1, even: 0, own: 2, direct: 4, odd: 8 } as const;

function wayOf(flags: number): Way {
  if (flags & flag.own) return 'own';
  if (flags & flag.direct) return 'direct';
  return flags & flag.odd ? 'odd' : 'even';
}

/** Deltas, who has and wants them, and detached values. */
export const logCodecs: Codecs<
  'run' | 'have' | 'want' | 'end' | 'valueWant' | 'valueChunk' | 'valueMissing'
> = {
  run: {
    code: 7,
    write: (w, { session, repair, way, bytes }, names) => {
      writeName(w, session, names);
      w.u8((repair ? flag.repair : 0) | flag[way]).bytes(bytes);
    },
    read: (r, names) => {
      const session = readName(r, names);
      const flags = r.u8();
      const bytes = atMost(r.rest(), limits.runBytes);
      const head = new Reader(bytes);
      const from = head.varint();
      const count = head.varint(limits.runDeltas);
      const to = from + count - 1;
      if (from < 1 || count < 1 || !Number.isSafeInteger(to)) throw new DecodeError('empty run');
      const repair = (flags & flag.repair) !== 0;
      return { type: 'run', session, repair, way: wayOf(flags), from, to, bytes };
    },
  },
  have: {
    code: 8,
    write: (w, { heads }, names) => {
      for (const { session, seq } of heads) w.varint(names.numberOf(session)).varint(seq);
    },
    read: (r, names) => ({
      type: 'have',
      heads: list(r, () => ({ session: readName(r, names), seq: r.varint() })),
    }),
  },
  want: {
    code: 9,
    write: (w, { ranges }, names) => {
      for (const { session, from, to } of ranges) {
        w.varint(names.numberOf(session)).varint(from).varint(to);
      }
    },
    read: (r, names) => {
      const ranges = list(r, () => {
        const range = { session: readName(r, names), from: r.varint(), to: r.varint() };
        if (range.from > range.to) throw new DecodeError('empty range');
        return range;
      });
      return { type: 'want', ranges };
    },
  },
  end: {
    code: 12,
    write: (w, { session, bytes }, names) => void w.varint(names.numberOf(session)).bytes(bytes),
    read: (r, names) => ({ type: 'end', session: readName(r, names), bytes: r.rest() }),
  },
  valueWant: {
    code: 16,
    write: (w, { hash, offset, length }) => {
      w.hex(hash).varint(offset).varint(length);
    },
    read: (r) => ({
      type: 'valueWant',
      hash: toHex(r.bytes(valueHashBytes)),
      offset: r.varint(limits.valueBytes + saltBytes),
      length: r.varint(limits.valueBytes + saltBytes),
    }),
  },
  valueChunk: {
    code: 17,
    write: (w, { hash, size, offset, bytes }) => {
      w.hex(hash).varint(size).varint(offset).bytes(bytes);
    },
    read: (r) => {
      const hash = toHex(r.bytes(valueHashBytes));
      const size = r.varint(limits.valueBytes + saltBytes);
      const offset = r.varint(size);
      const bytes = atMost(r.rest(), limits.valueChunkBytes);
      if (offset + bytes.length > size) throw new DecodeError('beyond the value');
      return { type: 'valueChunk', hash, size, offset, bytes };
    },
  },
  valueMissing: {
    code: 18,
    write: (w, { hash }) => void w.hex(hash),
    read: (r) => ({ type: 'valueMissing', hash: toHex(r.bytes(valueHashBytes)) }),
  },
};
