import { describe, expect, it } from 'vitest';
import { Core } from '../core.ts';
import { Neighbour } from '../links/neighbour.ts';
import { self, sessionOf, standIn } from '../testing/attested.ts';
import { proofOf } from '../testing/signatures.ts';
import { Awareness } from './awareness.ts';
import { Monitor } from './monitor.ts';

/** Chance says 0.5, and so every nonce is this. */
const nonce = 2 ** 31;

/** Links that are looked at, and whom they were found silent. */
class Watch {
  readonly core: Core;
  readonly awareness: Awareness;
  readonly monitor: Monitor;
  readonly silent: string[] = [];
  takenUp = true;

  constructor() {
    const info = new Uint8Array(0);
    const identity = { self, incarnation: 1, proof: proofOf(self), info, hash: standIn };
    this.core = new Core({ ...identity, random: () => 0.5 });
    this.awareness = new Awareness(this.core);
    this.monitor = new Monitor(this.core, this.awareness);
  }

  link(byte: number): Neighbour {
    const { core } = this;
    const neighbour = new Neighbour(byte, sessionOf(byte), core.settings, core.stats, core.now);
    neighbour.hello = true;
    core.addLink(neighbour);
    core.active.set(neighbour.member, neighbour);
    return neighbour;
  }

  /** @returns when to look again */
  at(ms: number): number {
    this.core.now = ms;
    return this.monitor.tick(
      () => true,
      ({ member }) => {
        this.silent.push(member);
        return this.takenUp;
      },
    );
  }

  get closed(): number[] {
    const effects = this.core.takeEffects();
    return effects.flatMap((effect) => (effect.type === 'close' ? [effect.link] : []));
  }
}

describe('round trips', () => {
  it('M4: are smoothed by an eighth, and only the echo under way is measured', () => {
    const all = new Watch();
    const neighbour = all.link(1);
    all.core.now = 100;
    all.monitor.echo(neighbour);
    all.core.now = 500;
    all.monitor.echoReply(neighbour, nonce + 1);
    expect([neighbour.srttMs, all.monitor.patienceMs(neighbour)]).toEqual([undefined, 2000]);
    all.monitor.echoReply(neighbour, nonce);
    expect([neighbour.srttMs, all.monitor.patienceMs(neighbour)]).toEqual([400, 1600]);
    all.monitor.echoReply(neighbour, nonce);
    expect(neighbour.srttMs).toBe(400);
    all.monitor.echo(neighbour);
    all.core.now = 540;
    all.monitor.echoReply(neighbour, nonce);
    expect(neighbour.srttMs).toBe(400 - (400 - 40) / 8);
    neighbour.srttMs = 10;
    expect(all.monitor.patienceMs(neighbour)).toBe(750);
    neighbour.srttMs = 501;
    expect(all.monitor.patienceMs(neighbour)).toBe(2000);
  });
});

describe('links that are looked at', () => {
  it('M4: are asked after 1.25 intervals, found silent when the echo is over, and closed later', () => {
    const watch = new Watch();
    const neighbour = watch.link(1);
    expect(watch.at(0)).toBe(1250);
    expect(watch.at(1249)).toBe(1250);
    expect(neighbour.echo).toBeUndefined();
    expect(watch.at(1250)).toBe(3250);
    expect(neighbour.echo).toMatchObject({ nonce, at: 1250 });
    expect(watch.at(3249)).toBe(3250);
    expect(watch.silent).toEqual([]);
    expect(watch.at(3250)).toBe(5250);
    expect(watch.silent).toEqual([sessionOf(1)]);
    expect(watch.at(5249)).toBe(5250);
    expect(watch.closed).toEqual([]);
    expect(watch.at(5250)).toBe(Infinity);
    expect([watch.closed, watch.silent.length]).toEqual([[1], 1]);
    expect(watch.at(5251)).toBe(Infinity);
    expect(watch.closed).toEqual([]);
  });

  it('M4: have more time before they are closed where our health is bad', () => {
    const watch = new Watch();
    watch.link(1);
    watch.at(1250);
    watch.awareness.wronged();
    expect(watch.at(3250)).toBe(3250 + 4000);
    expect(watch.at(7249)).toBe(7250);
    expect(watch.closed).toEqual([]);
    watch.at(7250);
    expect(watch.closed).toEqual([1]);
  });

  it('M8: are found silent by nobody who was held up, for an interval', () => {
    const watch = new Watch();
    watch.link(1);
    watch.at(1250);
    watch.core.now = 2500;
    watch.awareness.mute();
    expect(watch.at(3250)).toBe(3500);
    expect(watch.silent).toEqual([]);
    expect(watch.at(3500)).toBe(5500);
    expect(watch.silent).toHaveLength(1);
  });

  it('M4: of one that cannot be accused now it is asked again an interval later', () => {
    const watch = new Watch();
    watch.takenUp = false;
    watch.link(1);
    watch.at(1250);
    expect(watch.at(3250)).toBe(4250);
    expect(watch.at(4250)).toBe(5250);
    expect(watch.silent).toHaveLength(2);
    expect(watch.closed).toEqual([]);
  });

  it('M4: an echo counts anew where our own look came over 250 ms late', () => {
    for (const [lateMs, silent] of [
      [250, 1],
      [251, 0],
    ] as const) {
      const watch = new Watch();
      watch.link(1);
      expect(watch.at(1250)).toBe(3250);
      watch.at(3250 + lateMs);
      expect(watch.silent).toHaveLength(silent);
      watch.at(3250 + lateMs + 2000);
      expect(watch.silent).toHaveLength(1);
    }
  });

  it('M4: what was not asked of a neighbour is not counted from a late look', () => {
    const watch = new Watch();
    const [asked, heard] = [watch.link(1), watch.link(2)];
    heard.heardAt = 1200;
    watch.at(1250);
    watch.at(2900);
    expect([asked.askedAt, heard.askedAt]).toEqual([2900, 2900]);
    heard.heardAt = 2950;
    watch.at(2960);
    expect(heard.askedAt).toBeUndefined();
    watch.at(4100);
    expect(heard.askedAt).toBeUndefined();
  });

  it('G11: not used, or without a hello, are closed after three intervals, and nobody is accused', () => {
    for (const make of [
      (watch: Watch) => {
        // Whatever it promises of itself.
        Object.assign(watch.link(1), { hello: false, intervalMs: 120_000 });
      },
      (watch: Watch) => {
        watch.link(1);
        watch.core.active.clear();
      },
    ]) {
      const watch = new Watch();
      make(watch);
      expect(watch.at(0)).toBe(3000);
      expect(watch.at(2999)).toBe(3000);
      expect(watch.closed).toEqual([]);
      expect(watch.at(3000)).toBe(Infinity);
      expect([watch.closed, watch.silent]).toEqual([[1], []]);
    }
  });
});
