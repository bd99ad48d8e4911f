import { mean } from '../metrics/numbers.ts';
import { Recorder } from '../metrics/recorder.ts';
import { defaultWorld } from '../world/options.ts';
import { Streams, below } from '../world/random.ts';
import type { Random } from '../world/random.ts';
import { World } from '../world/world.ts';
import { closeTo } from './averages.ts';
import { coverage } from './rumour.ts';

const joinMs = 10_000;
const settleMs = 60_000;
/** Until the neighbours have been told of another fanout, and a round trip has been made with it. */
const adoptMs = 10_000;
const loadMs = 20_000;
/** Deltas of each kind. */
const trials = 5;
const payloadBytes = 100;
/** Nothing that is on its way takes longer. */
const patienceMs = 60_000;
/** How finely the moment is told at which all have it. */
const grainMs = 10;
const averageName = 'claim';

/** What a room of real nodes costs and how fast it is, with one fanout. */
export interface RoomRow {
  members: number;
  fanout: number;
  /** Links of one member, on average. */
  neighbours: number;
  /** Of one member in a room at rest, sent in a second. */
  frames: number;
  bytes: number;
  /** Intervals until 99.9 % hold a delta that was pushed, on average. */
  pushed: number;
  /** The same of one that its writer only stored: its digest tells of it in the rounds. */
  stored: number;
}

/** A room of real nodes at rest, and what is measured in it. */
export class ClaimRoom {
  readonly world: World;
  readonly #recorder = new Recorder(false);
  readonly #random: Random;
  readonly #intervalMs: number;

  constructor(seed: number, intervalMs: number) {
    this.world = new World({ ...defaultWorld, seed, introductionsPerSecond: 1000 }, this.#recorder);
    this.#recorder.watch(this.world);
    this.#random = new Streams(seed).of('claims');
    this.#intervalMs = intervalMs;
  }

  /** Members come and settle; yields how far that is, 0 to 1. */
  *open(members: number): Generator<number> {
    for (let i = 0; i < members; i++) this.world.spawnAfter(this.#random() * joinMs);
    const ms = joinMs + settleMs;
    for (const _ of this.#pass(ms)) yield this.world.now / ms;
  }

  *measure(fanout: number): Generator<void, RoomRow> {
    const { world } = this;
    for (const member of world.living()) {
      member.handle({ type: 'settings', settings: { fanout } });
    }
    yield* this.#pass(adoptMs);
    const { bytes, frames } = this.#recorder;
    yield* this.#pass(loadMs);
    const living = world.living();
    const memberSeconds = living.length * (loadMs / 1000);
    const links = living.reduce((sum, member) => sum + member.links.size, 0);
    return {
      members: living.length,
      fanout,
      neighbours: links / living.length,
      frames: (this.#recorder.frames - frames) / memberSeconds,
      bytes: (this.#recorder.bytes - bytes) / memberSeconds,
      pushed: yield* this.#spreads(true),
      stored: yield* this.#spreads(false),
    };
  }

  /** Every member gives a number. @returns intervals until each knows the average to 1 % */
  *average(): Generator<void, number> {
    const { world } = this;
    const living = world.living();
    const values = living.map(() => this.#random());
    for (const [place, member] of living.entries()) {
      member.handle({ type: 'metric', name: averageName, value: values[place] });
    }
    const isClose = closeTo(mean(values) ?? 0);
    return yield* this.#until(10 * grainMs, () => {
      return living.every((member) => {
        member.handle({ type: 'watchAggregate', name: averageName, watch: true });
        member.handle({ type: 'watchAggregate', name: averageName, watch: false });
        return isClose(member.averages.get(averageName) ?? Number.NaN);
      });
    });
  }

  /** Who is linked to whom, by place among the living. */
  neighbourhoods(): number[][] {
    const { network } = this.world;
    const places = new Map(this.world.living().map(({ index }, place) => [index, place]));
    const lists: number[][] = Array.from({ length: places.size }, () => []);
    for (const { lanes } of network.openLinks) {
      for (const { from, to } of lanes) {
        const [place, other] = [places.get(from), places.get(to)];
        if (place !== undefined && other !== undefined) lists[place]?.push(other);
      }
    }
    return lists;
  }

  *#spreads(pushed: boolean): Generator<void, number> {
    const { world } = this;
    const living = world.living();
    const wanted = Math.ceil(coverage * living.length);
    const rounds: number[] = [];
    for (let trial = 0; trial < trials; trial++) {
      const writer = living[below(this.#random, living.length)];
      if (writer === undefined) return Infinity;
      world.write(writer, payloadBytes, pushed);
      const feed = world.log.feed(writer.id);
      const [index, seq] = [feed?.index ?? 0, feed?.deltas.length ?? 0];
      const took = this.#until(grainMs, () => {
        return living.filter(({ heads }) => heads.get(index) >= seq).length >= wanted;
      });
      rounds.push(yield* took);
      // All are in sync again before the next.
      yield* this.#pass(5 * this.#intervalMs);
    }
    return mean(rounds) ?? Infinity;
  }

  /** @returns intervals until that holds; Infinity where it does not come to hold */
  *#until(everyMs: number, holds: () => boolean): Generator<void, number> {
    const { world } = this;
    const start = world.now;
    while (world.now - start < patienceMs) {
      if (holds()) return (world.now - start) / this.#intervalMs;
      yield* this.#pass(everyMs);
    }
    return Infinity;
  }

  *#pass(ms: number): Generator<void> {
    const { world } = this;
    const end = world.now + ms;
    while (world.now < end) {
      world.runUntil(Math.min(end, world.now + 250));
      yield;
    }
  }
}
