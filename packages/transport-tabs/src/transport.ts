import { concat, label, utf8 } from '@grapevine/wire';
import { systemClock } from '@grapevine/ports';
import type { Clock, Link, Transport } from '@grapevine/ports';
import { TabsDial } from './dial.ts';
import type { DialHost } from './dial.ts';
import { TabsLink } from './link.ts';
import { LifeLock } from './lock.ts';
import type { Locks } from './lock.ts';
import { parseCall } from './messages.ts';

export interface TabsTransportOptions {
  /** Alike in every tab that shall meet, and part of the binding (PROTOCOL.md S4). */
  channelName: string;
  /** SHA-256. */
  hash(this: void, bytes: Uint8Array): Uint8Array;
  clock?: Clock;
  /** Default: the platform's; undefined where it has none. */
  locks?: Locks | undefined;
}

/**
 * Links between tabs of one browser profile over BroadcastChannel. It carries no signals: both tabs
 * call `connect` and find each other on the channel. A tab that dies is noticed at once where Web
 * Locks exist, else by whoever uses the link.
 */
export function createTabsTransport(options: TabsTransportOptions): Transport {
  return new TabsTransport(options);
}

function platformLocks(): Locks | undefined {
  // Typed as always there, missing on insecure origins and in Node 20.
  const platform: { locks?: LockManager } | undefined = globalThis.navigator;
  return platform?.locks;
}

class TabsTransport implements Transport {
  readonly name = 'tabs';
  readonly #calls: BroadcastChannel;
  readonly #lock: LifeLock;
  readonly #host: DialHost;
  readonly #dials = new Set<TabsDial>();
  readonly #links = new Set<Link>();
  #closed = false;

  constructor(options: TabsTransportOptions) {
    const { channelName } = options;
    const binding = options.hash(concat(label('tabs'), utf8(channelName)));
    const calls = new BroadcastChannel(`${channelName} calls`);
    this.#calls = calls;
    this.#lock = new LifeLock(channelName, 'locks' in options ? options.locks : platformLocks());
    this.#host = {
      clock: options.clock ?? systemClock,
      call: (message) => calls.postMessage(message),
      openChannel: (attempt) => new BroadcastChannel(`${channelName} link ${attempt}`),
      openLink: (channel) => {
        const link = new TabsLink(binding.slice(), channel, this.#lock, (ended) =>
          this.#links.delete(ended),
        );
        this.#links.add(link);
        return link;
      },
      done: (dial) => this.#dials.delete(dial),
    };
    calls.onmessage = (event: MessageEvent<unknown>) => this.#hear(event.data);
  }

  connect(self: string, peer: string): TabsDial {
    if (this.#closed) return abortedDial(this.#host, self, peer);
    const dial = new TabsDial(this.#host, self, peer);
    this.#dials.add(dial);
    return dial;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const dial of this.#dials) dial.abort();
    for (const link of this.#links) link.close();
    this.#calls.onmessage = null;
    this.#calls.close();
    this.#lock.release();
  }

  #hear(data: unknown): void {
    const message = parseCall(data);
    if (message === undefined) return;
    for (const dial of this.#dials) {
      if (dial.self === message.to && dial.peer === message.from) dial.hear(message);
    }
  }
}

/** A dial that never leaves this page. */
function abortedDial(host: DialHost, self: string, peer: string): TabsDial {
  const dial = new TabsDial({ ...host, call: () => undefined }, self, peer);
  dial.abort();
  return dial;
}
