import { BaseLink } from '@grapevine/ports';
import type { Link, LinkQuality } from '@grapevine/ports';
import { createVirtualClock } from '@grapevine/ports/conformance';
import { GrapevineError, limits } from '@grapevine/wire';
import { describe, expect, it, vi } from 'vitest';
import { LateDial } from './late-dial.ts';
import type { LoadedDial } from './late-dial.ts';

/** A dial that does what the test says, and notes what it was told. */
class FakeDial implements LoadedDial {
  readonly opened: Promise<Link>;
  readonly told: unknown[] = [];
  resolve: (link: Link) => void = () => undefined;
  reject: (error: GrapevineError) => void = () => undefined;

  constructor() {
    this.opened = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  receive(signal: Uint8Array): void {
    this.told.push(signal[0]);
  }

  abort(): void {
    this.told.push('abort');
  }

  expire(): void {
    this.told.push('expire');
  }

  close(): void {
    this.told.push('close');
  }
}

class FakeLink extends BaseLink {
  readonly queuedBytes = 0;
  quality = (): Promise<LinkQuality> => Promise.resolve({ path: 'host', rttMs: undefined });
  close = (): void => this.end('closed');
  protected override transmit(): void {}
}

function setup() {
  const clock = createVirtualClock();
  const done = vi.fn();
  const late = new LateDial(clock, done);
  const dial = new FakeDial();
  let over: () => void = () => undefined;
  const begin = vi.fn((ended: () => void) => {
    over = ended;
    return dial;
  });
  return { clock, done, late, dial, begin, end: () => over() };
}

async function failureOf(late: LateDial): Promise<GrapevineError> {
  const outcome: unknown = await late.opened.catch((error: unknown) => error);
  if (outcome instanceof GrapevineError) return outcome;
  throw new Error('expected the dial to fail');
}

describe('a dial whose code is under way', () => {
  it('holds the signals for it, whatever becomes of their buffer, and keeps their order', () => {
    const { late, dial, begin } = setup();
    const buffer = Uint8Array.of(1);
    late.receive(buffer);
    buffer[0] = 9;
    late.receive(Uint8Array.of(2));
    late.start(begin);
    late.receive(Uint8Array.of(3));
    expect(dial.told).toEqual([1, 2, 3]);
  });

  it('opens with its link, and then has no deadline any more', async () => {
    const { clock, late, dial, begin, done, end } = setup();
    const link = new FakeLink(new Uint8Array(32));
    late.start(begin);
    dial.resolve(link);
    expect(await late.opened).toBe(link);
    expect(clock.pending).toBe(0);
    clock.advance(60_000);
    expect(dial.told).toEqual([]);
    expect(done).not.toHaveBeenCalled();
    end();
    expect(done).toHaveBeenCalledOnce();
    late.receive(Uint8Array.of(1));
    expect(dial.told).toEqual([]);
  });

  it.each(['abort', 'close'] as const)(
    '%s before the code is there begins nothing',
    async (way) => {
      const { clock, late, begin, done } = setup();
      late.receive(Uint8Array.of(1));
      late[way]();
      late.start(begin);
      late[way]();
      expect((await failureOf(late)).code).toBe('link-aborted');
      expect(begin).not.toHaveBeenCalled();
      expect(done).toHaveBeenCalledOnce();
      expect(clock.pending).toBe(0);
    },
  );

  it('abort and close after that are for the dial', async () => {
    const { late, dial, begin, done, end } = setup();
    late.start(begin);
    late.abort();
    late.close();
    expect(dial.told).toEqual(['abort', 'close']);
    expect(done).not.toHaveBeenCalled();
    end();
    const error = new GrapevineError('link-aborted', 'over', 'Connect again.');
    dial.reject(error);
    expect(await failureOf(late)).toBe(error);
  });

  it('holds 64 messages and fails at the next', async () => {
    const held = setup();
    for (let i = 0; i < 64; i++) held.late.receive(Uint8Array.of(i));
    held.late.start(held.begin);
    expect(held.dial.told).toHaveLength(64);
    const { late, begin } = setup();
    for (let i = 0; i < 65; i++) late.receive(Uint8Array.of(i));
    late.start(begin);
    expect((await failureOf(late)).message).toContain('too many');
    expect(begin).not.toHaveBeenCalled();
  });

  it('S1: holds no message over the limit of a signal', async () => {
    const { late } = setup();
    late.receive(new Uint8Array(limits.signalBytes));
    late.receive(new Uint8Array(limits.signalBytes + 1));
    expect((await failureOf(late)).code).toBe('link-failed');
  });

  it('fails where the code cannot be loaded, or not before the deadline', async () => {
    const failing = setup();
    failing.late.start(undefined);
    expect((await failureOf(failing.late)).action).toBe('Reload the page.');
    expect(failing.clock.pending).toBe(0);
    const { clock, late, begin } = setup();
    clock.advance(10_000);
    late.start(begin);
    expect((await failureOf(late)).action).toBe('Reload the page.');
    expect(begin).not.toHaveBeenCalled();
  });

  it('leaves it to a dial that has begun to say why its deadline passed', () => {
    const { clock, late, dial, begin } = setup();
    clock.advance(9_000);
    late.start(begin);
    clock.advance(999);
    expect(dial.told).toEqual([]);
    clock.advance(1);
    expect(dial.told).toEqual(['expire']);
  });
});
