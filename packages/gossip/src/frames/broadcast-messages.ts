import { limits } from '@grapevine/wire';
import { atMost, list, readName, signatureBytes, writeName } from './codec.ts';
import type { Codecs } from './codec.ts';

/** A channel of ephemeral messages is named by a program. Guess. */
const channelBytes = 128;
/** PROTOCOL.md B1, the shared one included: nobody keeps more. */
export const maxTrees = 64;

/** Trees, and what is small and does not last. */
export const broadcastCodecs: Codecs<'beacon' | 'graft' | 'prune' | 'ephemeral'> = {
  beacon: {
    code: 22,
    write: (w, { root, epoch, hops, shared }, names) => {
      writeName(w, root, names);
      w.varint(epoch)
        .varint(hops)
        .u8(shared ? 1 : 0);
    },
    read: (r, names) => ({
      type: 'beacon',
      root: readName(r, names),
      epoch: r.varint(),
      hops: r.varint(),
      shared: (r.u8() & 1) === 1,
    }),
  },
  graft: {
    code: 23,
    write: (w, { roots }, names) => roots.forEach((root) => writeName(w, root, names)),
    read: (r, names) => ({ type: 'graft', roots: list(r, () => readName(r, names), maxTrees) }),
  },
  prune: {
    code: 24,
    write: (w, { roots }, names) => roots.forEach((root) => writeName(w, root, names)),
    read: (r, names) => ({ type: 'prune', roots: list(r, () => readName(r, names), maxTrees) }),
  },
  ephemeral: {
    code: 15,
    write: (w, { from, channel, number, signature, bytes }, names) => {
      writeName(w, from, names);
      w.varstring(channel).varint(number).bytes(signature).bytes(bytes);
    },
    read: (r, names) => ({
      type: 'ephemeral',
      from: readName(r, names),
      channel: r.varstring(channelBytes),
      number: r.varint(),
      signature: r.bytes(signatureBytes),
      bytes: atMost(r.rest(), limits.ephemeralBytes),
    }),
  },
};
