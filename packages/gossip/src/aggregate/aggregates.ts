import { GrapevineError } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { Aggregate } from '../event.ts';
import type { MessageOf } from '../frames/message.ts';
import type { Neighbour } from '../links/neighbour.ts';
import type { Liveness } from '../membership/liveness.ts';
import { exactAggregate, sameAggregate } from './exact.ts';
import { ExtremaGossip, carriedNames, roomName } from './extrema.ts';

/** Between two tellings of what aggregates come to. Guess: ten a second are as many as an eye follows. */
const tellSpacingMs = 100;

/** What the members' values add up to (PROTOCOL.md section 12). */
export class Aggregates {
  readonly #core: Core;
  readonly #liveness: Liveness;
  readonly #own = new Map<string, number>();
  /** With what was told last. */
  readonly #watched = new Map<string, Aggregate | undefined>();
  readonly #extrema: ExtremaGossip;
  #changed = false;
  #toldAt = -Infinity;

  constructor(core: Core, liveness: Liveness) {
    this.#core = core;
    this.#liveness = liveness;
    this.#extrema = new ExtremaGossip(core, this.#own);
  }

  /** Our own value. Throws `too-many-metrics`, `metric-invalid`. */
  set(name: string, value: number | undefined): void {
    this.#liveness.metric(name, value);
    if (value === undefined) this.#own.delete(name);
    else this.#own.set(name, value);
    this.#extrema.ownChanged(name);
    this.changed();
  }

  /** Throws `too-many-aggregates`. */
  watch(name: string, watch: boolean): void {
    if (!watch) {
      this.#watched.delete(name);
      return;
    }
    if (this.#watched.size >= carriedNames && !this.#watched.has(name)) {
      throw new GrapevineError(
        'too-many-aggregates',
        `At most ${carriedNames} aggregates are watched at a time.`,
        'Stop watching another one first.',
      );
    }
    this.#watched.set(name, undefined);
    this.#tell(name);
  }

  /** Of those that others known here give values to: at most 64, most members first, then by name. */
  names(): string[] {
    const members = new Map<string, number>();
    for (const { metrics, state } of this.#liveness.present()) {
      if (state === 'asleep') continue;
      for (const name of new Set(metrics.map((metric) => metric.name))) {
        if (name !== roomName) members.set(name, (members.get(name) ?? 0) + 1);
      }
    }
    return [...members]
      .sort(([a, some], [b, others]) => others - some || (a < b ? -1 : 1))
      .slice(0, carriedNames)
      .map(([name]) => name);
  }

  heard(neighbour: Neighbour, message: MessageOf<'extrema'>): void {
    this.#takePart();
    if (!this.#extrema.running) return;
    if (this.#extrema.heard(neighbour, message)) this.#finished();
    this.changed();
  }

  /** A round of ours. */
  ride(): void {
    // A full table brings no change by which to notice that the room is sampled.
    this.#takePart();
    if (!this.#extrema.running) return;
    for (const neighbour of this.#core.active.values()) this.#extrema.ride(neighbour);
  }

  /** The table of members changed. */
  changed(): void {
    this.#takePart();
    if (this.#watched.size === 0) return;
    this.#changed = true;
    this.#plan();
  }

  tick(): void {
    this.#takePart();
    if (this.#extrema.tick()) this.#finished();
    if (this.#changed && this.#core.now >= this.#toldAt + tellSpacingMs) {
      this.#changed = false;
      for (const name of this.#watched.keys()) this.#tell(name);
    }
    this.#plan();
  }

  /** Extrema are told in sampled rooms only. */
  #takePart(): void {
    const { sampled } = this.#liveness;
    if (sampled === this.#extrema.running) return;
    if (sampled) this.#extrema.start();
    else this.#extrema.stop();
    this.#plan();
  }

  #finished(): void {
    const { size } = this.#extrema;
    if (size !== undefined) this.#liveness.estimate = size;
    this.#changed = this.#watched.size > 0;
  }

  #plan(): void {
    const tellAt = this.#changed ? this.#toldAt + tellSpacingMs : Infinity;
    const at = Math.min(tellAt, this.#extrema.nextAt);
    if (at < Infinity) this.#core.schedule('aggregate', Math.max(at, this.#core.now));
  }

  #tell(name: string): void {
    this.#toldAt = this.#core.now;
    const now = this.#liveness.sampled ? this.#extrema.get(name) : this.#exact(name);
    const before = this.#watched.get(name);
    if (before !== undefined && sameAggregate(before, now)) return;
    this.#watched.set(name, now);
    this.#core.emit({ type: 'aggregate', name, ...now });
  }

  #exact(name: string): Aggregate {
    const values: number[] = [];
    const own = this.#own.get(name);
    if (own !== undefined) values.push(own);
    for (const { metrics, state } of this.#liveness.present()) {
      if (state === 'asleep') continue;
      const said = metrics.find((metric) => metric.name === name);
      if (said !== undefined) values.push(said.value);
    }
    return exactAggregate(values);
  }
}
