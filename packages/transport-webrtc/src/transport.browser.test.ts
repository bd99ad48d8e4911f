import { sha256 } from '@noble/hashes/sha2.js';
import type { PendingLink, Transport } from '@grapevine/ports';
import {
  closeOf,
  createVirtualClock,
  dialPair,
  messagesOf,
  openPair,
  runTransportTests,
  sessionPair,
  SignalWire,
} from '@grapevine/ports/conformance';
import { GrapevineError, utf8 } from '@grapevine/wire';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWebRtcTransport } from './transport.ts';
import type { WebRtcTransportOptions } from './transport.ts';

runTransportTests('the WebRTC transport', () => ({
  createTransport: () => createWebRtcTransport({ hash: sha256 }),
  bindings: 'per-link',
}));

const NativeConnection = RTCPeerConnection;

/** Patient enough for a machine that does other things as well. */
const until = (fact: () => void): Promise<void> => vi.waitFor(fact, { timeout: 10_000 });

describe('the WebRTC transport in a browser', () => {
  const transports: Transport[] = [];
  let connections: RTCPeerConnection[] = [];
  let configurations: (RTCConfiguration | undefined)[] = [];
  const make = (options: Partial<WebRtcTransportOptions> = {}): Transport => {
    const transport = createWebRtcTransport({ hash: sha256, ...options });
    transports.push(transport);
    return transport;
  };

  beforeEach(() => {
    connections = [];
    configurations = [];
    const Recorded = class extends NativeConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        connections.push(this);
        configurations.push(configuration);
      }
    };
    vi.stubGlobal('RTCPeerConnection', Recorded);
  });

  afterEach(() => {
    for (const transport of transports.splice(0)) transport.close();
    vi.unstubAllGlobals();
  });

  it('S1: an offer with its candidates is one message, and the answer another', async () => {
    const { low, high, wire } = dialPair(make(), make());
    await Promise.all([low.opened, high.opened]);
    expect(wire.sizes).toHaveLength(2);
  });

  it('a closed link leaves no open connection behind', async () => {
    const { low, high } = await openPair(make(), make());
    const lost = closeOf(high);
    low.close();
    await lost;
    await until(() => {
      expect(connections.map((connection) => connection.signalingState)).toEqual([
        'closed',
        'closed',
      ]);
    });
    expect(connections.every((connection) => connection.onconnectionstatechange === null)).toBe(
      true,
    );
  });

  it('an aborted dial closes its connection', async () => {
    const [lower, higher] = sessionPair();
    const pending = make().connect(lower, higher, () => undefined);
    await until(() => expect(connections).toHaveLength(1));
    pending.abort();
    await until(() => expect(connections[0]?.signalingState).toBe('closed'));
  });

  it('a dial that no offer reaches constructs no connection', async () => {
    const [lower, higher] = sessionPair();
    make().connect(higher, lower, () => undefined);
    await openPair(make(), make());
    expect(connections).toHaveLength(2);
  });

  it('when the path breaks the initiator restarts ICE and the link goes on', async () => {
    const { low, high } = await openPair(make(), make());
    const closes = vi.fn();
    low.onClose = closes;
    high.onClose = closes;
    const before = connections.map(ufrag);
    for (const connection of connections) breakPath(connection);
    await until(() => {
      const after = connections.map(ufrag);
      expect(after[0]).not.toBe(before[0]);
      expect(after[1]).not.toBe(before[1]);
    });
    const arrived = messagesOf(high, 1);
    low.send(Uint8Array.of(1));
    expect(await arrived).toEqual([Uint8Array.of(1)]);
    expect(closes).not.toHaveBeenCalled();
  });

  it('S5: a channel that speaks text loses its link', async () => {
    const send = vi.spyOn(RTCDataChannel.prototype, 'send');
    const { low, high } = await openPair(make(), make());
    low.send(Uint8Array.of(1));
    const channel: unknown = send.mock.contexts[0];
    if (!(channel instanceof RTCDataChannel)) throw new Error('no channel was used');
    const ends = Promise.all([closeOf(low), closeOf(high)]);
    channel.send('text');
    expect(await ends).toEqual(['lost', 'lost']);
  });

  it('an offer the browser does not understand fails the dial', async () => {
    const [lower, higher] = sessionPair();
    const pending = make().connect(higher, lower, () => undefined);
    const fingerprint = Array.from({ length: 32 }, () => 'AA').join(':');
    const sdp = `v=0\r\nm=application x\r\na=fingerprint:sha-256 ${fingerprint}\r\n`;
    pending.receive(utf8(JSON.stringify([{ type: 'offer', sdp }])));
    const error = await failureOf(pending);
    expect(error.code).toBe('link-failed');
    expect(error.message).toContain('gave up');
  });

  it('a dial nobody answers fails after its deadline and says so', async () => {
    const clock = createVirtualClock();
    const [lower, higher] = sessionPair();
    const pending = make({ clock }).connect(lower, higher, () => undefined);
    await until(() => expect(connections).toHaveLength(1));
    clock.advance(9_999);
    expect(connections[0]?.signalingState).not.toBe('closed');
    clock.advance(1);
    const error = await failureOf(pending);
    expect(error.code).toBe('link-failed');
    expect(error.message).toContain('did not answer');
    await until(() => expect(connections[0]?.signalingState).toBe('closed'));
  });

  it('a dial that finds no path says that TURN is missing', async () => {
    const clock = createVirtualClock();
    const [lower, higher] = sessionPair();
    const wire = new SignalWire();
    const first = make({ clock }).connect(lower, higher, wire.from(0));
    wire.attach(0, first);
    // Both take part, but neither learns an address of the other.
    const second = make().connect(higher, lower, carryTo(first));
    wire.attach(1, { opened: second.opened, abort: () => undefined, receive: carryTo(second) });
    await until(() => {
      clock.advance(10);
      expect(connections[0]?.remoteDescription).toBeTruthy();
    });
    clock.advance(10_000);
    const error = await failureOf(first);
    expect(error.message).toContain('no relay candidate');
    expect(error.action).toContain('TURN');
  });

  it('asks the provider of ICE servers for every connection', async () => {
    const servers = [{ urls: 'stun:192.0.2.1' }];
    const provider = vi.fn(() => Promise.resolve(servers));
    const transport = make({ iceServers: provider });
    await openPair(transport, make());
    await openPair(transport, make());
    expect(provider).toHaveBeenCalledTimes(2);
    expect(configurations[0]?.iceServers).toEqual(servers);
  });

  it('a provider of ICE servers that fails or hangs keeps nobody from a near path', async () => {
    const clock = createVirtualClock();
    const failing = make({ iceServers: () => Promise.reject(new Error('offline')) });
    const hanging = make({ iceServers: () => new Promise(() => undefined), clock });
    const passing = setInterval(() => clock.advance(100), 5);
    const { low, high } = await openPair(hanging, failing);
    clearInterval(passing);
    const arrived = messagesOf(high, 1);
    low.send(Uint8Array.of(1));
    expect(await arrived).toHaveLength(1);
    expect(configurations.map((configuration) => configuration?.iceServers)).toEqual([[], []]);
  });

  it('ICE servers the browser refuses fail the dial', async () => {
    const [lower, higher] = sessionPair();
    const transport = make({ iceServers: [{ urls: 'http://not-a-stun-server' }] });
    const error = await failureOf(transport.connect(lower, higher, () => undefined));
    expect(error.code).toBe('link-failed');
    expect(error.action).toContain('ICE servers');
  });

  it('dials beyond the budget wait, and beyond the queue reject with link-budget', async () => {
    const clock = createVirtualClock();
    const onConstructed = vi.fn();
    const transport = make({ clock, onConstructed });
    const dial = (): PendingLink => transport.connect(...sessionPair(), () => undefined);
    const dials = Array.from({ length: 24 + 64 }, dial);
    await until(() => expect(onConstructed).toHaveBeenCalledTimes(24));
    const refused = dial();
    expect((await failureOf(refused)).code).toBe('link-budget');
    clock.advance(2_000);
    expect(onConstructed).toHaveBeenCalledTimes(25);
    expect(connections).toHaveLength(25);
    for (const pending of dials) pending.abort();
    clock.advance(60_000);
    expect(onConstructed).toHaveBeenCalledTimes(25);
  });

  it('a browser that makes no more connections rejects with link-budget', async () => {
    vi.stubGlobal(
      'RTCPeerConnection',
      class {
        constructor() {
          throw new DOMException('Cannot create so many PeerConnections', 'UnknownError');
        }
      },
    );
    const pending = make().connect(...sessionPair(), () => undefined);
    expect((await failureOf(pending)).code).toBe('link-budget');
  });
});

async function failureOf(pending: PendingLink): Promise<GrapevineError> {
  const outcome: unknown = await pending.opened.catch((error: unknown) => error);
  if (outcome instanceof GrapevineError) return outcome;
  throw new Error('expected the dial to fail');
}

function ufrag(connection: RTCPeerConnection): string | undefined {
  return /a=ice-ufrag:(\S+)/.exec(connection.currentLocalDescription?.sdp ?? '')?.[1];
}

/** What the browser tells when packets stop getting through, without the packets. */
function breakPath(connection: RTCPeerConnection): void {
  Object.defineProperty(connection, 'iceConnectionState', {
    value: 'disconnected',
    configurable: true,
  });
  connection.dispatchEvent(new Event('iceconnectionstatechange'));
  Reflect.deleteProperty(connection, 'iceConnectionState');
}

/** Hands signals on with every address taken out. */
function carryTo(pending: PendingLink): (bytes: Uint8Array) => void {
  return (bytes) => {
    const signals: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (!Array.isArray(signals)) throw new Error('expected an array of signals');
    const kept = signals.filter((signal: object) => 'sdp' in signal);
    const text = JSON.stringify(kept).replaceAll(/a=candidate:.*?\\r\\n/g, '');
    if (kept.length > 0) pending.receive(utf8(text));
  };
}
