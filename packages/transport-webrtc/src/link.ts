import { BaseLink } from '@grapevine/ports';
import type { LinkQuality } from '@grapevine/ports';
import { Reassembler, split } from './chunks.ts';
import { local } from './local-limits.ts';

/** The part of an open RTCDataChannel that a link uses. */
export interface Channel {
  readonly bufferedAmount: number;
  bufferedAmountLowThreshold: number;
  addEventListener(type: string, listener: (event: Event) => void): void;
  removeEventListener(type: string, listener: (event: Event) => void): void;
  send(data: Uint8Array<ArrayBuffer>): void;
}

export interface ChannelLinkOptions {
  binding: Uint8Array;
  /** Open, with nothing else listening for its messages. */
  channel: Channel;
  /** The most one `channel.send` may carry. */
  chunkBytes: number;
  quality(): Promise<LinkQuality>;
  /** Called once, before `onClose`: the connection is to be closed. */
  onEnd(): void;
}

/**
 * A link over one data channel: chunks (PROTOCOL.md S5), and a queue of its own above the
 * platform's.
 */
export class ChannelLink extends BaseLink {
  readonly #options: ChannelLinkOptions;
  readonly #reassembler = new Reassembler();
  #queue: Uint8Array<ArrayBuffer>[] = [];
  #next = 0;
  #queueBytes = 0;
  #above = false;

  constructor(options: ChannelLinkOptions) {
    super(options.binding);
    this.#options = options;
    const { channel } = options;
    // The event comes at or below the threshold, `onDrain` strictly below its limit.
    channel.bufferedAmountLowThreshold = local.drainedBytes - 1;
    channel.addEventListener('message', this.#onMessage);
    channel.addEventListener('bufferedamountlow', this.#onLow);
  }

  readonly #onMessage = (event: Event): void => {
    if (event instanceof MessageEvent) this.#receive(event.data);
  };
  readonly #onLow = (): void => this.#pump();

  override get queuedBytes(): number {
    return this.ended ? 0 : this.#queueBytes + this.#options.channel.bufferedAmount;
  }

  override quality(): Promise<LinkQuality> {
    return this.#options.quality();
  }

  override close(): void {
    this.finish('closed');
  }

  /** The channel has ended, or must. */
  finish(reason: 'lost' | 'closed'): void {
    if (this.ended) return;
    const { channel } = this.#options;
    channel.removeEventListener('message', this.#onMessage);
    channel.removeEventListener('bufferedamountlow', this.#onLow);
    this.#queue = [];
    this.#next = 0;
    this.#queueBytes = 0;
    this.#options.onEnd();
    this.end(reason);
  }

  protected override transmit(message: Uint8Array): void {
    for (const chunk of split(message, this.#options.chunkBytes)) {
      if (this.#next < this.#queue.length || !this.#fits(chunk)) {
        this.#queue.push(chunk);
        this.#queueBytes += chunk.length;
      } else if (!this.#hand(chunk)) return;
    }
    if (this.#queueBytes > local.queueBytes) this.finish('lost');
    else if (this.queuedBytes >= local.drainedBytes) this.#above = true;
  }

  #fits(chunk: Uint8Array): boolean {
    return this.#options.channel.bufferedAmount + chunk.length <= local.highWaterBytes;
  }

  /** @returns false where the platform refused and the link has ended */
  #hand(chunk: Uint8Array<ArrayBuffer>): boolean {
    try {
      this.#options.channel.send(chunk);
      return true;
    } catch {
      // Closing already, or a full buffer: what was promised to arrive in order no longer can.
      this.finish('lost');
      return false;
    }
  }

  #pump(): void {
    for (;;) {
      const chunk = this.#queue[this.#next];
      if (chunk === undefined || !this.#fits(chunk)) break;
      this.#next++;
      this.#queueBytes -= chunk.length;
      if (!this.#hand(chunk)) return;
    }
    if (this.#next === this.#queue.length) {
      this.#queue = [];
      this.#next = 0;
    }
    if (!this.#above || this.queuedBytes >= local.drainedBytes) return;
    this.#above = false;
    this.onDrain?.();
  }

  #receive(data: unknown): void {
    const message =
      data instanceof ArrayBuffer ? this.#reassembler.push(new Uint8Array(data)) : 'violation';
    if (message === 'more') return;
    if (message === 'violation' || !this.deliver(message)) this.finish('lost');
  }
}
