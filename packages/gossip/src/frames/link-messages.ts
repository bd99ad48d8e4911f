import { limits } from '@grapevine/wire';
import type { Writer } from '@grapevine/wire';
import { shortHashBytes } from './codec.ts';
import type { Codecs } from './codec.ts';

interface State {
  hidden: boolean;
  intervalMs: number;
}

function writeState(w: Writer, { hidden, intervalMs }: State): void {
  w.u8(hidden ? 1 : 0).varint(intervalMs);
}

/** The link itself: who speaks, heartbeats, acknowledgements, signs of life, goodbye. */
export const linkCodecs: Codecs<'hello' | 'round' | 'ack' | 'echo' | 'echoReply' | 'bye'> = {
  hello: {
    code: 1,
    write: (w, message) => {
      writeState(w, message);
      w.varint(message.incarnation).bytes(message.digest);
      w.bytes(message.members).varbytes(message.info);
    },
    read: (r) => ({
      type: 'hello',
      hidden: (r.u8() & 1) === 1,
      intervalMs: r.varint(),
      incarnation: r.varint(),
      digest: r.copy(shortHashBytes),
      members: r.copy(shortHashBytes),
      info: r.varbytes(limits.infoBytes),
    }),
  },
  round: {
    code: 2,
    write: (w, message) => {
      writeState(w, message);
      w.bytes(message.digest).bytes(message.members);
    },
    read: (r) => ({
      type: 'round',
      hidden: (r.u8() & 1) === 1,
      intervalMs: r.varint(),
      digest: r.copy(shortHashBytes),
      members: r.copy(shortHashBytes),
    }),
  },
  ack: {
    code: 3,
    write: (w, { bytes }) => void w.varint(bytes),
    read: (r) => ({ type: 'ack', bytes: r.varint() }),
  },
  echo: {
    code: 4,
    write: (w, { nonce }) => void w.varint(nonce),
    read: (r) => ({ type: 'echo', nonce: r.varint() }),
  },
  echoReply: {
    code: 5,
    write: (w, { nonce }) => void w.varint(nonce),
    read: (r) => ({ type: 'echoReply', nonce: r.varint() }),
  },
  bye: { code: 21, write: () => undefined, read: () => ({ type: 'bye' }) },
};
