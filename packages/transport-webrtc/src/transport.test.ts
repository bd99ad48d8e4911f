import { createVirtualClock, sessionPair } from '@grapevine/ports/conformance';
import { GrapevineError, utf8 } from '@grapevine/wire';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWebRtcTransport } from './transport.ts';

/** Stands for the chunk of simple-peer. Without its export the import fails, as it does offline. */
const chunk = vi.hoisted((): { PeerConnection?: unknown } => ({}));
vi.mock('./peer-connection.ts', () => chunk);

let constructed = 0;
class FakeConnection {
  constructor() {
    constructed++;
  }
  close(): void {}
}

beforeEach(() => {
  constructed = 0;
  chunk.PeerConnection = FakeConnection;
});
// Two imports of a mocked module at once are beyond the test runner.
afterEach(() => vi.dynamicImportSettled());

async function failureOf(opened: Promise<unknown>): Promise<GrapevineError> {
  const outcome: unknown = await opened.catch((error: unknown) => error);
  if (outcome instanceof GrapevineError) return outcome;
  throw new Error('expected the dial to fail');
}

const make = () =>
  createWebRtcTransport({ hash: (bytes) => bytes.slice(0, 32), clock: createVirtualClock() });

describe('the WebRTC transport while its code is under way', () => {
  it('takes dials, signals and aborts, and constructs nothing for an aborted dial', async () => {
    const [lower, higher] = sessionPair();
    const transport = make();
    const aborted = transport.connect(lower, higher, () => undefined);
    const misled = transport.connect(higher, lower, () => undefined);
    const kept = transport.connect(lower, higher, () => undefined);
    aborted.abort();
    misled.receive(utf8('no signal'));
    expect((await failureOf(aborted.opened)).code).toBe('link-aborted');
    expect((await failureOf(misled.opened)).message).toContain('malformed');
    await vi.waitFor(() => expect(constructed).toBe(1));
    transport.close();
    expect((await failureOf(kept.opened)).code).toBe('link-aborted');
  });

  it('close gives up what waits for it', async () => {
    const [lower, higher] = sessionPair();
    const transport = make();
    const waiting = transport.connect(lower, higher, () => undefined);
    transport.close();
    const later = transport.connect(lower, higher, () => undefined);
    expect((await failureOf(waiting.opened)).code).toBe('link-aborted');
    expect((await failureOf(later.opened)).code).toBe('link-aborted');
    expect(constructed).toBe(0);
  });

  it('says so where it cannot be loaded, and the next dial tries again', async () => {
    delete chunk.PeerConnection;
    const [lower, higher] = sessionPair();
    const transport = make();
    const error = await failureOf(transport.connect(lower, higher, () => undefined).opened);
    expect(error.code).toBe('link-failed');
    expect(error.action).toBe('Reload the page.');
    chunk.PeerConnection = FakeConnection;
    const next = transport.connect(lower, higher, () => undefined);
    await vi.waitFor(() => expect(constructed).toBe(1));
    transport.close();
    await failureOf(next.opened);
  });
});
