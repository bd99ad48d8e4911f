import { sha256 } from '@noble/hashes/sha2.js';
import { closeOf, openPair, runTransportTests } from '@grapevine/ports/conformance';
import { describe, expect, it } from 'vitest';
import { createTabsTransport } from './transport.ts';
import type { Locks } from './lock.ts';

runTransportTests('the tabs transport in a browser', () => ({
  createTransport: () => createTabsTransport({ channelName: 'conformance', hash: sha256 }),
  bindings: 'per-channel',
}));

describe('the tabs transport where Web Locks exist', () => {
  it('a tab that dies without a word is lost at once', async () => {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    const view = frame.contentWindow;
    if (view === null) throw new Error('the frame has no window');
    // A lock counts the request behind a holder: once that is there, the holder holds.
    let watched: () => void = () => undefined;
    const watching = new Promise<void>((resolve) => (watched = resolve));
    const locks: Locks = {
      request(name, options, callback) {
        const outcome = navigator.locks.request(name, options, callback);
        if (options.signal !== undefined) watched();
        return outcome;
      },
    };
    const dying = createTabsTransport({
      channelName: 'deaths',
      hash: sha256,
      locks: view.navigator.locks,
    });
    const living = createTabsTransport({ channelName: 'deaths', hash: sha256, locks });
    const { low, high } = await openPair(living, dying);
    await watching;
    const lost = closeOf(low);
    frame.remove();
    expect(await lost).toBe('lost');
    high.close();
    living.close();
    dying.close();
  });
});
