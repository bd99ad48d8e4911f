import { sessionIdBytes } from '@grapevine/wire';

const namesType = 6;
const runType = 7;
const repairFlag = 1;

/** Told of every run in a frame. */
export interface RunSeen {
  /** The session's number on this lane. */
  name: number;
  from: number;
  count: number;
  repair: boolean;
}

/**
 * Reads of a frame only what it says of runs and names, by the bytes of PROTOCOL.md section 7 and
 * without the node's own decoder.
 */
export class FrameScanner {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** @param onNames where in `bytes` session ids are named, and how many */
  scan(
    bytes: Uint8Array,
    onRun: (run: RunSeen) => void,
    onNames?: (at: number, count: number) => void,
  ): void {
    this.#bytes = bytes;
    this.#at = 0;
    while (this.#at < bytes.length) {
      const type = bytes[this.#at++];
      const length = this.#varint();
      const end = this.#at + length;
      if (type === runType) onRun(this.#run());
      else if (type === namesType) onNames?.(this.#at, length / sessionIdBytes);
      this.#at = end;
    }
  }

  #run(): RunSeen {
    const name = this.#varint();
    const flags = this.#bytes[this.#at++] ?? 0;
    const from = this.#varint();
    const count = this.#varint();
    return { name, from, count, repair: (flags & repairFlag) !== 0 };
  }

  #varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  }
}
