import { GrapevineError } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import type { Clock, Link, PendingLink } from '@grapevine/ports';
import { newAttempt, parseLinkMessage } from './messages.ts';
import type { Attempt, CallMessage, LinkMessage } from './messages.ts';

/**
 * As long as a WebRTC dial: both sides are there within milliseconds, or one of them is frozen. A
 * guess.
 */
const dialTimeoutMs = 10_000;

/** What a dial needs of its transport. */
export interface DialHost {
  clock: Clock;
  call(message: CallMessage): void;
  /** The channel of one attempt. */
  openChannel(attempt: Attempt): BroadcastChannel;
  openLink(channel: BroadcastChannel): Link;
  /** The dial is over, whichever way. */
  done(dial: TabsDial): void;
}

/**
 * The initiator opens the channel of a new attempt and calls `open`; the other side opens it too
 * and says `accept` there. Who comes too late for the call asks for it.
 */
export class TabsDial implements PendingLink {
  readonly opened: Promise<Link>;
  readonly self: SessionId;
  readonly peer: SessionId;
  readonly #host: DialHost;
  readonly #cancelTimeout: () => void;
  readonly #resolve: (link: Link) => void;
  readonly #reject: (error: GrapevineError) => void;
  #attempt: Attempt | undefined;
  #channel: BroadcastChannel | undefined;
  #settled = false;

  constructor(host: DialHost, self: SessionId, peer: SessionId) {
    this.#host = host;
    this.self = self;
    this.peer = peer;
    let resolve: (link: Link) => void = () => undefined;
    let reject: (error: GrapevineError) => void = () => undefined;
    this.opened = new Promise((res, rej) => {
      resolve = res;
      reject = rej;
    });
    this.#resolve = resolve;
    this.#reject = reject;
    // Whoever does not look at the outcome of a dial has no use for an unhandled rejection.
    this.opened.catch(() => undefined);
    this.#cancelTimeout = host.clock.after(dialTimeoutMs, () =>
      this.#fail('The other tab did not answer: it is frozen or has gone.'),
    );
    if (self < peer) this.#callOut();
    else host.call({ kind: 'ask', from: self, to: peer });
  }

  /** Tabs need no signals; one that comes is not ours. */
  receive(): void {
    this.#fail('A signal came for a link between tabs, which has none.');
  }

  abort(): void {
    if (this.#settled) return;
    this.#post({ kind: 'close' });
    this.#fail('The link was given up before it opened.', 'link-aborted');
  }

  /** A call from `peer` to `self`. */
  hear(message: CallMessage): void {
    if (this.#settled) return;
    if (message.kind === 'ask') {
      if (this.#attempt === undefined) return;
      this.#host.call({ kind: 'open', from: this.self, to: this.peer, attempt: this.#attempt });
    } else if (this.self > this.peer) {
      this.#channel = this.#host.openChannel(message.attempt);
      this.#post({ kind: 'accept' });
      this.#establish(this.#channel);
    }
  }

  #callOut(): void {
    const attempt = newAttempt();
    const channel = this.#host.openChannel(attempt);
    this.#attempt = attempt;
    this.#channel = channel;
    channel.onmessage = (event: MessageEvent<unknown>) => {
      const message = parseLinkMessage(event.data);
      if (message?.kind === 'accept') this.#establish(channel);
      else if (message?.kind === 'close') this.#fail('The other tab gave the link up.');
    };
    this.#host.call({ kind: 'open', from: this.self, to: this.peer, attempt });
  }

  #post(message: LinkMessage): void {
    this.#channel?.postMessage(message);
  }

  #establish(channel: BroadcastChannel): void {
    this.#settle();
    this.#resolve(this.#host.openLink(channel));
  }

  #fail(message: string, code: 'link-failed' | 'link-aborted' = 'link-failed'): void {
    if (this.#settled) return;
    this.#settle();
    if (this.#channel !== undefined) {
      this.#channel.onmessage = null;
      this.#channel.close();
    }
    this.#reject(new GrapevineError(code, message, 'Connect again.'));
  }

  #settle(): void {
    this.#settled = true;
    this.#cancelTimeout();
    this.#host.done(this);
  }
}
