import { DecodeError, Writer, decode, limits } from '@grapevine/wire';
import type { Reader } from '@grapevine/wire';
import { broadcastCodecs } from './broadcast-messages.ts';
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

/** By code. */
const decoders: (Decode | undefined)[] = [];
for (const codec of Object.values(codecs)) {
  decoders[codec.code] = (r, names) => codec.read(r, names);
}

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
      if (code === namesType) {
        readNames(reader, names);
        continue;
      }
      const read = decoders[code];
      if (read === undefined) reader.varbytes(limits.frameBytes);
      else messages.push(reader.within(limits.frameBytes, (body) => read(body, names)));
    }
    return messages;
  });
}

function readNames(reader: Reader, names: InNames): void {
  reader.within(limits.frameBytes, (body) => {
    while (body.remaining > 0) names.add(body.session());
  });
}

/** As it stands in a frame, behind the `names` it needs. */
function writeMessage<T extends Message['type']>(
  w: Writer,
  type: T,
  message: MessageOf<T>,
  names: OutNames,
): void {
  const codec: Codec<T> = codecs[type];
  const start = w.length;
  const body = w.u8(codec.code).beginVarbytes();
  codec.write(w, message, names);
  w.endVarbytes(body);
  const fresh = names.takeFresh();
  if (fresh.length === 0) return;
  // Which names a message needs is known once it is written.
  const end = w.length;
  const named = w.u8(namesType).beginVarbytes();
  for (const session of fresh) w.hex(session);
  w.endVarbytes(named).moveBack(end, start);
}

/** Buffers between two uses. They grow to a frame, and making one costs as much as filling it. */
const spare: Writer[] = [];

/** Fills frames of at most `limits.frameBytes` with messages, in order. */
export class FrameWriter {
  readonly #names: OutNames;
  readonly #maxBytes: number;
  #frames: Uint8Array[] = [];
  #writer: Writer | undefined;

  /** @param maxBytes of a frame; a single larger message still gets a frame of its own */
  constructor(names: OutNames, maxBytes: number = limits.frameBytes) {
    this.#names = names;
    this.#maxBytes = maxBytes;
  }

  /** @returns the bytes the message took, its names included */
  add(message: Message): number {
    this.#writer ??= spare.pop() ?? new Writer();
    const start = this.#writer.length;
    writeMessage(this.#writer, message.type, message, this.#names);
    const end = this.#writer.length;
    if (start > 0 && end > this.#maxBytes) this.#frames.push(this.#writer.take(start));
    return end - start;
  }

  take(): Uint8Array[] {
    const frames = this.#frames;
    const writer = this.#writer;
    if (writer === undefined) return frames;
    frames.push(writer.take());
    spare.push(writer);
    this.#frames = [];
    this.#writer = undefined;
    return frames;
  }
}
