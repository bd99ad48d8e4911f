import { DecodeError, limits } from '@grapevine/wire';
import type { Reader, SessionId, Writer } from '@grapevine/wire';
import { atMost, list, writeSessions } from './codec.ts';
import type { Codecs } from './codec.ts';

function writeWalk(w: Writer, path: readonly SessionId[], members: readonly SessionId[]): void {
  w.varint(path.length);
  writeSessions(w, path);
  writeSessions(w, members);
}

function readWalk(r: Reader): { path: SessionId[]; members: SessionId[] } {
  const path = Array.from({ length: r.varint(limits.walkMembers) }, () => r.session());
  return { path, members: list(r, () => r.session(), limits.addresses) };
}

/** Who is linked to whom, and how those who are not hear of each other. */
export const overlayCodecs: Codecs<'peers' | 'signal' | 'shuffle' | 'shuffleReply' | 'disconnect'> =
  {
    peers: {
      code: 13,
      write: (w, { members }) => writeSessions(w, members),
      read: (r) => ({ type: 'peers', members: list(r, () => r.session(), limits.toldPeers) }),
    },
    signal: {
      code: 14,
      write: (w, { from, to, relays, sealed }) => {
        w.hex(from).hex(to).u8(relays).bytes(sealed);
      },
      read: (r) => {
        const from = r.session();
        const to = r.session();
        const relays = r.u8();
        if (relays > limits.signalRelays) throw new DecodeError('over a limit');
        const sealed = atMost(r.rest(), limits.sealedSignalBytes);
        return { type: 'signal', from, to, relays, sealed };
      },
    },
    shuffle: {
      code: 25,
      write: (w, { hops, path, members }) => {
        w.u8(hops);
        writeWalk(w, path, members);
      },
      read: (r) => {
        const hops = r.u8();
        const walk = readWalk(r);
        if (walk.path.length === 0 || hops + walk.path.length > limits.walkMembers) {
          throw new DecodeError('not a walk');
        }
        return { type: 'shuffle', hops, ...walk };
      },
    },
    shuffleReply: {
      code: 26,
      write: (w, { path, members }) => writeWalk(w, path, members),
      read: (r) => ({ type: 'shuffleReply', ...readWalk(r) }),
    },
    disconnect: {
      code: 27,
      write: (w, { members }) => writeSessions(w, members),
      read: (r) => ({
        type: 'disconnect',
        members: list(r, () => r.session(), limits.addresses),
      }),
    },
  };
