import type { Settings } from '@grapevine/gossip';
import { TableWatch, caps, course } from '../check/course.ts';
import { violationsPerCheck } from '../check/violation.ts';
import type { Violation } from '../check/violation.ts';
import { components } from '../metrics/components.ts';
import { Recorder } from '../metrics/recorder.ts';
import { report } from '../metrics/report.ts';
import type { Report } from '../metrics/report.ts';
import { Streams, below, wait } from '../world/random.ts';
import type { Random } from '../world/random.ts';
import { World } from '../world/world.ts';
import { strikes } from './faults.ts';
import { heal } from './heal.ts';
import type { FaultSpec, Phase, Scenario } from './scenario.ts';
import { drawRange, drawWorld } from './world.ts';
import { Senders, scheduleWrites } from './writers.ts';

export interface RunOptions {
  nodes: number;
  seed: number;
  /** Share that dies at once in a phase that says so. */
  fail: number;
  settings: Partial<Settings>;
}

/** How far a run is. */
export interface Progress {
  phase: string;
  /** Virtual milliseconds, and about how many there will be. */
  nowMs: number;
  endMs: number;
}

export interface Outcome {
  report: Report;
  violations: readonly Violation[];
  recorder: Recorder;
  world: World;
}

/** Virtual time between two looks at the room. */
const sliceMs = 250;
/** Small rooms are looked at closely: every table, every delta on every link. */
const closeMembers = 200;
const capsEveryMs = 1000;
const tablesEveryMs = 5000;
const separationEveryMs = 1000;

/** One run of a scenario. */
class Run {
  readonly scenario: Scenario;
  readonly options: RunOptions;
  readonly recorder: Recorder;
  readonly world: World;
  readonly violations: Violation[] = [];
  reconnectMs: number | undefined;
  #failedAt: number | undefined;
  readonly #streams: Streams;
  readonly #rates: Random;
  readonly #senders: Senders;
  readonly #tables = new TableWatch();
  readonly #endMs: number;
  readonly #phaseMs: readonly number[];

  constructor(scenario: Scenario, options: RunOptions) {
    this.scenario = scenario;
    this.options = options;
    this.#streams = new Streams(options.seed);
    this.#rates = this.#streams.of('rates');
    this.recorder = new Recorder(options.nodes <= closeMembers);
    const drawn = drawWorld(scenario.world, options.seed, this.#streams.of('world'));
    const settings = { ...drawn.settings, ...options.settings };
    this.world = new World({ ...drawn, settings }, this.recorder);
    this.recorder.watch(this.world);
    this.#senders = new Senders(this.#streams.of('senders'));
    this.#phaseMs = scenario.phases.map(({ ms }) => drawRange(ms, this.#rates));
    this.#endMs = this.#phaseMs.reduce((sum, ms) => sum + ms, 0);
  }

  *play(): Generator<Progress, Outcome> {
    for (const [index, phase] of this.scenario.phases.entries()) {
      this.#begin(phase, index);
      const end = this.world.now + (this.#phaseMs[index] ?? 0);
      yield* this.#until(end, phase.name);
    }
    const { recorder, scenario, world } = this;
    recorder.broadcast.stretch = 'other';
    this.#note(yield* heal(world, scenario.healMs, (end) => this.#until(end, 'heal')));
    this.#note(course(recorder));
    const { options, reconnectMs, violations } = this;
    const { nodes, seed } = options;
    const figures = report({ nodes, seed, scenario: scenario.name, recorder, world, reconnectMs });
    return { report: figures, violations, recorder, world };
  }

  #begin(phase: Phase, index: number): void {
    const { options, recorder, world } = this;
    const end = world.now + (this.#phaseMs[index] ?? 0);
    const random = this.#streams.of('phase', index);
    recorder.broadcast.stretch = phase.measure ?? 'other';
    if (phase.join !== undefined) {
      const count = Math.round(options.nodes * drawRange(phase.join.share, this.#rates));
      const spreadMs = drawRange(phase.join.spreadMs, this.#rates);
      for (let i = 0; i < count; i++) world.spawnAfter(random() * spreadMs);
    }
    const hidden = drawRange(phase.hidden, this.#rates);
    if (hidden > 0) {
      for (const member of world.living()) if (random() < hidden) world.hide(member);
    }
    if (phase.fail) this.#fail();
    if (phase.writes !== undefined) {
      const perSecond = drawRange(phase.writes.perSecond, this.#rates);
      const spreadMs = drawRange(phase.writes.spreadMs, this.#rates);
      const writes = { ...phase.writes, perSecond, spreadMs };
      scheduleWrites(world, writes, end, this.#senders, this.#streams.of('writes', index));
    }
    for (const [each, fault] of phase.faults.entries()) {
      this.#scheduleFault(fault, this.#streams.of(`fault ${fault.kind}`, index * 100 + each), end);
    }
  }

  #scheduleFault(spec: FaultSpec, random: Random, end: number): void {
    const { world } = this;
    const perMemberMinute = drawRange(spec.perMemberMinute, this.#rates);
    const perMinute = drawRange(spec.perMinute, this.#rates);
    const share = drawRange(spec.share, this.#rates);
    const perMs = (perMinute + perMemberMinute * this.options.nodes) / 60_000;
    const next = (): void => {
      const ms = wait(random, perMs);
      if (world.now + ms >= end) return;
      world.after(ms, () => {
        strikes[spec.kind](world, random, spec, share);
        next();
      });
    };
    next();
  }

  #fail(): void {
    const random = this.#streams.of('mass failure');
    const living = this.world.living();
    const dying = Math.min(living.length - 1, Math.round(living.length * this.options.fail));
    for (let i = 0; i < dying; i++) {
      const at = below(random, living.length);
      const [member] = living.splice(at, 1);
      if (member !== undefined) this.world.crash(member);
    }
    this.#failedAt = this.world.now;
  }

  *#until(end: number, name: string): Generator<Progress> {
    const { world } = this;
    while (world.now < end) {
      const before = world.now;
      world.runUntil(Math.min(end, world.now + sliceMs));
      this.#watch(before);
      yield { phase: name, nowMs: world.now, endMs: Math.max(end, this.#endMs) };
    }
  }

  #watch(before: number): void {
    const { options, recorder, world } = this;
    const due = (everyMs: number): boolean => {
      return Math.floor(before / everyMs) !== Math.floor(world.now / everyMs);
    };
    if (this.#failedAt !== undefined && this.reconnectMs === undefined) {
      if (components(world).length === 1) this.reconnectMs = world.now - this.#failedAt;
    }
    const small = options.nodes <= closeMembers;
    if (due(small ? capsEveryMs : 10 * capsEveryMs)) {
      for (const member of world.living()) this.#note(caps(member));
    }
    if (due(separationEveryMs)) recorder.deaths.separation.look(world);
    if (small && due(tablesEveryMs)) {
      for (const member of world.living()) this.#note(this.#tables.look(world, member));
    }
  }

  #note(violations: Iterable<Violation>): void {
    for (const violation of violations) {
      const same = this.violations.filter(({ check }) => check === violation.check).length;
      if (same < violationsPerCheck) this.violations.push(violation);
    }
  }
}

/** Runs a scenario slice by slice; what it yields says how far it is, what it returns came of it. */
export function play(scenario: Scenario, options: RunOptions): Generator<Progress, Outcome> {
  return new Run(scenario, options).play();
}
