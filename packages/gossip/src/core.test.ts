import { describe, expect, it } from 'vitest';
import { Core } from './core.ts';
import type { CloseReason } from './event.ts';
import { Neighbour } from './links/neighbour.ts';

const self = '5'.repeat(32);

function room(settings = {}): { core: Core; neighbour: Neighbour } {
  const [proof, info] = [new Uint8Array(48), new Uint8Array(0)];
  const config = { self, incarnation: 1, proof, info, random: () => 0.5 };
  const core = new Core({ ...config, hash: (bytes) => bytes, ...settings });
  const neighbour = new Neighbour(3, '6'.repeat(32), core.settings, core.stats, 0);
  core.addLink(neighbour);
  return { core, neighbour };
}

describe('timers', () => {
  it('are asked for where they are due sooner than before, in whole milliseconds', () => {
    const { core } = room();
    core.now = 100;
    core.schedule('round', 350.2);
    core.schedule('round', 350.2);
    core.schedule('round', 400);
    core.schedule('round', 300);
    core.schedule('retry', 50);
    expect(core.takeEffects()).toEqual([
      { type: 'schedule', timer: 'round', delayMs: 251 },
      { type: 'schedule', timer: 'round', delayMs: 200 },
      { type: 'schedule', timer: 'retry', delayMs: 0 },
    ]);
    expect(core.takeEffects()).toEqual([]);
    expect([core.dueAt('round'), core.dueAt('retry'), core.dueAt('tree')]).toEqual([
      300,
      50,
      undefined,
    ]);
  });

  it('count as gone off 20 ms before they are due, once', () => {
    const { core } = room();
    core.schedule('round', 100);
    core.now = 79;
    expect(core.fired('round')).toBe(false);
    expect(core.dueAt('round')).toBe(100);
    core.now = 80;
    expect(core.fired('round')).toBe(true);
    expect(core.dueAt('round')).toBeUndefined();
    expect(core.fired('round')).toBe(false);
    core.schedule('round', 90);
    core.unschedule('round');
    expect(core.fired('round')).toBe(false);
  });

  it('M8: were held up where the round is overdue by more than 2.5 s', () => {
    const { core } = room();
    expect(core.late).toBe(false);
    core.schedule('round', 1000);
    core.now = 3500;
    expect(core.late).toBe(false);
    core.now = 3501;
    expect(core.late).toBe(true);
    core.unschedule('round');
    expect(core.late).toBe(false);
  });
});

describe('patience', () => {
  it('G5: is three round trips, 300 to 3,000 ms, and an interval before the first', () => {
    const { core, neighbour } = room();
    expect(core.patienceMs(neighbour)).toBe(1000);
    for (const [srttMs, patienceMs] of [
      [0, 300],
      [99, 300],
      [101, 303],
      [999, 2997],
      [1001, 3000],
    ] as const) {
      neighbour.srttMs = srttMs;
      expect(core.patienceMs(neighbour)).toBe(patienceMs);
    }
  });

  it('G5: is multiplied by slowness: x 1.25 with a delta too many, x 0.8 with a round, 1 to 8', () => {
    const { core, neighbour } = room();
    expect(core.slowness).toBe(1);
    core.calm();
    expect(core.slowness).toBe(1);
    core.cameTwice();
    core.cameTwice();
    expect(core.slowness).toBeCloseTo(1.5625, 9);
    expect(core.patienceMs(neighbour)).toBeCloseTo(1562.5, 6);
    core.calm();
    expect(core.slowness).toBeCloseTo(1.25, 9);
    for (let i = 0; i < 20; i++) core.cameTwice();
    expect(core.slowness).toBe(8);
    for (let i = 0; i < 20; i++) core.calm();
    expect(core.slowness).toBe(1);
  });
});

describe('settings', () => {
  it('C1: those left out are at their default; the idle interval keeps its ratio', () => {
    const { core } = room();
    const { settings } = core;
    const intervals = () => [
      settings.intervalMs,
      settings.idleIntervalMs,
      settings.hiddenIntervalMs,
    ];
    expect([...intervals(), settings.fanout, settings.frameBytes]).toEqual([
      1000, 2000, 5000, 2, 65_536,
    ]);
    core.set({ intervalMs: 500, fanout: 4, frameBytes: 8192 });
    expect([...intervals(), settings.fanout, settings.frameBytes]).toEqual([
      500, 1000, 5000, 4, 8192,
    ]);
    core.set({ intervalMs: 6000 });
    expect([...intervals(), settings.fanout, settings.frameBytes]).toEqual([
      6000, 12_000, 6000, 2, 65_536,
    ]);
  });

  it('C2: one out of its range is refused, said which, and nothing is changed', () => {
    for (const [name, least, most] of [
      ['intervalMs', 200, 60_000],
      ['fanout', 1, 16],
      ['frameBytes', 4096, 65_536],
    ] as const) {
      const { core } = room();
      const { [name]: before } = core.settings;
      for (const value of [least - 1, most + 1, least + 0.5, Number.NaN]) {
        expect(() => core.set({ [name]: value })).toThrow(
          expect.objectContaining({
            code: 'setting-invalid',
            message: `${name} must be a whole number from ${least} to ${most}, not ${value}.`,
            action: 'Choose another value; the setting stays as it was.',
          }),
        );
        expect(core.settings[name]).toBe(before);
      }
      for (const value of [least, most]) {
        core.set({ [name]: value });
        expect(core.settings[name]).toBe(value);
      }
    }
  });
});

describe('links', () => {
  it('are closed once; one closed for silence counts as lost', () => {
    for (const [reason, parting] of [
      ['silent', 'lost'],
      ['protocol', 'closed'],
      ['pruned', 'closed'],
    ] as const satisfies readonly (readonly [CloseReason, string])[]) {
      const { core, neighbour } = room();
      core.close(neighbour, reason);
      core.close(neighbour, 'leave');
      expect(core.takeEffects()).toEqual([{ type: 'close', link: 3, reason }]);
      expect([neighbour.gone, neighbour.parting]).toEqual([true, parting]);
      expect(core.closing).toEqual([neighbour]);
    }
  });

  it('are written to in the order in which they came up, those with something to say', () => {
    const { core, neighbour } = room();
    const others = [4, 5].map((link) => {
      const other = new Neighbour(link, String(link).repeat(32), core.settings, core.stats, 0);
      core.addLink(other);
      return other;
    });
    const ridden: number[] = [];
    core.onFrame = ({ id }) => ridden.push(id);
    const links = () =>
      core.takeEffects().flatMap((effect) => (effect.type === 'send' ? [effect.link] : []));
    others[1]?.link.urgent({ type: 'echo', nonce: 1 });
    neighbour.link.urgent({ type: 'echo', nonce: 1 });
    core.flushAll();
    expect([links(), ridden]).toEqual([
      [3, 5],
      [3, 5],
    ]);
    expect(core.stats).toMatchObject({ framesSent: 2, bytesSent: 6 });
    core.flushAll();
    expect([links(), ridden]).toEqual([[], [3, 5]]);
    others[0]?.link.urgent({ type: 'echo', nonce: 1 });
    if (others[0] !== undefined) core.close(others[0], 'protocol');
    core.flushAll();
    expect([links(), ridden]).toEqual([[], [3, 5]]);
  });

  it('ask questions under numbers of their own', () => {
    const { core } = room();
    expect([core.nextId(), core.nextId(), core.nextId()]).toEqual([1, 2, 3]);
  });
});
