import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Streams } from '../world/random.ts';
import { play } from './run.ts';
import type { Outcome } from './run.ts';
import { faultKinds, readScenario } from './scenario.ts';
import type { Scenario } from './scenario.ts';
import { drawWorld } from './world.ts';

const folder = new URL('../../scenarios/', import.meta.url);
const names = readdirSync(folder).map((file) => file.replace('.json', ''));

function load(name: string): Scenario {
  const text = readFileSync(new URL(`${name}.json`, folder), 'utf8');
  return readScenario(name, JSON.parse(text));
}

function outcome(scenario: Scenario, nodes: number, seed: number): Outcome {
  const run = play(scenario, { nodes, seed, fail: 0.5, settings: {} });
  for (;;) {
    const step = run.next();
    if (step.done === true) return step.value;
  }
}

const still = { name: 'still', ms: 3000, join: { spreadMs: 500 } };

/** A core may be shared with much else. */
const timeout = 120_000;

describe('scenarios', { timeout }, () => {
  test.each(names)('%s is one', (name) => {
    const { about, phases } = load(name);
    expect(about.length).toBeGreaterThan(20);
    expect(phases.length).toBeGreaterThan(0);
  });

  test('what is promised by name is there', () => {
    const promised = ['steady', 'burst', 'churn', 'mass-failure', 'partition', 'faults'];
    expect(names).toEqual(expect.arrayContaining(promised));
  });

  test('what a file says wrongly is named with its place', () => {
    const wrong: [unknown, string][] = [
      [[], 'x must be an object'],
      [{ about: 'x', phases: 7 }, 'x.phases[0] must be an object'],
      [{ about: 'x', phases: null }, 'x.phases[0] must be an object'],
      [{ about: 'x' }, 'x.phases must be a list of phases'],
      [{ about: 1, phases: [] }, 'x.about must be a text'],
      [{ about: 'x', phase: [] }, 'x.phase must be left out'],
      [{ about: 'x', phases: [{ name: 'a', ms: [3, 2] }] }, 'x.phases[0].ms must be'],
      [
        { about: 'x', phases: [{ name: 'a', ms: 1, faults: [{ kind: 'fire' }] }] },
        'x.phases[0].faults[0].kind must be one of crash',
      ],
      [{ about: 'x', phases: [], healMs: [1, 2] }, 'x.healMs must be one number above 0'],
      [{ about: 'x', phases: [], healMs: 0 }, 'x.healMs must be one number above 0'],
      [
        { about: 'x', phases: [{ name: 'a', ms: 1, writes: { senders: [1, 2] } }] },
        'x.phases[0].writes.senders must be one whole number',
      ],
      [
        { about: 'x', phases: [{ name: 'a', ms: 1, writes: { senders: 1.5 } }] },
        'x.phases[0].writes.senders must be one whole number',
      ],
      [
        { about: 'x', phases: [{ name: 'a', ms: 1, join: { share: [0, 1.5] } }] },
        'x.phases[0].join.share must be a number or [low, high], from 0 to 1',
      ],
      [{ about: 'x', world: { bytesPerSecond: 0 } }, 'x.world.bytesPerSecond must be a number'],
      [{ about: 'x', world: { settings: 5 } }, 'settings must be an object'],
      [{ about: 'x', world: { settings: { fanuot: 2 } } }, 'settings.fanuot must be'],
      [
        { about: 'x', world: { settings: { fanout: 0 } } },
        'settings.fanout must be a whole number',
      ],
      [{ about: 'x', world: { settings: { fanout: 1.5 } } }, 'fanout must be a whole number'],
      [{ about: 'x', world: { settings: { graceMs: -1 } } }, 'settings.graceMs must be a number'],
      [{ about: 'x', world: { latencyMs: { kind: 'odd' } } }, 'x.world.latencyMs[0].kind'],
    ];
    for (const [value, message] of wrong) {
      expect(() => readScenario('x', value)).toThrow(message);
    }
  });

  test('rates are drawn between their bounds, others for another seed', () => {
    const { world } = load('faults');
    const draw = (seed: number) => drawWorld(world, seed, new Streams(seed).of('world'));
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const drawn = draw(seed);
        expect(drawn.handshakeFailure).toBeGreaterThanOrEqual(0);
        expect(drawn.handshakeFailure).toBeLessThanOrEqual(0.3);
        expect(drawn.clockDriftPpm).toBeLessThanOrEqual(500);
        expect(draw(seed)).toEqual(drawn);
      }),
    );
    expect(draw(1)).not.toEqual({ ...draw(2), seed: 1 });
  });

  test('the same seed gives the same run, another seed another', () => {
    const faults = load('faults');
    const first = outcome(faults, 6, 11);
    expect(outcome(faults, 6, 11).report).toEqual(first.report);
    expect(outcome(faults, 6, 12).report.traceHash).not.toBe(first.report.traceHash);
    expect(first.recorder.frames).toBeGreaterThan(1000);
  });

  test('a write of everybody is spread over a time drawn for the run', () => {
    const writes = { once: true, spreadMs: [3000, 5000] };
    const phases = [still, { name: 'once', ms: 6000, measure: 'cold', writes }];
    const { recorder } = outcome(readScenario('x', { about: 'x', phases }), 40, 2);
    const times = recorder.broadcast.tracked.map(({ at }) => at - 3000);
    expect(times).toHaveLength(40);
    // The last of forty comes in the last eighth but once in 200.
    expect(Math.max(...times)).toBeGreaterThan(3000 * 0.875);
    expect(Math.max(...times)).toBeLessThan(5000);
  });

  test('the scenario of all faults has all of them', () => {
    const kinds = load('faults').phases.flatMap(({ faults }) => faults.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual([...faultKinds].sort());
  });

  test('every kind of fault happens where it is asked for', () => {
    // Somebody comes meanwhile: only then does it matter whether the rendezvous is there.
    const busy = {
      name: 'busy',
      ms: 2000,
      join: { share: 0.5, spreadMs: 1500 },
      writes: { perSecond: 20 },
    };
    const runWith = (fault: unknown): Outcome => {
      const phases = [still, { ...busy, faults: fault }];
      return outcome(readScenario('x', { about: 'x', phases }), 6, 1);
    };
    const calm = runWith([]);
    for (const kind of faultKinds) {
      const run = runWith({ kind, perMinute: 600, ms: [100, 400], factor: [10, 20], share: 0.5 });
      expect(run.report.traceHash, kind).not.toBe(calm.report.traceHash);
      expect(run.violations, kind).toEqual([]);
    }
  });

  test('a room that cannot heal is reported: nothing is said to be well that is not', () => {
    const world = { handshakeFailure: 1 };
    const scenario = readScenario('x', { about: 'x', world, phases: [still], healMs: 5000 });
    const { violations } = outcome(scenario, 3, 1);
    const checks = new Set(violations.map(({ check }) => check));
    expect(checks).toEqual(new Set(['heal', 'membership', 'connectivity']));
    const [first] = violations.filter(({ check }) => check === 'heal');
    expect(first?.text).toMatch(/^after 6 s .* is unknown to 0; the room is in parts of 1, 1, 1/);
  });

  test('a room whose last member is not back when the time is over has not healed', () => {
    const crash = { kind: 'crash', perMinute: 60, ms: 60_000 };
    const phases = [still, { name: 'crash', ms: 2000, faults: crash }];
    const scenario = readScenario('x', { about: 'x', phases, healMs: 30_000 });
    const { violations, world } = outcome(scenario, 4, 1);
    expect(world.coming).toBeGreaterThan(0);
    expect(violations).toEqual([
      {
        check: 'heal',
        text: `after 30 s the room had not been whole at two looks: members still to come: ${world.coming}`,
      },
    ]);
  });

  test('a mass failure kills the share named, and says when the rest was together again', () => {
    const phases = [still, { name: 'failure', ms: 10_000, fail: true }];
    const { report, world } = outcome(readScenario('x', { about: 'x', phases }), 8, 3);
    expect(world.living()).toHaveLength(4);
    expect(report.reconnectMs).not.toBeNull();
    expect(report.detectionMsP50).toBeGreaterThan(0);
  });
});
