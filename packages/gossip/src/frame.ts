import {
  DecodeError,
  Reader,
  Writer,
  concat,
  decode,
  fromHex,
  limits,
  sessionIdBytes,
  sessionIdFrom,
  sessionIdToBytes,
  toHex,
} from '@grapevine/wire';
import type { InNames, OutNames } from './dictionary.ts';
import type { LeafEntry, Message, MessageOf } from './message.ts';

/** Digests and hashes travel as their first 8 bytes. */
export const shortHashBytes = 8;
const valueHashBytes = 32;
const saltBytes = 16;
const sessionDigits = sessionIdBytes * 2;
/** A channel of ephemeral messages is named by a program. Guess. */
const channelBytes = 128;
const namesType = 6;

const codes: { readonly [T in Message['type']]: number } = {
  hello: 1,
  round: 2,
  ack: 3,
  echo: 4,
  echoReply: 5,
  run: 7,
  have: 8,
  want: 9,
  tree: 10,
  leaves: 11,
  end: 12,
  peers: 13,
  signal: 14,
  ephemeral: 15,
  valueWant: 16,
  valueChunk: 17,
  valueMissing: 18,
  info: 19,
  asleep: 20,
  bye: 21,
};

type Decoder = (reader: Reader, names: InNames) => Message;

const decoders = new Map<number, Decoder>([
  [codes.hello, readHello],
  [codes.round, (r) => ({ type: 'round', ...readState(r) })],
  [codes.ack, (r) => ({ type: 'ack', bytes: r.varint() })],
  [codes.echo, (r) => ({ type: 'echo', nonce: r.varint() })],
  [codes.echoReply, (r) => ({ type: 'echoReply', nonce: r.varint() })],
  [codes.run, readRun],
  [codes.have, (r, names) => ({ type: 'have', heads: list(r, () => readHead(r, names)) })],
  [codes.want, (r, names) => ({ type: 'want', ranges: list(r, () => readRange(r, names)) })],
  [codes.tree, readTree],
  [codes.leaves, readLeaves],
  [codes.end, (r, names) => ({ type: 'end', session: readName(r, names), bytes: r.rest() })],
  [codes.peers, (r) => ({ type: 'peers', members: list(r, () => readSession(r)) })],
  [codes.signal, readSignal],
  [codes.ephemeral, readEphemeral],
  [codes.valueWant, readValueWant],
  [codes.valueChunk, readValueChunk],
  [codes.valueMissing, (r) => ({ type: 'valueMissing', hash: readHash(r) })],
  [codes.info, (r) => ({ type: 'info', bytes: atMost(r.rest(), limits.infoBytes) })],
  [codes.asleep, () => ({ type: 'asleep' })],
  [codes.bye, () => ({ type: 'bye' })],
]);

/**
 * Decodes a whole frame or none of it (F2). `names` learns what the frame names; a link whose frame
 * did not decode is closed, so
 * what it learnt from such a frame does not matter. Byte arrays in the messages are views into
 * `bytes`.
 */
export function decodeFrame(bytes: Uint8Array, names: InNames): Message[] | DecodeError {
  if (bytes.length > limits.frameBytes) return new DecodeError('over a limit');
  return decode(bytes, (reader) => {
    const messages: Message[] = [];
    while (reader.remaining > 0) {
      const code = reader.u8();
      const body = new Reader(reader.varbytes(limits.frameBytes));
      if (code === namesType) {
        while (body.remaining > 0) names.add(readSession(body));
        continue;
      }
      const read = decoders.get(code);
      if (read === undefined) continue;
      messages.push(read(body, names));
      body.end();
    }
    return messages;
  });
}

function readState(r: Reader) {
  return {
    hidden: (r.u8() & 1) === 1,
    intervalMs: r.varint(),
    digest: r.bytes(shortHashBytes),
    feeds: r.varint(),
  };
}

function readHello(r: Reader): Message {
  const hidden = (r.u8() & 1) === 1;
  const intervalMs = r.varint();
  const incarnation = r.varint();
  const digest = r.bytes(shortHashBytes);
  const feeds = r.varint();
  const info = r.varbytes(limits.infoBytes);
  return { type: 'hello', hidden, intervalMs, incarnation, digest, feeds, info };
}

function readRun(r: Reader, names: InNames): Message {
  const session = readName(r, names);
  const repair = (r.u8() & 1) === 1;
  const bytes = atMost(r.rest(), limits.runBytes);
  const head = new Reader(bytes);
  const from = head.varint();
  const count = head.varint(limits.runDeltas);
  const to = from + count - 1;
  if (from < 1 || count < 1 || !Number.isSafeInteger(to)) throw new DecodeError('empty run');
  return { type: 'run', session, repair, from, to, bytes };
}

function readHead(r: Reader, names: InNames) {
  return { session: readName(r, names), seq: r.varint() };
}

function readRange(r: Reader, names: InNames) {
  const range = { session: readName(r, names), from: r.varint(), to: r.varint() };
  if (range.from > range.to) throw new DecodeError('empty range');
  return range;
}

function readTree(r: Reader): Message {
  const path = readPath(r, sessionDigits - 1);
  const bitmap = r.u8() | (r.u8() << 8);
  const children = Array.from({ length: 16 }, (_, digit) =>
    (bitmap >> digit) & 1 ? r.bytes(shortHashBytes) : undefined,
  );
  return { type: 'tree', path, children };
}

function readLeaves(r: Reader, names: InNames): Message {
  const path = readPath(r, sessionDigits);
  const reply = (r.u8() & 1) === 1;
  const leaves = list(r, () => {
    const session = readName(r, names);
    if (!session.startsWith(path)) throw new DecodeError('leaf outside its node');
    const seq = r.varint();
    const ended = (r.u8() & 1) === 1;
    return { session, seq, ended, leaf: r.bytes(shortHashBytes) };
  });
  return { type: 'leaves', path, reply, leaves };
}

function readPath(r: Reader, limit: number): string {
  const depth = r.varint(limit);
  const packed = toHex(r.bytes(Math.ceil(depth / 2)));
  if (depth % 2 === 1 && packed[depth] !== '0') throw new DecodeError('path not canonical');
  return packed.slice(0, depth);
}

function readSignal(r: Reader): Message {
  const from = readSession(r);
  const to = readSession(r);
  return { type: 'signal', from, to, sealed: atMost(r.rest(), limits.sealedSignalBytes) };
}

function readEphemeral(r: Reader): Message {
  const channel = r.varstring(channelBytes);
  return { type: 'ephemeral', channel, bytes: atMost(r.rest(), limits.ephemeralBytes) };
}

function readValueWant(r: Reader): Message {
  const hash = readHash(r);
  const offset = r.varint(limits.valueBytes + saltBytes);
  return { type: 'valueWant', hash, offset, length: r.varint(limits.valueBytes + saltBytes) };
}

function readValueChunk(r: Reader): Message {
  const hash = readHash(r);
  const size = r.varint(limits.valueBytes + saltBytes);
  const offset = r.varint(size);
  const bytes = atMost(r.rest(), limits.valueChunkBytes);
  if (offset + bytes.length > size) throw new DecodeError('beyond the value');
  return { type: 'valueChunk', hash, size, offset, bytes };
}

function readName(r: Reader, names: InNames): string {
  return names.sessionOf(r.varint(limits.linkNames));
}

function readSession(r: Reader): string {
  return sessionIdFrom(r.bytes(sessionIdBytes));
}

function readHash(r: Reader): string {
  return toHex(r.bytes(valueHashBytes));
}

function atMost(bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes.length > limit) throw new DecodeError('over a limit');
  return bytes;
}

function list<T>(r: Reader, item: () => T): T[] {
  const items: T[] = [];
  while (r.remaining > 0) items.push(item());
  return items;
}

/** One message as it stands in a frame, behind the `names` it needs. */
export function encodeMessage(message: Message, names: OutNames): Uint8Array {
  const body = new Writer();
  writeBody(body, message, names);
  const fresh = names.takeFresh();
  const named =
    fresh.length === 0
      ? new Uint8Array(0)
      : new Writer(fresh.length * sessionIdBytes + 8)
          .u8(namesType)
          .varbytes(concat(...fresh.map(sessionIdToBytes)))
          .done();
  const head = new Writer(8).u8(codes[message.type]).varint(body.length).done();
  return concat(named, head, body.done());
}

function writeBody(w: Writer, message: Message, names: OutNames): void {
  switch (message.type) {
    case 'hello':
      w.u8(message.hidden ? 1 : 0).varint(message.intervalMs);
      w.varint(message.incarnation).bytes(message.digest);
      w.varint(message.feeds).varbytes(message.info);
      return;
    case 'round':
      w.u8(message.hidden ? 1 : 0).varint(message.intervalMs);
      w.bytes(message.digest).varint(message.feeds);
      return;
    case 'ack':
      w.varint(message.bytes);
      return;
    case 'echo':
    case 'echoReply':
      w.varint(message.nonce);
      return;
    case 'run':
      w.varint(names.numberOf(message.session))
        .u8(message.repair ? 1 : 0)
        .bytes(message.bytes);
      return;
    case 'have':
      for (const { session, seq } of message.heads) w.varint(names.numberOf(session)).varint(seq);
      return;
    case 'want':
      for (const { session, from, to } of message.ranges) {
        w.varint(names.numberOf(session)).varint(from).varint(to);
      }
      return;
    case 'tree':
      writeTree(w, message);
      return;
    case 'leaves':
      writePath(w, message.path);
      w.u8(message.reply ? 1 : 0);
      for (const leaf of message.leaves) writeLeaf(w, leaf, names);
      return;
    case 'end':
      w.varint(names.numberOf(message.session)).bytes(message.bytes);
      return;
    case 'peers':
      for (const member of message.members) w.bytes(sessionIdToBytes(member));
      return;
    default:
      writeUnnamed(w, message);
  }
}

function writeUnnamed(
  w: Writer,
  message: MessageOf<
    'signal' | 'ephemeral' | 'valueWant' | 'valueChunk' | 'valueMissing' | 'info' | 'asleep' | 'bye'
  >,
): void {
  switch (message.type) {
    case 'signal':
      w.bytes(sessionIdToBytes(message.from)).bytes(sessionIdToBytes(message.to));
      w.bytes(message.sealed);
      return;
    case 'ephemeral':
      w.varstring(message.channel).bytes(message.bytes);
      return;
    case 'valueWant':
      w.bytes(hashBytes(message.hash)).varint(message.offset).varint(message.length);
      return;
    case 'valueChunk':
      w.bytes(hashBytes(message.hash)).varint(message.size).varint(message.offset);
      w.bytes(message.bytes);
      return;
    case 'valueMissing':
      w.bytes(hashBytes(message.hash));
      return;
    case 'info':
      w.bytes(message.bytes);
      return;
    case 'asleep':
    case 'bye':
  }
}

function writeTree(w: Writer, { path, children }: MessageOf<'tree'>): void {
  writePath(w, path);
  let bitmap = 0;
  for (const [digit, child] of children.entries()) if (child !== undefined) bitmap |= 1 << digit;
  w.u8(bitmap & 255).u8(bitmap >> 8);
  for (const child of children) if (child !== undefined) w.bytes(child);
}

function writeLeaf(w: Writer, { session, seq, ended, leaf }: LeafEntry, names: OutNames): void {
  w.varint(names.numberOf(session))
    .varint(seq)
    .u8(ended ? 1 : 0)
    .bytes(leaf);
}

function writePath(w: Writer, path: string): void {
  w.varint(path.length).bytes(fromHex(path.length % 2 === 0 ? path : `${path}0`) ?? fail(path));
}

function hashBytes(hash: string): Uint8Array {
  return fromHex(hash) ?? fail(hash);
}

function fail(text: string): never {
  throw new RangeError(`not hex: ${text}`);
}

/** Fills frames of at most `limits.frameBytes` with messages, in order. */
export class FrameWriter {
  readonly #names: OutNames;
  readonly #frames: Uint8Array[] = [];
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(names: OutNames) {
    this.#names = names;
  }

  /** @returns the bytes the message took, its names included */
  add(message: Message): number {
    const part = encodeMessage(message, this.#names);
    if (this.#length + part.length > limits.frameBytes) this.cut();
    this.#parts.push(part);
    this.#length += part.length;
    return part.length;
  }

  /** What follows starts another frame. */
  cut(): void {
    if (this.#parts.length === 0) return;
    this.#frames.push(concat(...this.#parts));
    this.#parts = [];
    this.#length = 0;
  }

  take(): Uint8Array[] {
    this.cut();
    return this.#frames.splice(0);
  }
}
