import { BaseLink } from '@grapevine/ports';
import type { LinkQuality } from '@grapevine/ports';
import type { LifeLock } from './lock.ts';
import { parseLinkMessage } from './messages.ts';
import type { LinkMessage } from './messages.ts';

/** A link between two tabs of one profile, over a BroadcastChannel that only the two listen to. */
export class TabsLink extends BaseLink {
  readonly #channel: BroadcastChannel;
  readonly #lock: LifeLock;
  readonly #onEnd: (link: TabsLink) => void;
  #stopWatching: (() => void) | undefined;

  constructor(
    binding: Uint8Array,
    channel: BroadcastChannel,
    lock: LifeLock,
    onEnd: (link: TabsLink) => void,
  ) {
    super(binding);
    this.#channel = channel;
    this.#lock = lock;
    this.#onEnd = onEnd;
    channel.onmessage = (event: MessageEvent<unknown>) => this.#receive(event.data);
    lock.whenHeld(() => {
      if (!this.ended) this.#post({ kind: 'locked', lock: lock.name });
    });
  }

  /** Always 0: the platform takes every message at once. */
  override get queuedBytes(): number {
    return 0;
  }

  override quality(): Promise<LinkQuality> {
    return Promise.resolve({ path: 'tabs', rttMs: undefined });
  }

  override close(): void {
    if (this.ended) return;
    this.#post({ kind: 'close' });
    this.#finish('closed');
  }

  protected override transmit(message: Uint8Array): void {
    // A view is cloned with all of the buffer behind it.
    const whole = message.byteLength === message.buffer.byteLength;
    this.#post({ kind: 'data', bytes: whole ? message : message.slice() });
  }

  #receive(data: unknown): void {
    const message = parseLinkMessage(data);
    if (this.ended || message === undefined) return;
    if (message.kind === 'data') {
      if (!this.deliver(message.bytes)) {
        this.#post({ kind: 'close' });
        this.#finish('lost');
      }
    } else if (message.kind === 'close') {
      this.#finish('lost');
    } else if (message.kind === 'locked') {
      this.#stopWatching?.();
      this.#stopWatching = this.#lock.watch(message.lock, () => this.#finish('lost'));
    }
  }

  #post(message: LinkMessage): void {
    this.#channel.postMessage(message);
  }

  #finish(reason: 'lost' | 'closed'): void {
    if (this.ended) return;
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    this.#channel.onmessage = null;
    this.#channel.close();
    this.#onEnd(this);
    this.end(reason);
  }
}
