import type { Temperature } from '../metrics/broadcast.ts';
import { Fields, scenarioError } from './fields.ts';
import type { Range } from './fields.ts';
import { readWorld } from './world.ts';
import type { WorldSpec } from './world.ts';

export const faultKinds = [
  'crash',
  'leave',
  'freeze',
  'hide',
  'stall',
  'cut',
  'double',
  'slow',
  'partition',
  'rendezvousDown',
  'slowValidation',
] as const;
export type FaultKind = (typeof faultKinds)[number];
export const storageKinds = ['kept', 'lost', 'torn'] as const;
export type StorageKind = (typeof storageKinds)[number];

/** Something that goes wrong again and again, at random moments, to members chosen at random. */
export interface FaultSpec {
  kind: FaultKind;
  /** How often, for each living member, or for the whole room. */
  perMemberMinute: Range;
  perMinute: Range;
  /** How long; for `crash` and `leave` until another session of that person comes. Drawn each time. */
  ms: readonly [number, number];
  /** Probability: `freeze` is announced, `partition` is one way. */
  share: Range;
  /** `slow`: times the latency. `slowValidation`: milliseconds for each verdict. */
  factor: readonly [number, number];
  /** `crash`, `leave`: what of the storage is there afterwards; `never` for nobody comes back. */
  storage: StorageKind | 'any' | 'never';
}

export interface WritesSpec {
  /** Of the whole room; 0 with `once`. */
  perSecond: Range;
  /** Members that take turns; 0 for everybody. */
  senders: number;
  /** Payload, drawn each time. */
  bytes: readonly [number, number];
  /** Every sender writes once, at a random moment of the first `spreadMs`. */
  once: boolean;
  spreadMs: Range;
}

export interface Phase {
  name: string;
  ms: Range;
  /** Members that join: as a share of the room's size, at random moments of `spreadMs`. */
  join: { share: Range; spreadMs: Range } | undefined;
  writes: WritesSpec | undefined;
  faults: readonly FaultSpec[];
  /** Share of members hidden from the start of the phase on. */
  hidden: Range;
  /** At its start the share of `--fail` dies at once. */
  fail: boolean;
  /** What is sent in this phase is counted as that. */
  measure: Temperature | undefined;
}

/** A run in words: its world, and what happens in it. Ends with a heal phase and the checkers. */
export interface Scenario {
  name: string;
  about: string;
  world: WorldSpec;
  phases: readonly Phase[];
  /** The longest the room may take to be whole again. */
  healMs: number;
}

/** Throws GrapevineError `scenario-invalid`. */
export function readScenario(name: string, value: unknown): Scenario {
  const fields = new Fields(value, name);
  const scenario = {
    name,
    about: fields.text('about'),
    world: readWorld(fields.has('world') ? fields.object('world') : new Fields({}, 'world')),
    phases: fields.list('phases', readPhase),
    healMs: fields.positive('healMs', 180_000),
  };
  fields.end();
  if (!fields.has('phases')) throw scenarioError(`${name}.phases`, 'a list of phases');
  return scenario;
}

function readPhase(fields: Fields): Phase {
  const phase = {
    name: fields.text('name'),
    ms: fields.range('ms'),
    join: fields.has('join') ? readJoin(fields.object('join')) : undefined,
    writes: fields.has('writes') ? readWrites(fields.object('writes')) : undefined,
    faults: fields.list('faults', readFault),
    hidden: fields.share('hidden', 0),
    fail: fields.flag('fail'),
    measure: fields.has('measure') ? fields.oneOf('measure', ['cold', 'warm']) : undefined,
  };
  fields.end();
  return phase;
}

function readJoin(fields: Fields): Phase['join'] {
  const join = { share: fields.share('share', 1), spreadMs: fields.range('spreadMs', 0) };
  fields.end();
  return join;
}

function readWrites(fields: Fields): WritesSpec {
  const writes = {
    perSecond: fields.range('perSecond', 0),
    senders: fields.whole('senders', 0),
    bytes: fields.span('bytes', [200, 200]),
    once: fields.flag('once'),
    spreadMs: fields.range('spreadMs', 0),
  };
  fields.end();
  return writes;
}

function readFault(fields: Fields): FaultSpec {
  const kind = fields.oneOf('kind', faultKinds);
  const fault = {
    kind,
    perMemberMinute: fields.range('perMemberMinute', 0),
    perMinute: fields.range('perMinute', 0),
    ms: fields.span('ms', [1000, 1000]),
    share: fields.share('share', 0),
    factor: fields.span('factor', [1, 1]),
    storage: fields.has('storage')
      ? fields.oneOf('storage', [...storageKinds, 'any', 'never'])
      : ('any' as const),
  };
  fields.end();
  return fault;
}
