import { GrapevineError, fromUtf8, utf8 } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import { BaseLink } from '../base-link.ts';
import type { Link, LinkQuality, PendingLink, Transport } from '../transport.ts';

const drainedBytes = 65_536;

/**
 * Transports that reach each other inside one JavaScript realm, message by message in microtasks.
 * For tests.
 */
export interface MemoryNetwork {
  createTransport(): Transport;
  /** Ends every open link between the two as `lost` on both ends; nothing in flight arrives. */
  cut(a: SessionId, b: SessionId): void;
}

export function createMemoryNetwork(): MemoryNetwork {
  const dials = new Map<string, MemoryDial>();
  const links = new Set<MemoryLink>();
  let attempts = 0;
  return {
    createTransport() {
      const pending = new Set<MemoryDial>();
      const open = new Set<MemoryLink>();
      let closed = false;
      const wire: Wire = {
        dials,
        nextAttempt: () => `memory ${++attempts}`,
        opened(link) {
          open.add(link);
          links.add(link);
        },
        gone(link) {
          open.delete(link);
          links.delete(link);
        },
      };
      return {
        name: 'webrtc',
        connect(self, peer, signal) {
          const dial = new MemoryDial(wire, self, peer, signal);
          pending.add(dial);
          void dial.opened.catch(() => undefined).then(() => pending.delete(dial));
          if (closed) dial.abort();
          return dial;
        },
        close() {
          closed = true;
          for (const dial of pending) dial.abort();
          for (const link of open) link.close();
        },
      };
    },
    cut(a, b) {
      for (const link of links) {
        if ((link.self === a && link.peer === b) || (link.self === b && link.peer === a)) {
          link.lose();
        }
      }
    },
  };
}

/** What the dials and links of one transport share. */
interface Wire {
  dials: Map<string, MemoryDial>;
  nextAttempt(): string;
  opened(link: MemoryLink): void;
  gone(link: MemoryLink): void;
}

/**
 * The initiator names an attempt, the other side finds the initiator's dial under it and joins the
 * two ends.
 */
class MemoryDial implements PendingLink {
  readonly opened: Promise<Link>;
  readonly #wire: Wire;
  readonly #self: SessionId;
  readonly #peer: SessionId;
  #resolve: (link: Link) => void = () => undefined;
  #reject: (error: GrapevineError) => void = () => undefined;
  #attempt: string | undefined;
  #settled = false;

  constructor(wire: Wire, self: SessionId, peer: SessionId, signal: (bytes: Uint8Array) => void) {
    this.#wire = wire;
    this.#self = self;
    this.#peer = peer;
    this.opened = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.opened.catch(() => undefined);
    if (self > peer) return;
    const attempt = wire.nextAttempt();
    this.#attempt = attempt;
    wire.dials.set(attempt, this);
    queueMicrotask(() => {
      if (!this.#settled) signal(utf8(attempt));
    });
  }

  receive(signal: Uint8Array): void {
    if (this.#settled) return;
    const attempt = fromUtf8(signal);
    if (this.#self < this.#peer || attempt?.startsWith('memory ') !== true) {
      this.#fail('link-failed', 'the other side sent a malformed signal');
      return;
    }
    const other = this.#wire.dials.get(attempt);
    // The initiator gave up meanwhile: another attempt may follow.
    if (other === undefined) return;
    const binding = crypto.getRandomValues(new Uint8Array(32));
    const mine = new MemoryLink(binding, this.#self, this.#peer, this.#wire);
    const theirs = new MemoryLink(binding.slice(), this.#peer, this.#self, other.#wire);
    mine.join(theirs);
    theirs.join(mine);
    this.#open(mine);
    other.#open(theirs);
  }

  abort(): void {
    this.#fail('link-aborted', 'the link was given up before it opened');
  }

  #open(link: MemoryLink): void {
    this.#settle();
    this.#wire.opened(link);
    this.#resolve(link);
  }

  #fail(code: string, message: string): void {
    if (this.#settled) return;
    this.#settle();
    this.#reject(new GrapevineError(code, message, 'Connect again.'));
  }

  #settle(): void {
    this.#settled = true;
    if (this.#attempt !== undefined) this.#wire.dials.delete(this.#attempt);
  }
}

class MemoryLink extends BaseLink {
  readonly self: SessionId;
  readonly peer: SessionId;
  readonly #wire: Wire;
  #other: MemoryLink | undefined;
  #inFlight: Uint8Array[] = [];
  #queuedBytes = 0;
  #above = false;

  constructor(binding: Uint8Array, self: SessionId, peer: SessionId, wire: Wire) {
    super(binding);
    this.self = self;
    this.peer = peer;
    this.#wire = wire;
  }

  join(other: MemoryLink): void {
    this.#other = other;
  }

  override get queuedBytes(): number {
    return this.#queuedBytes;
  }

  protected override transmit(message: Uint8Array): void {
    this.#inFlight.push(message.slice());
    this.#queuedBytes += message.length;
    if (this.#queuedBytes >= drainedBytes) this.#above = true;
    queueMicrotask(() => this.#carry());
  }

  override quality(): Promise<LinkQuality> {
    return Promise.resolve({ path: 'host', rttMs: undefined });
  }

  override close(): void {
    if (this.ended) return;
    const other = this.#other;
    const last = this.#inFlight;
    this.#drop('closed');
    queueMicrotask(() => {
      for (const message of last) other?.deliver(message);
      other?.lose();
    });
  }

  lose(): void {
    if (!this.ended) this.#drop('lost');
  }

  #carry(): void {
    const message = this.#inFlight.shift();
    if (message === undefined) return;
    this.#queuedBytes -= message.length;
    if (this.#other?.deliver(message) === false) this.#other.close();
    if (!this.#above || this.#queuedBytes >= drainedBytes) return;
    this.#above = false;
    this.onDrain?.();
  }

  #drop(reason: 'lost' | 'closed'): void {
    this.#inFlight = [];
    this.#queuedBytes = 0;
    this.#other = undefined;
    this.#wire.gone(this);
    this.end(reason);
  }
}
