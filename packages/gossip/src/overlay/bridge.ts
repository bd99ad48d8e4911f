import { GrapevineError, limits } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import { put } from '../bounded.ts';
import type { Core } from '../core.ts';
import type { MessageOf } from '../frames/message.ts';
import type { Neighbour } from '../links/neighbour.ts';
import { primaryObserver } from '../membership/grounds.ts';
import type { Room } from './band.ts';
import { sample } from './chance.ts';

/**
 * In a room of at most as many, whom no neighbour names is sought over two relays: three neighbours of degree 6 see
 * about as many members between them.
 */
const soughtRoom = 64;
const seekers = 3;
/** What passing on a signal costs beside its bytes. Guess. */
const signalCost = 256;
/** Ways remembered back to members whose signals came over two relays. Guess: more than dials under way. */
const rememberedWays = 64;

/** Who is linked to whom as neighbours tell it, and signals carried over them (O7). */
export class Bridge {
  readonly #core: Core;
  readonly #liveness: Room;
  /** The neighbour a member's last signal came over. */
  readonly #ways = new Map<SessionId, SessionId>();

  constructor(core: Core, liveness: Room) {
    this.#core = core;
    this.#liveness = liveness;
  }

  /** Our neighbours changed. */
  tellAll(): void {
    for (const neighbour of this.#core.active.values()) this.tell(neighbour);
  }

  tell(neighbour: Neighbour): void {
    const staying = [...this.#core.active.values()].filter(({ stays }) => stays);
    neighbour.link.urgent({ type: 'peers', members: staying.map(({ member }) => member) });
  }

  heard(neighbour: Neighbour, members: readonly SessionId[]): void {
    neighbour.peers = new Set(members);
    const { self } = this.#core.settings;
    neighbour.primary = primaryObserver([self, ...members]) === self;
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
    const message = { type: 'signal', from: this.#core.settings.self, to, sealed } as const;
    const near = this.#core.active.get(to) ?? this.#naming(to);
    if (near?.link.signal({ ...message, relays: 0 }) === true) return;
    let sent = false;
    for (const { link } of this.#waysTo(to)) {
      sent = link.signal({ ...message, relays: limits.signalRelays }) || sent;
    }
    if (!sent) this.#core.emit({ type: 'unreachable', to });
  }

  /** For us, for a neighbour, or for a neighbour's neighbour. */
  signalled(neighbour: Neighbour, message: MessageOf<'signal'>): void {
    const { from, to, sealed } = message;
    if (!neighbour.signals.take(this.#core.now, sealed.length + signalCost)) return;
    if (to === this.#core.settings.self) {
      if (from !== neighbour.member) this.#remember(from, neighbour.member);
      this.#core.emit({ type: 'signal', from, bytes: sealed });
      return;
    }
    const first = from === neighbour.member;
    if (!first && !neighbour.peers.has(from)) return;
    const mayGoOn = first && message.relays > 0;
    const next = this.#core.active.get(to) ?? (mayGoOn ? this.#naming(to, from) : undefined);
    next?.link.signal({ ...message, relays: 0, sealed: sealed.slice() });
  }

  /** A random neighbour that names the member, another one on every attempt. */
  #naming(member: SessionId, but?: SessionId): Neighbour | undefined {
    const naming: Neighbour[] = [];
    for (const neighbour of this.#core.active.values()) {
      if (neighbour.member !== but && neighbour.peers.has(member)) naming.push(neighbour);
    }
    return naming[Math.floor(this.#core.settings.random() * naming.length)];
  }

  /**
   * First relays of two: the one its last signal came over, and some that may know another. Anybody can send a signal
   * in its name, so that one alone might lead nowhere.
   */
  #waysTo(member: SessionId): Set<Neighbour> {
    const { active, settings } = this.#core;
    const back = active.get(this.#ways.get(member) ?? member);
    const ways = new Set(back && [back]);
    if (this.#liveness.size > soughtRoom || !this.#liveness.isHere(member)) return ways;
    for (const way of sample(active.values(), seekers, settings.random)) {
      if (ways.size < seekers) ways.add(way);
    }
    return ways;
  }

  #remember(member: SessionId, way: SessionId): void {
    put(this.#ways, member, way, rememberedWays);
  }
}
