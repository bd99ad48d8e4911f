import { DecodeError, Reader, Writer, concat, decode, limits } from '@grapevine/wire';
import { sessionIdBytes, sessionIdToBytes } from '@grapevine/wire';
import { broadcastCodecs } from './broadcast-messages.ts';
import { readSession } from './codec.ts';
import type { Codec, Codecs } from './codec.ts';
import type { InNames, OutNames } from './dictionary.ts';
import { linkCodecs } from './link-messages.ts';
import { logCodecs } from './log-messages.ts';
import { memberCodecs } from './member-messages.ts';
import type { Message, MessageOf } from './message.ts';
import { overlayCodecs } from './overlay-messages.ts';
import { repairCodecs } from './repair-messages.ts';

const namesType = 6;

const codecs: Codecs<Message['type']> = {
  ...linkCodecs,
  ...logCodecs,
  ...repairCodecs,
  ...overlayCodecs,
  ...broadcastCodecs,
  ...memberCodecs,
};

type Decode = (r: Reader, names: InNames) => Message;

const decoders = new Map<number, Decode>(
  Object.values(codecs).map((codec) => [codec.code, (r, names) => codec.read(r, names)]),
);

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

/** One message as it stands in a frame, behind the `names` it needs. */
export function encodeMessage(message: Message, names: OutNames): Uint8Array {
  const body = new Writer();
  const code = writeBody(body, message.type, message, names);
  const fresh = names.takeFresh();
  const named =
    fresh.length === 0
      ? new Uint8Array(0)
      : new Writer(fresh.length * sessionIdBytes + 8)
          .u8(namesType)
          .varbytes(concat(...fresh.map(sessionIdToBytes)))
          .done();
  const head = new Writer(8).u8(code).varint(body.length).done();
  return concat(named, head, body.done());
}

function writeBody<T extends Message['type']>(
  w: Writer,
  type: T,
  message: MessageOf<T>,
  names: OutNames,
): number {
  const codec: Codec<T> = codecs[type];
  codec.write(w, message, names);
  return codec.code;
}

/** Fills frames of at most `limits.frameBytes` with messages, in order. */
export class FrameWriter {
  readonly #names: OutNames;
  readonly #maxBytes: number;
  readonly #frames: Uint8Array[] = [];
  #parts: Uint8Array[] = [];
  #length = 0;

  /** @param maxBytes of a frame; a single larger message still gets a frame of its own */
  constructor(names: OutNames, maxBytes: number = limits.frameBytes) {
    this.#names = names;
    this.#maxBytes = maxBytes;
  }

  /** @returns the bytes the message took, its names included */
  add(message: Message): number {
    const part = encodeMessage(message, this.#names);
    if (this.#length + part.length > this.#maxBytes) this.cut();
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
