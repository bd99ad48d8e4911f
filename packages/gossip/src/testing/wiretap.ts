import { DecodeError, Reader, limits } from '@grapevine/wire';
import { InNames } from '../frames/dictionary.ts';
import { decodeFrame } from '../frames/frame.ts';
import type { Message } from '../frames/message.ts';

/** What one direction of one link carried, decoded as the receiver would. */
export class Wiretap {
  readonly counts = new Map<Message['type'], number>();
  /** Bytes of messages with their heads, by the number of their type in PROTOCOL.md section 7. */
  readonly bytesOf = new Map<number, number>();
  frames = 0;
  bytes = 0;
  pushedDeltas = 0;
  repairDeltas = 0;
  /** Deltas pushed although they had gone over this link (G3), as `session seq`. */
  readonly twice: string[] = [];
  /** Deltas sent again because they were asked for again. */
  resent = 0;
  readonly #sent = new Set<string>();
  readonly #names = new InNames();

  /** @returns the messages; throws where no receiver could read the frame */
  see(frame: Uint8Array): readonly Message[] {
    this.frames++;
    this.bytes += frame.length;
    if (frame.length > limits.frameBytes) throw new Error('frame over the limit');
    this.#weigh(frame);
    const messages = decodeFrame(frame, this.#names);
    if (messages instanceof DecodeError) throw messages;
    for (const message of messages) {
      this.counts.set(message.type, (this.counts.get(message.type) ?? 0) + 1);
      if (message.type !== 'run') continue;
      for (let seq = message.from; seq <= message.to; seq++) {
        const key = `${message.session} ${seq}`;
        const again = this.#sent.has(key);
        this.#sent.add(key);
        if (message.repair) this.repairDeltas++;
        else this.pushedDeltas++;
        if (again && message.repair) this.resent++;
        if (again && !message.repair) this.twice.push(key);
      }
    }
    return messages;
  }

  #weigh(frame: Uint8Array): void {
    const reader = new Reader(frame);
    while (reader.remaining > 0) {
      const start = reader.offset;
      const type = reader.u8();
      reader.varbytes(limits.frameBytes);
      this.bytesOf.set(type, (this.bytesOf.get(type) ?? 0) + reader.offset - start);
    }
  }
}
