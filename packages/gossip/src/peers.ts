import { GrapevineError, limits } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import type { Core } from './core.ts';
import type { MessageOf } from './message.ts';
import type { Neighbour } from './neighbour.ts';

/**
 * Who is linked to whom as neighbours tell it, and signals carried over one common neighbour (S3).
 */
export class Peers {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Our neighbours changed. */
  tellAll(): void {
    for (const neighbour of this.#core.active.values()) this.tell(neighbour);
  }

  tell(neighbour: Neighbour): void {
    neighbour.link.urgent({ type: 'peers', members: [...this.#core.active.keys()] });
  }

  heard(neighbour: Neighbour, members: readonly SessionId[]): void {
    neighbour.peers = new Set(members);
    const unlinked = [...neighbour.peers].filter((member) => this.#isUnlinked(member));
    if (unlinked.length > 0) this.#core.emit({ type: 'heardOf', members: unlinked });
  }

  lost(member: SessionId): void {
    if (this.#via(member) === undefined) return;
    this.#core.emit({ type: 'heardOf', members: [member] });
  }

  /** Throws `signal-too-large` beyond `limits.sealedSignalBytes`. */
  signal(to: SessionId, sealed: Uint8Array): void {
    if (sealed.length > limits.sealedSignalBytes) {
      throw new GrapevineError(
        'signal-too-large',
        `A signal of ${sealed.length} bytes was to be sent; ${limits.sealedSignalBytes} are allowed.`,
        'Send fewer candidates at once.',
      );
    }
    const next = this.#core.active.get(to) ?? this.#via(to);
    const message = { type: 'signal', from: this.#core.settings.self, to, sealed } as const;
    if (next?.link.signal(message) !== true) this.#core.emit({ type: 'unreachable', to });
  }

  /** For us, or from a neighbour for a neighbour; carried over one hop only. */
  signalled(neighbour: Neighbour, message: MessageOf<'signal'>): void {
    const { from, to, sealed } = message;
    if (to === this.#core.settings.self) {
      this.#core.emit({ type: 'signal', from, bytes: sealed });
    } else if (from === neighbour.member) {
      this.#core.active.get(to)?.link.signal({ ...message, sealed: sealed.slice() });
    }
  }

  #via(member: SessionId): Neighbour | undefined {
    for (const neighbour of this.#core.active.values()) {
      if (neighbour.peers.has(member)) return neighbour;
    }
    return undefined;
  }

  #isUnlinked(member: SessionId): boolean {
    return member !== this.#core.settings.self && !this.#core.active.has(member);
  }
}
