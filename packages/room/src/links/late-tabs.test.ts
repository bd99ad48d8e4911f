import type { Transport } from '@grapevine/ports';
import { systemClock } from '@grapevine/ports';
import {
  createVirtualClock,
  openPair,
  runTransportTests,
  sessionPair,
} from '@grapevine/ports/conformance';
import { sha256 } from '@grapevine/replica';
import { describe, expect, it } from 'vitest';
import { createLateTabs, type LateTabsOptions } from './late-tabs.ts';

const noSignal = (): void => undefined;

function make(
  options: Partial<LateTabsOptions> = {},
  ...load: Parameters<typeof createLateTabs> extends [unknown, ...infer Rest] ? Rest : never
): Transport {
  return createLateTabs(
    { channelName: 'late', hash: sha256, clock: systemClock, ...options },
    ...load,
  );
}

runTransportTests('links between tabs that are loaded late', () => ({
  createTransport: () => make({ channelName: 'late conformance' }),
  bindings: 'per-channel',
}));

describe('links between tabs that are loaded late', () => {
  it('a dial fails where they cannot be loaded, and the next one tries again', async () => {
    let isOnline = false;
    let loads = 0;
    const transport = make({}, () => {
      loads += 1;
      return isOnline ? import('./tabs-links.ts') : Promise.reject(new Error('offline'));
    });
    const other = make();
    const [lower, higher] = sessionPair();
    const dial = transport.connect(lower, higher, noSignal);
    await expect(dial.opened).rejects.toMatchObject({ code: 'link-failed' });
    isOnline = true;
    const { low } = await openPair(transport, other);
    expect(low.queuedBytes).toBe(0);
    expect(loads).toBeLessThanOrEqual(3);
    transport.close();
    other.close();
  });

  it('a dial given up or signalled while they load is over at once, and one that waits too long', async () => {
    const clock = createVirtualClock();
    const transport = make({ clock }, () => new Promise(() => undefined));
    const [lower, higher] = sessionPair();
    const dial = (): ReturnType<Transport['connect']> => transport.connect(lower, higher, noSignal);
    const [late, given, signalled] = [dial(), dial(), dial()];
    given.abort();
    await expect(given.opened).rejects.toMatchObject({ code: 'link-aborted' });
    signalled.receive(new Uint8Array(1));
    await expect(signalled.opened).rejects.toMatchObject({ code: 'link-failed' });
    expect(clock.pending).toBe(1);
    clock.advance(10_000);
    await expect(late.opened).rejects.toMatchObject({ code: 'link-failed' });
  });

  it('closed while they load, they end what was dialled and what is dialled later', async () => {
    let arrive = (): void => undefined;
    const online = new Promise<void>((resolve) => (arrive = resolve));
    const transport = make({}, async () => {
      await online;
      return import('./tabs-links.ts');
    });
    const [lower, higher] = sessionPair();
    const before = transport.connect(lower, higher, noSignal);
    transport.close();
    const after = transport.connect(lower, higher, noSignal);
    arrive();
    for (const { opened } of [before, after]) {
      await expect(opened).rejects.toMatchObject({ code: 'link-aborted' });
    }
  });

  it('closed before they could be loaded, they are loaded for a later dial and end it', async () => {
    let isOnline = false;
    const transport = make({}, () =>
      isOnline ? import('./tabs-links.ts') : Promise.reject(new Error('offline')),
    );
    const [lower, higher] = sessionPair();
    await expect(transport.connect(lower, higher, noSignal).opened).rejects.toMatchObject({
      code: 'link-failed',
    });
    transport.close();
    isOnline = true;
    await expect(transport.connect(lower, higher, noSignal).opened).rejects.toMatchObject({
      code: 'link-aborted',
    });
  });
});
