import { GrapevineError, limits } from '@grapevine/wire';
import type { ValueHash } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { MessageOf } from '../frames/message.ts';
import type { Neighbour } from '../links/neighbour.ts';

interface Wanted {
  readonly hash: ValueHash;
  /** Bytes, the salt included. */
  readonly size: number;
  /** The next byte to hand to the driver. */
  next: number;
  /** Asked for up to here. */
  asked: number;
  holder: Neighbour | undefined;
  at: number;
  /** Who was asked in vain since the last round. */
  readonly passed: Set<Neighbour>;
}

/** Fetches values by hash, each from one holder at a time, in windows of chunks (G10). */
export class Values {
  readonly #core: Core;
  readonly #wanted = new Map<ValueHash, Wanted>();
  /** Whole but not yet confirmed by the driver: who gave them. */
  readonly #whole = new Map<ValueHash, Neighbour>();
  #active = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  get pending(): number {
    return this.#wanted.size + this.#whole.size;
  }

  /**
   * Throws `too-many-values` beyond `wantedValues`. Wanting a finished value again passes over
   * whoever gave it.
   */
  want(hash: ValueHash, size: number): void {
    if (this.#wanted.has(hash)) return;
    if (this.pending >= this.#core.settings.wantedValues) {
      throw new GrapevineError(
        'too-many-values',
        `More than ${this.#core.settings.wantedValues} values are being fetched.`,
        'Ask for this one again when some have arrived.',
      );
    }
    const giver = this.#whole.get(hash);
    this.#whole.delete(hash);
    const passed = new Set(giver === undefined ? [] : [giver]);
    this.#wanted.set(hash, { hash, size, next: 0, asked: 0, holder: undefined, at: 0, passed });
  }

  drop(hash: ValueHash): void {
    this.#whole.delete(hash);
    const wanted = this.#wanted.get(hash);
    if (wanted === undefined) return;
    this.#release(wanted);
    this.#wanted.delete(hash);
  }

  chunk(neighbour: Neighbour, { hash, size, offset, bytes }: MessageOf<'valueChunk'>): void {
    const wanted = this.#wanted.get(hash);
    if (wanted === undefined || wanted.holder !== neighbour) return;
    neighbour.progressAt = this.#core.now;
    if (size !== wanted.size || bytes.length === 0) {
      this.#pass(wanted);
      return;
    }
    // Late answers to what this holder was asked before it was passed over.
    if (offset !== wanted.next) return;
    this.#core.emit({ type: 'valueChunk', hash, size, offset, bytes });
    wanted.next += bytes.length;
    if (wanted.next < wanted.size) {
      this.#ask(wanted);
      return;
    }
    this.#release(wanted);
    this.#wanted.delete(hash);
    this.#whole.set(hash, neighbour);
  }

  missing(neighbour: Neighbour, hash: ValueHash): void {
    const wanted = this.#wanted.get(hash);
    if (wanted?.holder === neighbour) this.#pass(wanted);
  }

  dropNeighbour(neighbour: Neighbour): void {
    for (const wanted of this.#wanted.values()) {
      wanted.passed.delete(neighbour);
      if (wanted.holder === neighbour) this.#release(wanted);
    }
  }

  /** A round has passed: whoever lacked a value may hold it by now. */
  retry(): void {
    for (const wanted of this.#wanted.values()) wanted.passed.clear();
  }

  tick(): void {
    for (const wanted of this.#wanted.values()) {
      if (wanted.holder === undefined) continue;
      const deadline = this.#deadline(wanted, wanted.holder);
      if (this.#core.now >= deadline) this.#pass(wanted);
      else this.#core.schedule('retry', deadline);
    }
  }

  /** Starts what may start. @param likely asked first */
  pump(likely: Neighbour | undefined): void {
    if (this.#wanted.size === 0 || this.#core.active.size === 0) return;
    for (const wanted of this.#wanted.values()) {
      if (this.#active >= this.#core.settings.activeValues) return;
      if (wanted.holder !== undefined) continue;
      const holder = this.#choose(wanted, likely);
      if (holder === undefined) continue;
      wanted.holder = holder;
      wanted.asked = wanted.next;
      this.#active++;
      this.#ask(wanted);
      this.#core.schedule('retry', this.#deadline(wanted, holder));
    }
  }

  #choose(wanted: Wanted, likely: Neighbour | undefined): Neighbour | undefined {
    const free = (neighbour: Neighbour) =>
      neighbour.hello && !neighbour.gone && !wanted.passed.has(neighbour);
    if (likely !== undefined && free(likely)) return likely;
    for (const neighbour of this.#core.active.values()) if (free(neighbour)) return neighbour;
    return undefined;
  }

  /** Keeps the window full, half a window at a time. */
  #ask(wanted: Wanted): void {
    const window = this.#core.settings.valueWindowChunks * limits.valueChunkBytes;
    const left = wanted.size - wanted.asked;
    const room = wanted.next + window - wanted.asked;
    if (left === 0 || room < Math.min(left, window / 2)) return;
    const length = Math.min(left, room);
    const { hash, asked: offset } = wanted;
    wanted.at = this.#core.now;
    wanted.asked += length;
    wanted.holder?.link.urgent({ type: 'valueWant', hash, offset, length });
  }

  #pass(wanted: Wanted): void {
    if (wanted.holder !== undefined) wanted.passed.add(wanted.holder);
    this.#release(wanted);
  }

  #release(wanted: Wanted): void {
    if (wanted.holder === undefined) return;
    wanted.holder = undefined;
    this.#active--;
  }

  #deadline(wanted: Wanted, holder: Neighbour): number {
    return Math.max(wanted.at, holder.progressAt) + this.#core.patienceMs(holder);
  }
}
