import { createVirtualClock } from '@grapevine/ports/conformance';
import { describe, expect, it } from 'vitest';
import { sampleFrame } from './frames.ts';
import { Outbox } from './outbox.ts';

const one = '1'.repeat(32);
const two = '2'.repeat(32);

function setUp() {
  const clock = createVirtualClock();
  const outbox = new Outbox(clock);
  const sent: string[] = [];
  return { clock, outbox, sent, write: (frame: string) => void sent.push(frame) };
}

/** The server's own count: a token bucket of 40 that refills by 10 a second. */
function serverAdmits(sentMs: readonly number[]): boolean {
  let tokens = 40;
  let atMs = 0;
  for (const ms of sentMs) {
    tokens = Math.min(40, tokens + (ms - atMs) / 100) - 1;
    atMs = ms;
    if (tokens < 0) return false;
  }
  return true;
}

describe('Outbox', () => {
  it('never sends faster than the server allows, and loses nothing while it waits', () => {
    const { clock, outbox } = setUp();
    const sentMs: number[] = [0];
    outbox.start(() => void sentMs.push(clock.monotonic()));
    for (let i = 0; i < 100; i++) outbox.send(one, String(i));
    expect(sentMs).toHaveLength(32);
    clock.advance(7_700);
    expect(sentMs).toHaveLength(101);
    expect(serverAdmits(sentMs)).toBe(true);
    clock.advance(4_000);
    for (let i = 0; i < 100; i++) outbox.send(one, String(i));
    clock.advance(10_000);
    expect(sentMs).toHaveLength(201);
    expect(serverAdmits(sentMs)).toBe(true);
  });

  it('holds 256 messages, and then gives up the oldest to the same member first', () => {
    const { clock, outbox, sent, write } = setUp();
    outbox.send(one, 'one: oldest');
    outbox.send(two, 'two: oldest');
    for (let i = 2; i < 256; i++) outbox.send(one, `one: ${i}`);
    outbox.send(two, 'two: newest');
    expect(outbox.dropped).toBe(1);
    outbox.send('3'.repeat(32), 'three');
    expect(outbox.dropped).toBe(2);
    outbox.start(write);
    clock.advance(14_000);
    expect(sent[0]).toBe('one: 2');
    expect(sent).not.toContain('two: oldest');
  });

  it('gives up what has waited for more than 15 s', () => {
    const { clock, outbox, sent, write } = setUp();
    outbox.send(one, 'stale');
    clock.advance(1);
    outbox.send(one, 'fresh');
    clock.advance(15_000);
    outbox.start(write);
    expect(sent).toEqual(['fresh']);
    expect(outbox.dropped).toBe(1);
  });

  it('asks for one sample however often it is asked to, before everything that waits', () => {
    const { clock, outbox, sent, write } = setUp();
    outbox.start(write);
    for (let i = 0; i < 40; i++) outbox.send(one, 'x');
    const before = sent.length;
    for (let i = 0; i < 5; i++) outbox.sample();
    clock.advance(2_000);
    expect(sent[before]).toBe(sampleFrame);
    expect(sent.filter((frame) => frame === sampleFrame)).toHaveLength(1);
  });

  it('keeps messages over a change of sockets and drops a wanted sample: the welcome brings one', () => {
    const { clock, outbox, sent, write } = setUp();
    outbox.start(write);
    for (let i = 0; i < 40; i++) outbox.send(one, String(i));
    outbox.sample();
    outbox.stop();
    clock.advance(1_000);
    expect(sent).toHaveLength(31);
    outbox.start(write);
    expect(sent).toEqual(Array.from({ length: 40 }, (_, i) => String(i)));
    expect(clock.pending).toBe(0);
  });
});
