import { limits } from '@grapevine/wire';

const last = 0;
const more = 1;

/**
 * PROTOCOL.md S5: the chunks of a message, each at most `chunkBytes` with its leading byte.
 * @param chunkBytes at least 2
 */
export function split(message: Uint8Array, chunkBytes: number): Uint8Array<ArrayBuffer>[] {
  const room = chunkBytes - 1;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < message.length; at += room) {
    const part = message.subarray(at, at + room);
    const chunk = new Uint8Array(part.length + 1);
    chunk[0] = at + room < message.length ? more : last;
    chunk.set(part, 1);
    chunks.push(chunk);
  }
  return chunks;
}

/** Puts messages together again from the chunks of one link; holds at most one message. */
export class Reassembler {
  #parts: Uint8Array[] = [];
  #length = 0;

  /**
   * @returns the message a chunk completes, `more` while it does not, `violation` for what no
   * honest sender sends
   */
  push(chunk: Uint8Array): Uint8Array | 'more' | 'violation' {
    const flag = chunk[0];
    const part = chunk.subarray(1);
    const length = this.#length + part.length;
    // An empty part would let chunks come for ever without a message getting longer.
    if (part.length === 0 || length > limits.frameBytes || (flag !== last && flag !== more)) {
      this.#reset();
      return 'violation';
    }
    if (flag === last && this.#parts.length === 0) return part;
    this.#parts.push(part);
    this.#length = length;
    if (flag === more) return 'more';
    const message = new Uint8Array(length);
    let at = 0;
    for (const piece of this.#parts) {
      message.set(piece, at);
      at += piece.length;
    }
    this.#reset();
    return message;
  }

  #reset(): void {
    this.#parts = [];
    this.#length = 0;
  }
}
