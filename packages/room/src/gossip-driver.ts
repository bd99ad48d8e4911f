import type { GossipNode, InEvent, LinkId, OutEvent } from '@grapevine/gossip';
import type { Clock, Link } from '@grapevine/ports';
import type { SessionId } from '@grapevine/wire';
import { report } from './contain.ts';

/** What the core asks for beyond links and timers. Answers come back through `GossipDriver.handle`. */
export type Effects = {
  [Type in Exclude<OutEvent['type'], 'send' | 'close' | 'schedule'>]: (
    effect: Extract<OutEvent, { type: Type }>,
  ) => void;
};

/** An authenticated link the core knows by number. */
interface NumberedLink {
  id: LinkId;
  member: SessionId;
  link: Link;
}

/**
 * Carries out what the sans-IO core decides: frames to links, timers to the clock, the rest to `Effects`. The core never calls out, so an
 * effect that causes an event is handled after the effects before it, in order.
 */
export class GossipDriver {
  readonly #node: GossipNode;
  readonly #clock: Clock;
  readonly #effects: Effects;
  readonly #onGone: (member: SessionId) => void;
  readonly #links = new Map<LinkId, NumberedLink>();
  readonly #timers = new Map<string, () => void>();
  readonly #queue: OutEvent[] = [];
  #draining = false;
  #nextLink = 1;
  #stopped = false;

  /** @param onGone a link has ended, whoever ended it; there may be another to the same member */
  constructor(
    node: GossipNode,
    clock: Clock,
    effects: Effects,
    onGone: (member: SessionId) => void,
  ) {
    this.#node = node;
    this.#clock = clock;
    this.#effects = effects;
    this.#onGone = onGone;
  }

  get node(): GossipNode {
    return this.#node;
  }

  handle(event: InEvent): void {
    if (this.#stopped) return;
    this.#queue.push(...this.#node.handle(event, this.#clock.monotonic()));
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let effect = this.#queue.shift(); effect; effect = this.#queue.shift()) {
        try {
          this.#perform(effect);
        } catch (error) {
          // A bug; it must not hold up the others.
          report(error);
        }
      }
    } finally {
      this.#draining = false;
    }
  }

  /**
   * The handshake on `link` holds: from now on its messages are frames.
   * @param early messages that came behind the handshake
   */
  attach(member: SessionId, link: Link, early: readonly Uint8Array[]): LinkId {
    const id = this.#nextLink++;
    this.#links.set(id, { id, member, link });
    link.onClose = (reason) => this.#gone(id, reason);
    this.handle({ type: 'linkUp', link: id, member });
    const receive = (bytes: Uint8Array) => this.handle({ type: 'frame', link: id, bytes });
    for (const bytes of early) receive(bytes);
    link.onMessage = receive;
    return id;
  }

  links(): Iterable<NumberedLink> {
    return this.#links.values();
  }

  linkTo(member: SessionId): NumberedLink | undefined {
    for (const numbered of this.#links.values()) if (numbered.member === member) return numbered;
    return undefined;
  }

  /** Says goodbye on every link and closes them; a later `handle` of `start` begins anew. */
  leave(): void {
    this.handle({ type: 'leave' });
    for (const { link } of this.#links.values()) link.close();
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #gone(id: LinkId, reason: 'lost' | 'closed'): void {
    const member = this.#links.get(id)?.member;
    if (member === undefined) return;
    this.#links.delete(id);
    this.handle({ type: 'linkDown', link: id, reason });
    this.#onGone(member);
  }

  #perform(effect: OutEvent): void {
    switch (effect.type) {
      case 'send':
        this.#links.get(effect.link)?.link.send(effect.bytes);
        return;
      case 'close':
        this.#links.get(effect.link)?.link.close();
        this.#gone(effect.link, 'closed');
        return;
      case 'schedule':
        this.#schedule(effect.timer, effect.delayMs);
        return;
      default: {
        // The table is keyed by the very type it is looked up with, which the compiler cannot see.
        const perform = this.#effects[effect.type] as (asked: typeof effect) => void;
        perform(effect);
      }
    }
  }

  /** One pending timer a name: scheduling again moves it. */
  #schedule(timer: Extract<OutEvent, { type: 'schedule' }>['timer'], delayMs: number): void {
    this.#timers.get(timer)?.();
    this.#timers.set(
      timer,
      this.#clock.after(delayMs, () => {
        this.#timers.delete(timer);
        this.handle({ type: 'timer', timer });
      }),
    );
  }
}
