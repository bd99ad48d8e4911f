import type { Clock, Link, PendingLink, Transport } from '@grapevine/ports';
import type { TabsTransportOptions } from '@grapevine/transport-tabs';
import { GrapevineError } from '@grapevine/wire';

/** How long a dial waits for its code, milliseconds. Guess: as long as the dial itself may take. */
const loadTimeoutMs = 10_000;

type Load = () => Promise<{
  createTabsTransport(this: void, options: TabsTransportOptions): Transport;
}>;

export interface LateTabsOptions extends TabsTransportOptions {
  clock: Clock;
}

/**
 * The links between tabs, whose code is fetched beside the rest of the page: few rooms link over
 * them, and only after WebRTC did not. Where it could not be loaded, the next dial tries again.
 */
export function createLateTabs(
  options: LateTabsOptions,
  load: Load = () => import('./tabs-links.ts'),
): Transport {
  let loading: Promise<Transport> | undefined;
  let isClosed = false;
  const begin = async (): Promise<Transport> => {
    try {
      const transport = (await load()).createTabsTransport(options);
      // What is closed ends later dials, too.
      if (isClosed) transport.close();
      return transport;
    } catch {
      loading = undefined;
      throw unloaded('link-failed');
    }
  };
  const loaded = (): Promise<Transport> => (loading ??= begin());
  loaded().catch(() => undefined);
  return {
    name: 'tabs',
    connect: (...call) =>
      dialLate(options.clock, loaded(), (transport) => transport.connect(...call)),
    close() {
      isClosed = true;
      loading?.then(
        (transport) => transport.close(),
        () => undefined,
      );
    },
  };
}

/** A dial that begins once its code is there. */
function dialLate(
  clock: Clock,
  loaded: Promise<Transport>,
  begin: (transport: Transport) => PendingLink,
): PendingLink {
  let dial: PendingLink | undefined;
  let fail: (error: GrapevineError) => void = () => undefined;
  const opened = new Promise<Link>((resolve, reject) => {
    let isOver = false;
    const cancel = clock.after(loadTimeoutMs, () => fail(unloaded('link-failed')));
    fail = (error) => {
      isOver = true;
      cancel();
      reject(error);
    };
    loaded.then((transport) => {
      if (isOver) return;
      cancel();
      dial = begin(transport);
      resolve(dial.opened);
    }, fail);
  });
  // Whoever does not look at the outcome of a dial has no use for an unhandled rejection.
  opened.catch(() => undefined);
  return {
    opened,
    receive(signal) {
      // Tabs need no signals; one that comes is not ours.
      if (dial) dial.receive(signal);
      else fail(unloaded('link-failed'));
    },
    abort() {
      if (dial) dial.abort();
      else fail(unloaded('link-aborted'));
    },
  };
}

function unloaded(code: 'link-failed' | 'link-aborted'): GrapevineError {
  return new GrapevineError(code, 'The code of links between tabs is not there.', 'Connect again.');
}
