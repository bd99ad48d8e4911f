import { defaultSettings, settingRanges } from '@grapevine/gossip';
import type { Settings } from '@grapevine/gossip';
import type { Distribution } from '../world/distribution.ts';
import { defaultWorld } from '../world/options.ts';
import type { WorldOptions } from '../world/options.ts';
import { between, below } from '../world/random.ts';
import type { Random } from '../world/random.ts';
import { scenarioError } from './fields.ts';
import type { Fields, Range } from './fields.ts';

type DistributionSpec =
  | { kind: 'constant'; ms: Range }
  | { kind: 'uniform'; low: Range; high: Range }
  | { kind: 'exponential'; floor: Range; mean: Range }
  | { kind: 'lognormal'; median: Range; sigma: Range };

/** Of what a room may set (C2). */
const ranges: Partial<Record<keyof Settings, readonly [number, number]>> = settingRanges;

/** What a scenario says of its world; of several distributions a run draws one. */
export interface WorldSpec {
  latencyMs: readonly DistributionSpec[];
  jitterMs: readonly DistributionSpec[];
  validationMs: readonly DistributionSpec[];
  handshakeMs: readonly DistributionSpec[];
  bytesPerSecond: Range;
  dialTimeoutMs: readonly [number, number];
  lossNoticeMs: readonly [number, number];
  handshakeFailure: Range;
  unconnectable: Range;
  signalLoss: Range;
  signalDuplicate: Range;
  introductionsPerSecond: Range;
  clockSkewMs: Range;
  clockDriftPpm: Range;
  lateTimers: { share: Range; meanMs: Range };
  stalledSends: { share: Range; ms: readonly [number, number] };
  settings: Partial<Settings>;
}

export function readWorld(fields: Fields): WorldSpec {
  const base = defaultWorld;
  const world = {
    latencyMs: fields.list('latencyMs', readDistribution),
    jitterMs: fields.list('jitterMs', readDistribution),
    validationMs: fields.list('validationMs', readDistribution),
    handshakeMs: fields.list('handshakeMs', readDistribution),
    bytesPerSecond: fields.rate('bytesPerSecond', base.bytesPerSecond),
    dialTimeoutMs: fields.span('dialTimeoutMs', base.dialTimeoutMs),
    lossNoticeMs: fields.span('lossNoticeMs', base.lossNoticeMs),
    handshakeFailure: fields.share('handshakeFailure', 0),
    unconnectable: fields.share('unconnectable', 0),
    signalLoss: fields.share('signalLoss', 0),
    signalDuplicate: fields.share('signalDuplicate', 0),
    introductionsPerSecond: fields.rate('introductionsPerSecond', base.introductionsPerSecond),
    clockSkewMs: fields.range('clockSkewMs', 0),
    clockDriftPpm: fields.range('clockDriftPpm', 0),
    lateTimers: fields.has('lateTimers') ? readLate(fields.object('lateTimers')) : base.lateTimers,
    stalledSends: fields.has('stalledSends')
      ? readStalled(fields.object('stalledSends'))
      : base.stalledSends,
    settings: readSettings(fields.raw('settings')),
  };
  fields.end();
  return world;
}

/** One world of those the scenario allows. */
export function drawWorld(spec: WorldSpec, seed: number, random: Random): WorldOptions {
  const one = (range: Range): number => drawRange(range, random);
  const distribution = (specs: readonly DistributionSpec[], fallback: Distribution) => {
    const chosen = specs[below(random, specs.length)];
    return chosen === undefined ? fallback : drawDistribution(chosen, random);
  };
  return {
    seed,
    latencyMs: distribution(spec.latencyMs, defaultWorld.latencyMs),
    jitterMs: distribution(spec.jitterMs, defaultWorld.jitterMs),
    validationMs: distribution(spec.validationMs, defaultWorld.validationMs),
    handshakeMs: distribution(spec.handshakeMs, defaultWorld.handshakeMs),
    bytesPerSecond: one(spec.bytesPerSecond),
    dialTimeoutMs: spec.dialTimeoutMs,
    lossNoticeMs: spec.lossNoticeMs,
    handshakeFailure: one(spec.handshakeFailure),
    unconnectable: one(spec.unconnectable),
    signalLoss: one(spec.signalLoss),
    signalDuplicate: one(spec.signalDuplicate),
    introductionsPerSecond: one(spec.introductionsPerSecond),
    clockSkewMs: one(spec.clockSkewMs),
    clockDriftPpm: one(spec.clockDriftPpm),
    lateTimers: { share: one(spec.lateTimers.share), meanMs: one(spec.lateTimers.meanMs) },
    stalledSends: { share: one(spec.stalledSends.share), ms: spec.stalledSends.ms },
    settings: spec.settings,
  };
}

export function drawRange(range: Range, random: Random): number {
  return typeof range === 'number' ? range : between(random, range);
}

function drawDistribution(spec: DistributionSpec, random: Random): Distribution {
  const one = (range: Range): number => drawRange(range, random);
  switch (spec.kind) {
    case 'constant':
      return { kind: 'constant', ms: one(spec.ms) };
    case 'uniform':
      return { kind: 'uniform', low: one(spec.low), high: one(spec.high) };
    case 'exponential':
      return { kind: 'exponential', floor: one(spec.floor), mean: one(spec.mean) };
    case 'lognormal':
      return { kind: 'lognormal', median: one(spec.median), sigma: one(spec.sigma) };
  }
}

function readDistribution(fields: Fields): DistributionSpec {
  const kind = fields.oneOf('kind', ['constant', 'uniform', 'exponential', 'lognormal']);
  const spec = distributionOf(kind, fields);
  fields.end();
  return spec;
}

function distributionOf(kind: DistributionSpec['kind'], fields: Fields): DistributionSpec {
  switch (kind) {
    case 'constant':
      return { kind, ms: fields.range('ms') };
    case 'uniform':
      return { kind, low: fields.range('low'), high: fields.range('high') };
    case 'exponential':
      return { kind, floor: fields.range('floor', 0), mean: fields.range('mean') };
    case 'lognormal':
      return { kind, median: fields.range('median'), sigma: fields.range('sigma') };
  }
}

function readLate(fields: Fields): WorldSpec['lateTimers'] {
  const late = { share: fields.share('share'), meanMs: fields.range('meanMs') };
  fields.end();
  return late;
}

function readStalled(fields: Fields): WorldSpec['stalledSends'] {
  const stalled = { share: fields.share('share'), ms: fields.span('ms') };
  fields.end();
  return stalled;
}

/** Settings of the node, by their names. Throws `scenario-invalid` for one it would not take. */
export function readSettings(value: unknown): Partial<Settings> {
  const settings: Partial<Settings> = {};
  if (value === undefined) return settings;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw scenarioError('settings', 'an object');
  }
  for (const [name, setting] of Object.entries(value)) {
    if (!isSetting(name)) throw scenarioError(`settings.${name}`, 'the name of a setting');
    const range = ranges[name];
    const [low, high] = range ?? [0, Number.MAX_SAFE_INTEGER];
    const inside = typeof setting === 'number' && setting >= low && setting <= high;
    if (!inside || (range !== undefined && !Number.isInteger(setting))) {
      const what =
        range === undefined ? 'a number from 0 on' : `a whole number from ${low} to ${high}`;
      throw scenarioError(`settings.${name}`, what);
    }
    settings[name] = setting;
  }
  return settings;
}

function isSetting(name: string): name is keyof Settings {
  return Object.hasOwn(defaultSettings, name);
}
