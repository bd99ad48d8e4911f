import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DiallingNetwork } from '../testing/dialling.ts';
import type { DiallingOptions } from '../testing/dialling.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());

/** Members that arrive `gapMs` apart. */
function room(
  count: number,
  gapMs: number,
  options: Partial<DiallingOptions> = {},
): DiallingNetwork {
  const net = new DiallingNetwork({ seed: 11, hash, ...options });
  join(net, count, gapMs);
  return net;
}

function join(net: DiallingNetwork, count: number, gapMs: number): void {
  for (let n = 0; n < count; n++) {
    net.add();
    net.run(gapMs);
  }
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const changes = (net: DiallingNetwork) => net.opened + net.closed;

/** One room, every degree in the band, and every cap held. */
function expectSound(net: DiallingNetwork): void {
  expect(net.components()).toHaveLength(1);
  expect(Math.min(...net.degrees())).toBeGreaterThanOrEqual(4);
  expect(Math.max(...net.degrees())).toBeLessThanOrEqual(9);
  expect(net.mostLinks).toBeLessThanOrEqual(12);
  for (const { node } of net.here) expect(node.passive().length).toBeLessThanOrEqual(36);
}

describe('small rooms', { timeout: 60_000 }, () => {
  for (const count of [2, 5, 10]) {
    for (const gapMs of [0, 700]) {
      it(`O1: ${count} members that arrive ${gapMs} ms apart are a full mesh, and stay as they are`, () => {
        const net = room(count, gapMs);
        const complete = () => net.degrees().every((degree) => degree === count - 1);
        expect(net.runUntil(complete, 10_000)).toBeLessThanOrEqual(8000);
        net.run(5000);
        const before = changes(net);
        net.run(120_000);
        expect(changes(net)).toBe(before);
        expect(net.opened).toBeLessThanOrEqual(1.3 * ((count * (count - 1)) / 2) + 1);
      });
    }
  }

  it('O1: a room that shrinks to 8 is a full mesh again', () => {
    const net = room(24, 200);
    net.run(120_000);
    for (const member of net.here.slice(0, 16)) net.kill(member);
    const complete = () => net.degrees().every((degree) => degree === 7);
    expect(net.runUntil(complete, 90_000)).toBeDefined();
  });
});

describe('large rooms', { timeout: 120_000 }, () => {
  for (const [count, gapMs, soundMs, options] of [
    [24, 0, 10_000, {}],
    [24, 1000, 10_000, {}],
    [48, 100, 10_000, {}],
    [24, 300, 30_000, { failing: 0.3 }],
  ] as const) {
    it(`O1, O5: ${count} members ${gapMs} ms apart come to rest in the band, ${JSON.stringify(options)}`, () => {
      const net = room(count, gapMs, options);
      net.run(soundMs);
      expectSound(net);
      expect(net.opened / count).toBeLessThanOrEqual(8);
      net.run(170_000);
      expectSound(net);
      expect(mean(net.degrees())).toBeGreaterThanOrEqual(6);
      expect(mean(net.degrees())).toBeLessThanOrEqual(7);
      const before = changes(net);
      const dials = net.dials;
      net.run(60_000);
      expect(changes(net) - before).toBeLessThanOrEqual(4);
      expect(net.dials - dials).toBeLessThanOrEqual(count / 4);
      expect(net.opened / count).toBeLessThanOrEqual(8);
    });
  }

  it('O3, O8: when 3 of 4 die at once the others are one room again within 30 s', () => {
    const net = room(40, 50);
    net.run(60_000);
    for (const member of net.here) if (net.random() < 0.75) net.kill(member);
    expect(net.runUntil(() => net.components().length === 1, 30_000, 250)).toBeDefined();
    net.run(60_000);
    expectSound(net);
  });

  it('O3: without a rendezvous a living room heals its losses', () => {
    const net = room(24, 100);
    net.run(60_000);
    net.hasRendezvous = false;
    for (const member of net.here.slice(0, 8)) net.kill(member);
    net.run(60_000);
    expectSound(net);
  });

  it('O5: coming and going costs a bounded number of links', () => {
    const net = room(20, 200);
    net.run(60_000);
    const before = net.opened;
    for (let n = 0; n < 30; n++) {
      net.add();
      const leaving = net.here[Math.floor(net.random() * (net.here.length - 1))];
      if (leaving !== undefined) net.kill(leaving);
      net.run(2000);
    }
    net.run(10_000);
    expectSound(net);
    // 6 for who comes and, of the 6 links of who goes, as many as leave their other end below the aim.
    expect((net.opened - before) / 30).toBeLessThanOrEqual(12);
  });

  it('O8: a room split in two halves that held each other dead heals through the rendezvous', () => {
    const net = room(16, 100);
    net.run(30_000);
    const half = new Set(net.here.slice(0, 8));
    net.reaches = (a, b) => half.has(a) === half.has(b);
    for (const link of net.links) if (!net.reaches(...link.ends)) net.cut(link);
    net.run(120_000);
    expect(net.components()).toEqual([8, 8]);
    net.reaches = () => true;
    expect(net.runUntil(() => net.components().length === 1, 180_000, 250)).toBeDefined();
  });
});
