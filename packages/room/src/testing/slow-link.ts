import { BaseLink, type Clock, type Link, type LinkQuality } from '@grapevine/ports';

/** A link whose messages take their time. Its end is known at once. */
export class SlowLink extends BaseLink {
  readonly #link: Link;

  /** @param delayMs of each message that arrives */
  constructor(link: Link, clock: Clock, delayMs: number) {
    super(link.binding);
    this.#link = link;
    link.onClose = (reason) => this.end(reason);
    link.onMessage = (message) => {
      const arrived = message.slice();
      clock.after(delayMs, () => {
        if (!this.deliver(arrived)) link.close();
      });
    };
  }

  override get queuedBytes(): number {
    return this.#link.queuedBytes;
  }

  protected override transmit(message: Uint8Array): void {
    this.#link.send(message);
  }

  override quality(): Promise<LinkQuality> {
    return this.#link.quality();
  }

  override close(): void {
    this.#link.close();
  }
}
