import type { Signaling, SignalingEvents } from '@grapevine/ports';
import type { SessionId } from '@grapevine/wire';

/** Members named to a newcomer. The real server's sample has that order of size too. */
const sampleMembers = 9;

interface Guest {
  topic: string;
  self: SessionId;
  events: SignalingEvents;
  isOpen: boolean;
}

/**
 * A signaling server in memory: delivers to whom a message is addressed, names some of the others to
 * whoever asks, and can be out of reach.
 */
export class MeetingPoint {
  readonly #guests = new Set<Guest>();
  /** Everything carried, in order. */
  readonly carried: { from: SessionId; to: SessionId; data: Uint8Array }[] = [];
  /** Does not tell that somebody is not here. */
  isSilent = false;
  #isReachable = true;

  /** One client of it. @param onSelf told each session that opens it */
  connect(onSelf: (self: SessionId) => void = () => undefined): Signaling {
    let guest: Guest | undefined;
    return {
      open: (topic, self, events) => {
        guest = { topic, self, events, isOpen: false };
        this.#guests.add(guest);
        onSelf(self);
        events.onState({ state: 'connecting' });
        this.#welcome(guest);
      },
      send: (to, data) => {
        if (guest?.isOpen) this.#carry(guest, to, data.slice());
      },
      sample: () => {
        if (guest?.isOpen) this.#name(guest);
      },
      retryNow: () => {
        if (guest?.isOpen) this.#name(guest);
      },
      close: () => {
        if (!guest) return;
        const closing = guest;
        guest = undefined;
        closing.isOpen = false;
        this.#guests.delete(closing);
        closing.events.onState({ state: 'closed' });
      },
    };
  }

  /** Whether `self` is here, by what its client says. */
  has(self: SessionId): boolean {
    return [...this.#guests].some((guest) => guest.isOpen && guest.self === self);
  }

  goDown(): void {
    this.#isReachable = false;
    for (const guest of this.#guests) {
      guest.isOpen = false;
      guest.events.onState({ state: 'connecting' });
    }
  }

  comeBack(): void {
    this.#isReachable = true;
    for (const guest of this.#guests) this.#welcome(guest);
  }

  /** Says no to everybody, with a reason. */
  refuse(reason: string): void {
    this.#isReachable = false;
    for (const guest of this.#guests) {
      guest.isOpen = false;
      guest.events.onState({ state: 'refused', reason });
    }
  }

  /** Delivers bytes as if `from` had sent them: the server is not trusted. */
  forge(from: SessionId, to: SessionId, data: Uint8Array): void {
    this.#find(to)?.events.onMessage(from, data);
  }

  /** Names members to `to`, whether they exist or not. */
  pretend(to: SessionId, members: readonly SessionId[]): void {
    this.#find(to)?.events.onMembers(members);
  }

  #welcome(guest: Guest): void {
    queueMicrotask(() => {
      if (!this.#isReachable || guest.isOpen || !this.#guests.has(guest)) return;
      guest.isOpen = true;
      guest.events.onState({ state: 'open' });
      this.#name(guest);
    });
  }

  #name(guest: Guest): void {
    const others = [...this.#guests].filter(
      (other) => other !== guest && other.isOpen && other.topic === guest.topic,
    );
    guest.events.onMembers(others.slice(-sampleMembers).map(({ self }) => self));
  }

  #carry(guest: Guest, to: SessionId, data: Uint8Array): void {
    this.carried.push({ from: guest.self, to, data });
    queueMicrotask(() => {
      if (!guest.isOpen) return;
      const receiver = this.#find(to);
      if (receiver?.topic === guest.topic) receiver.events.onMessage(guest.self, data);
      else if (!this.isSilent) guest.events.onAbsent(to);
    });
  }

  #find(self: SessionId): Guest | undefined {
    return [...this.#guests].find((guest) => guest.isOpen && guest.self === self);
  }
}
