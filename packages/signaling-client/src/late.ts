import type { Signaling, SignalingEvents, SignalingState } from '@grapevine/ports';
import type { SessionId } from '@grapevine/wire';
import type { SignalingOptions } from './client.ts';

/** After the client could not be loaded, milliseconds. Guess: the network may be back. */
const loadAgainMs = 5_000;
/** Messages kept until the client is there. Guess: dials under way at the start of a room. */
const maxWaiting = 32;

type Load = () => Promise<{ createSignaling(this: void, options: SignalingOptions): Signaling }>;

/**
 * The client of `createSignaling`, loaded when it is opened: a page shows what it holds before
 * anybody is asked for others. While it is not there, and where it cannot be loaded, the state is
 * `connecting`; it is tried again until closed.
 */
export function createLateSignaling(
  options: SignalingOptions,
  load: Load = () => import('./client.ts'),
): Signaling {
  return new LateSignaling(options, load);
}

class LateSignaling implements Signaling {
  readonly #options: SignalingOptions;
  readonly #load: Load;
  #client: Signaling | undefined;
  #open: ((client: Signaling) => void) | undefined;
  #closed: (() => void) | undefined;
  #waiting: ((client: Signaling) => void)[] = [];
  #loading = false;
  #cancelRetry: (() => void) | undefined;

  constructor(options: SignalingOptions, load: Load) {
    this.#options = options;
    this.#load = load;
  }

  open(topic: string, self: SessionId, events: SignalingEvents): void {
    if (this.#client !== undefined) {
      this.#client.open(topic, self, events);
      return;
    }
    let isFirst = true;
    const onState = (state: SignalingState): void => {
      // That it connects was said when it began to load.
      if (!isFirst || state.state !== 'connecting') events.onState(state);
      isFirst = false;
    };
    const passed: SignalingEvents = {
      onMembers: (members) => events.onMembers(members),
      onMessage: (from, data) => events.onMessage(from, data),
      onAbsent: (to) => events.onAbsent(to),
      onState,
    };
    this.#open = (client) => client.open(topic, self, passed);
    this.#closed = () => events.onState({ state: 'closed' });
    events.onState({ state: 'connecting' });
    this.#begin();
  }

  send(to: SessionId, data: Uint8Array): void {
    if (this.#client !== undefined) this.#client.send(to, data);
    else if (this.#waiting.length < maxWaiting) {
      this.#waiting.push((client) => client.send(to, data));
    }
  }

  sample(): void {
    this.#client?.sample();
  }

  retryNow(): void {
    if (this.#client !== undefined) this.#client.retryNow();
    else if (this.#open !== undefined) this.#begin();
  }

  close(): void {
    const wasOpen = this.#open !== undefined;
    this.#open = undefined;
    this.#waiting = [];
    this.#cancelRetry?.();
    if (this.#client !== undefined) this.#client.close();
    else if (wasOpen) this.#closed?.();
  }

  #begin(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    if (this.#loading) return;
    this.#loading = true;
    this.#load().then(
      ({ createSignaling }) => this.#loaded(createSignaling(this.#options)),
      () => this.#failed(),
    );
  }

  #loaded(client: Signaling): void {
    this.#loading = false;
    this.#client = client;
    this.#open?.(client);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const send of waiting) send(client);
  }

  #failed(): void {
    this.#loading = false;
    if (this.#open === undefined) return;
    this.#cancelRetry = this.#options.clock.after(loadAgainMs, () => this.#begin());
  }
}
