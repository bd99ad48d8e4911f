import type { Core } from '../core.ts';
import type { Aggregate } from '../event.ts';
import type { Extrema } from '../frames/message.ts';
import type { Neighbour } from '../links/neighbour.ts';
import { countOf, counted, drawn, estimated, merge, none } from './minima.ts';
import type { Minima } from './minima.ts';

/** The aggregate that counts members (A4). */
export const roomName = '';
/** PROTOCOL.md A3. */
export const epochMs = 30_000;
/** Aggregates carried in an epoch, one's own first. Guess: 1.6 kB each. */
export const carriedNames = 64;
/** Of them at one round to one neighbour. Guess: at most 3 kB. */
const namesPerRound = 2;
/** Epochs are numbers of 32 bits that wrap: whoever counts ahead gets nowhere. */
const epochs = 2 ** 32;
/** Later epochs taken up within the time of one, so that nobody keeps all drawing. Guess. */
const rollsPerEpoch = 3;

interface Carried extends Minima {
  /** Of the last change; ascending over all names. */
  version: number;
}

/**
 * Extrema propagation in a sampled room (A3): per epoch every member draws its part, and the
 * entrywise minima spread with rounds until all hold the same.
 */
export class ExtremaGossip {
  readonly #core: Core;
  /** Our own values, by name. */
  readonly #own: ReadonlyMap<string, number>;
  readonly #carried = new Map<string, Carried>();
  readonly #finished = new Map<string, Aggregate>();
  /** What each neighbour was told of each name, as versions. */
  #told = new WeakMap<Neighbour, Map<string, number>>();
  #epoch: number | undefined;
  #rolledAt: number[] = [];
  #version = 0;
  /** The epoch under way is not the first of ours. */
  #whole = false;
  #size: number | undefined;

  constructor(core: Core, own: ReadonlyMap<string, number>) {
    this.#core = core;
    this.#own = own;
  }

  get running(): boolean {
    return this.#epoch !== undefined;
  }

  /** Members of the room by the last finished epoch. */
  get size(): number | undefined {
    return this.#size;
  }

  /** When the next epoch begins by our own clock. */
  get nextAt(): number {
    return this.running ? (this.#rolledAt.at(-1) ?? 0) + epochMs : Infinity;
  }

  /** By the last finished epoch; by the one under way where that knows nothing yet. */
  get(name: string): Aggregate {
    return this.#finished.get(name) ?? estimated(this.#carried.get(name) ?? none());
  }

  /** The room is sampled: takes part. */
  start(): void {
    if (!this.running) this.#roll(1);
  }

  stop(): void {
    this.#epoch = undefined;
    this.#whole = false;
    this.#size = undefined;
    this.#carried.clear();
    this.#finished.clear();
  }

  /** @returns whether an epoch ended */
  tick(): boolean {
    if (this.#core.now < this.nextAt || this.#epoch === undefined) return false;
    this.#roll((this.#epoch + 1) % epochs);
    return true;
  }

  /** @returns whether an epoch ended */
  heard(neighbour: Neighbour, { name, epoch, ...from }: Extrema): boolean {
    const ahead = (epoch - (this.#epoch ?? epoch) + epochs) % epochs;
    if (ahead >= epochs / 2) {
      // It is behind: it is told all of the later epoch.
      this.#told.delete(neighbour);
      return false;
    }
    const rolls = ahead > 0 && this.#mayRoll();
    if (ahead > 0 && !rolls) return false;
    if (rolls) this.#roll(epoch);
    const carried = this.#carry(name);
    if (carried === undefined) return rolls;
    const { learnt, knew } = merge(carried, from);
    if (learnt) carried.version = ++this.#version;
    if (!knew) this.#toldTo(neighbour).set(name, carried.version);
    return rolls;
  }

  /** Our own value is another one: it counts from the next epoch on, a first one at once. */
  ownChanged(name: string): void {
    if (this.running && !this.#carried.has(name)) this.#draw(name);
  }

  /** At every round every neighbour is told what it was not told yet. */
  ride(neighbour: Neighbour): void {
    // Behind a closed window it would only pile up.
    if (this.#epoch === undefined || neighbour.link.bulkQueuedBytes > 0) return;
    const told = this.#toldTo(neighbour);
    let places = namesPerRound;
    for (const [name, carried] of this.#inTurn(told)) {
      if (places-- === 0) return;
      told.delete(name);
      told.set(name, carried.version);
      const { min, max } = carried;
      const minima = carried.minima.slice();
      const message = { type: 'extrema', name, epoch: this.#epoch, min, max, minima } as const;
      neighbour.link.bulk(message, minima.byteLength);
    }
  }

  /** The room's size first, then what was told longest ago. */
  #inTurn(told: ReadonlyMap<string, number>): [string, Carried][] {
    const order = [...told.keys()];
    const place = (name: string) => (name === roomName ? -2 : order.indexOf(name));
    return [...this.#carried]
      .filter(([name, { version }]) => version > (told.get(name) ?? 0))
      .sort(([a], [b]) => place(a) - place(b));
  }

  #toldTo(neighbour: Neighbour): Map<string, number> {
    let told = this.#told.get(neighbour);
    if (told === undefined) this.#told.set(neighbour, (told = new Map<string, number>()));
    return told;
  }

  #mayRoll(): boolean {
    const recent = this.#rolledAt.filter((at) => at > this.#core.now - epochMs);
    return recent.length < rollsPerEpoch;
  }

  #roll(epoch: number): void {
    const { now } = this.#core;
    const entered = this.#rolledAt.at(-1) ?? now;
    // What was entered late, or before the others took part, says nothing of the room.
    const counts = this.#whole && now - entered >= epochMs / 2;
    this.#whole = this.running;
    if (counts) {
      this.#finished.clear();
      for (const [name, carried] of this.#carried) this.#finished.set(name, estimated(carried));
      this.#size = countOf(this.#carried.get(roomName) ?? none());
    }
    this.#epoch = epoch;
    this.#rolledAt = [...this.#rolledAt, now].slice(-rollsPerEpoch);
    this.#carried.clear();
    this.#told = new WeakMap();
    this.#draw(roomName);
    for (const name of this.#own.keys()) this.#draw(name);
  }

  #draw(name: string): void {
    const { random } = this.#core.settings;
    const value = this.#own.get(name);
    if (name !== roomName && value === undefined) return;
    const own = name === roomName || value === undefined ? counted(random) : drawn(random, value);
    this.#carried.set(name, { ...own, version: ++this.#version });
  }

  #carry(name: string): Carried | undefined {
    const carried = this.#carried.get(name);
    if (carried !== undefined || this.#carried.size >= carriedNames) return carried;
    const fresh = { ...none(), version: ++this.#version };
    this.#carried.set(name, fresh);
    return fresh;
  }
}
