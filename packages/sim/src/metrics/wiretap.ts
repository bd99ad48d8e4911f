import { sessionIdBytes, sessionIdFrom } from '@grapevine/wire';
import type { Lane } from '../world/link.ts';
import { FrameScanner } from './scan.ts';

interface Listener {
  names: string[];
  /** Deltas pushed so far, as session and seq. */
  pushed: Set<string>;
}

/** Counts the deltas on every lane; where it listens closely it also notices one pushed twice (G3). */
export class Wiretap {
  readonly twice: string[] = [];
  readonly #scanner = new FrameScanner();
  readonly #listeners: Map<Lane, Listener> | undefined;

  /** @param closely costs memory for every delta on every link */
  constructor(closely: boolean) {
    if (closely) this.#listeners = new Map();
  }

  /** @returns the deltas in the frame */
  hear(lane: Lane, bytes: Uint8Array): number {
    let deltas = 0;
    const listener = this.#listener(lane);
    this.#scanner.scan(
      bytes,
      ({ name, from, count, repair }) => {
        deltas += count;
        if (!repair && listener !== undefined) this.#pushed(lane, listener, name, from, count);
      },
      (at, count) => {
        for (let i = 0; i < count && listener !== undefined; i++) {
          const start = at + i * sessionIdBytes;
          listener.names.push(sessionIdFrom(bytes.subarray(start, start + sessionIdBytes)));
        }
      },
    );
    return deltas;
  }

  #pushed(lane: Lane, listener: Listener, name: number, from: number, count: number): void {
    for (let seq = from; seq < from + count; seq++) {
      const delta = `${listener.names[name] ?? '?'} ${seq}`;
      if (listener.pushed.has(delta)) this.twice.push(`${delta} from ${lane.from} to ${lane.to}`);
      listener.pushed.add(delta);
    }
  }

  #listener(lane: Lane): Listener | undefined {
    if (this.#listeners === undefined) return undefined;
    let listener = this.#listeners.get(lane);
    if (listener === undefined) {
      listener = { names: [], pushed: new Set() };
      this.#listeners.set(lane, listener);
    }
    return listener;
  }
}
