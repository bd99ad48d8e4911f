import { GrapevineError, equalBytes, limits, toHex } from '@grapevine/wire';
import { afterEach, describe, expect, it } from 'vitest';
import type { PendingLink, Transport } from '../transport.ts';
import {
  SignalWire,
  closeOf,
  dialPair,
  greet,
  messagesOf,
  openPair,
  sessionPair,
} from './link-pair.ts';
import type { LinkPair } from './link-pair.ts';

/** What an adapter brings to the suite. */
export interface TransportSetup {
  /** Another transport of the same medium, as another page would make one. The suite closes it. */
  createTransport(): Transport;
  /**
   * PROTOCOL.md S4: DTLS gives every link its own binding, BroadcastChannel has one for all links
   * of a channel.
   */
  bindings: 'per-link' | 'per-channel';
}

const smallMessages = 10_000;
/**
 * Enough for a link to queue on any transport: more than every platform's send buffer takes at
 * once.
 */
const floodMessages = 128;

async function failureOf(pending: PendingLink): Promise<GrapevineError> {
  const outcome: unknown = await pending.opened.catch((error: unknown) => error);
  if (outcome instanceof GrapevineError) return outcome;
  throw new Error('expected the link to fail with a GrapevineError');
}

/** Bytes whose content depends on `seed` at every place. */
function pattern(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + seed * 7 + (i >> 8)) & 255;
  return bytes;
}

/** What every Transport must do (PROTOCOL.md section 4, `../transport.ts`). */
export function runTransportTests(name: string, setup: () => TransportSetup): void {
  describe(`${name} as a Transport`, () => {
    const transports: Transport[] = [];
    const medium = setup();
    const make = (): Transport => {
      const transport = medium.createTransport();
      transports.push(transport);
      return transport;
    };
    const open = (): Promise<LinkPair> => openPair(make(), make());

    afterEach(() => {
      for (const transport of transports.splice(0)) transport.close();
    });

    testsOfOpening(make);
    testsOfBindings(make, medium.bindings);
    testsOfMessages(open);
    testsOfQueues(open);
    testsOfClosing(open);
    testsOfFailing(make);
  });
}

function testsOfOpening(make: () => Transport): void {
  it('S2: both connect at once and get one link that carries messages both ways', async () => {
    const { low, high } = await openPair(make(), make());
    const atHigh = messagesOf(high, 1);
    const atLow = messagesOf(low, 1);
    low.send(Uint8Array.of(1, 2, 3));
    high.send(Uint8Array.of(4));
    expect(await atHigh).toEqual([Uint8Array.of(1, 2, 3)]);
    expect(await atLow).toEqual([Uint8Array.of(4)]);
  });

  it.each([
    ['S2: the initiator connects first', 0],
    ['S2: the other side connects first', 1],
  ] as const)('%s and its signals wait for the other', async (_, early) => {
    const sessions = sessionPair();
    const late = early === 0 ? 1 : 0;
    const wire = new SignalWire();
    const connect = (end: 0 | 1): PendingLink => {
      const pending = make().connect(sessions[end], sessions[end === 0 ? 1 : 0], wire.from(end));
      wire.attach(end, pending);
      return pending;
    };
    const first = connect(early);
    await new Promise((resolve) => setTimeout(resolve, 0));
    const second = connect(late);
    const [one, other] = await Promise.all([first.opened, second.opened]);
    const arrived = messagesOf(other, 1);
    one.send(Uint8Array.of(9));
    expect(await arrived).toEqual([Uint8Array.of(9)]);
  });

  it('S1: every signal keeps within its limit', async () => {
    const { low, high, wire } = dialPair(make(), make());
    await Promise.all([low.opened, high.opened]);
    for (const size of wire.sizes) expect(size).toBeLessThanOrEqual(limits.signalBytes);
  });

  it('one transport holds several links apart', async () => {
    const shared = make();
    const one = await openPair(shared, make());
    const other = await openPair(shared, make());
    const arrived = Promise.all([messagesOf(one.high, 1), messagesOf(other.high, 1)]);
    other.low.send(Uint8Array.of(2));
    one.low.send(Uint8Array.of(1));
    expect(await arrived).toEqual([[Uint8Array.of(1)], [Uint8Array.of(2)]]);
  });

  it('says how its packets travel', async () => {
    const { low } = await openPair(make(), make());
    const { path, rttMs } = await low.quality();
    expect(['host', 'srflx', 'prflx', 'relay', 'tabs']).toContain(path);
    expect(rttMs === undefined || rttMs >= 0).toBe(true);
  });
}

function testsOfBindings(make: () => Transport, bindings: TransportSetup['bindings']): void {
  it('S4: both ends compute one binding of 32 bytes', async () => {
    const { low, high } = await openPair(make(), make());
    expect(low.binding).toHaveLength(32);
    expect(high.binding).toEqual(low.binding);
  });

  it(`S4: the binding of two links is ${bindings}`, async () => {
    const first = make();
    const one = await openPair(first, make());
    const other = await openPair(first, make());
    const same = toHex(one.low.binding) === toHex(other.low.binding);
    expect(same).toBe(bindings === 'per-channel');
  });
}

function testsOfMessages(open: () => Promise<LinkPair>): void {
  it(`S5: ${smallMessages} small messages arrive once, whole and in order`, async () => {
    const { low, high } = await open();
    const arrived = messagesOf(high, smallMessages);
    for (let i = 0; i < smallMessages; i++) low.send(Uint8Array.of(i & 255, i >> 8, 7));
    const wrong = (await arrived).findIndex(
      (message, i) => message.length !== 3 || message[0] !== (i & 255) || message[1] !== i >> 8,
    );
    expect(wrong).toBe(-1);
  });

  it('S5: messages of 1 byte and of 65,536 bytes arrive whole', async () => {
    const { low, high } = await open();
    const sizes = [limits.frameBytes, 1, limits.frameBytes - 1, 16_384];
    const arrived = messagesOf(high, sizes.length);
    for (const [i, size] of sizes.entries()) low.send(pattern(size, i));
    const whole = (await arrived).map((message, i) =>
      equalBytes(message, pattern(sizes[i] ?? 0, i)),
    );
    expect(whole).toEqual([true, true, true, true]);
  });

  it('what the sender does with its buffer after send changes nothing', async () => {
    const { low, high } = await open();
    const arrived = messagesOf(high, 2);
    const buffer = pattern(200, 1);
    low.send(buffer.subarray(50, 60));
    low.send(buffer);
    buffer.fill(0);
    expect(await arrived).toEqual([pattern(200, 1).slice(50, 60), pattern(200, 1)]);
  });

  it('a message of no bytes and one of 65,537 are refused and the link goes on', async () => {
    const { low, high } = await open();
    expect(() => low.send(new Uint8Array(0))).toThrow(RangeError);
    expect(() => low.send(new Uint8Array(limits.frameBytes + 1))).toThrow(RangeError);
    const arrived = messagesOf(high, 1);
    low.send(Uint8Array.of(1));
    expect(await arrived).toEqual([Uint8Array.of(1)]);
  });
}

function testsOfQueues(open: () => Promise<LinkPair>): void {
  it('messages that come before onMessage is set are delivered when it is, in order', async () => {
    const pair = await open();
    await greet(pair);
    const { low, high } = pair;
    low.onMessage = undefined;
    // The end of the link proves that everything sent before it has arrived.
    const lost = closeOf(low);
    for (let i = 0; i < 100; i++) high.send(Uint8Array.of(i));
    high.close();
    expect(await lost).toBe('lost');
    const seen: (number | undefined)[] = [];
    // A handler that replaces itself, as the handshake does.
    low.onMessage = (first) => {
      seen.push(first[0]);
      low.onMessage = (message) => seen.push(message[0]);
    };
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('queuedBytes counts what waits and onDrain says when little is left', async () => {
    const { low, high } = await open();
    const arrived = messagesOf(high, floodMessages);
    const drained = new Promise<number>((resolve) => {
      low.onDrain = () => resolve(low.queuedBytes);
    });
    let queued = 0;
    for (let i = 0; i < floodMessages; i++) {
      low.send(pattern(limits.frameBytes, i));
      queued = Math.max(queued, low.queuedBytes);
    }
    if (queued >= 65_536) expect(await drained).toBeLessThan(65_536);
    const wrong = (await arrived).findIndex((message, i) => message[1] !== pattern(2, i)[1]);
    expect(wrong).toBe(-1);
    expect(low.queuedBytes).toBeLessThan(65_536);
  });

  it('a handler that closes its link hears no further message', async () => {
    const { low, high } = await open();
    let heard = 0;
    const closed = closeOf(high);
    high.onMessage = () => {
      heard++;
      high.close();
    };
    low.send(Uint8Array.of(1));
    low.send(Uint8Array.of(2));
    await closed;
    expect(await closeOf(low)).toBe('lost');
    expect(heard).toBe(1);
  });
}

function testsOfClosing(open: () => Promise<LinkPair>): void {
  it.each(['low', 'high'] as const)('a close by %s is seen by both ends', async (closing) => {
    const pair = await open();
    const mine = closeOf(pair[closing]);
    const theirs = closeOf(pair[closing === 'low' ? 'high' : 'low']);
    pair[closing].close();
    expect(await mine).toBe('closed');
    expect(await theirs).toBe('lost');
  });

  it.each(['low', 'high'] as const)(
    'S6: a message that %s sends right before its close arrives',
    async (closing) => {
      const pair = await open();
      await greet(pair);
      const arrived = messagesOf(pair[closing === 'low' ? 'high' : 'low'], 1);
      pair[closing].send(Uint8Array.of(21));
      pair[closing].close();
      expect(await arrived).toEqual([Uint8Array.of(21)]);
    },
  );

  it('onClose is called once, also when it is set after the end', async () => {
    const { low, high } = await open();
    let calls = 0;
    low.close();
    low.close();
    low.onClose = () => calls++;
    low.close();
    expect(await closeOf(high)).toBe('lost');
    high.close();
    expect(calls).toBe(1);
  });

  it('send and close after the end do nothing', async () => {
    const { low, high } = await open();
    const lost = closeOf(high);
    low.close();
    low.send(Uint8Array.of(1));
    low.send(new Uint8Array(limits.frameBytes + 1));
    await lost;
    high.send(Uint8Array.of(1));
    high.close();
    expect(low.queuedBytes).toBe(0);
    expect(high.queuedBytes).toBe(0);
  });
}

function testsOfFailing(make: () => Transport): void {
  it('abort rejects with link-aborted', async () => {
    const [lower, higher] = sessionPair();
    for (const [self, peer] of [
      [lower, higher],
      [higher, lower],
    ] as const) {
      const pending = make().connect(self, peer, () => undefined);
      pending.abort();
      pending.receive(Uint8Array.of(1));
      pending.abort();
      expect((await failureOf(pending)).code).toBe('link-aborted');
    }
  });

  it('abort after the link opened leaves it open', async () => {
    const dials = dialPair(make(), make());
    const [low, high] = await Promise.all([dials.low.opened, dials.high.opened]);
    dials.low.abort();
    const arrived = messagesOf(high, 1);
    low.send(Uint8Array.of(1));
    expect(await arrived).toHaveLength(1);
  });

  it.each([
    ['no bytes', new Uint8Array(0)],
    ['bytes that are not text', Uint8Array.of(0xff, 0xfe)],
    ['text of another kind', new TextEncoder().encode('{"type":"offer"}')],
    ['too many bytes', new Uint8Array(limits.signalBytes + 1)],
  ])('a signal of %s rejects with link-failed', async (_, signal) => {
    const [lower, higher] = sessionPair();
    for (const [self, peer] of [
      [lower, higher],
      [higher, lower],
    ] as const) {
      const pending = make().connect(self, peer, () => undefined);
      pending.receive(signal);
      const error = await failureOf(pending);
      expect(error.code).toBe('link-failed');
      expect(error.action).not.toBe('');
    }
  });

  it('close ends every link and every dial, and later dials', async () => {
    const first = make();
    const { low, high } = await openPair(first, make());
    const [lower, higher] = sessionPair();
    const pending = first.connect(lower, higher, () => undefined);
    const ends = Promise.all([closeOf(low), closeOf(high)]);
    first.close();
    expect(await ends).toEqual(['closed', 'lost']);
    expect((await failureOf(pending)).code).toBe('link-aborted');
    const later = first.connect(lower, higher, () => undefined);
    expect((await failureOf(later)).code).toBe('link-aborted');
  });
}
