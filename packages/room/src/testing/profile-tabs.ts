import type { PendingLink, Signaling, SignalingEvents, Transport } from '@grapevine/ports';
import type { MemoryNetwork } from '@grapevine/ports/conformance';
import type { SessionId } from '@grapevine/wire';
import { failedDial } from './failed-dial.ts';

interface Dialling {
  self: SessionId;
  peer: SessionId;
  pending: PendingLink;
}

/** The tabs of one browser profile: they find each other and link without a server and signals. */
export class ProfileTabs {
  readonly #network: MemoryNetwork;
  /** So many dials fail at once. */
  failNext = 0;
  readonly #present = new Map<SessionId, SignalingEvents>();
  readonly #dialling = new Set<Dialling>();
  readonly #unheard: { from: SessionId; to: SessionId; signal: Uint8Array }[] = [];

  constructor(network: MemoryNetwork) {
    this.#network = network;
  }

  createIntroducer(): Signaling {
    let own: SessionId | undefined;
    return {
      open: (_topic, self, events) => {
        own = self;
        for (const [id, other] of this.#present) {
          queueMicrotask(() => other.onMembers([self]));
          queueMicrotask(() => events.onMembers([id]));
        }
        this.#present.set(self, events);
        events.onState({ state: 'open' });
      },
      send: (to, data) => {
        const from = own;
        if (from === undefined) return;
        const copy = data.slice();
        queueMicrotask(() => this.#present.get(to)?.onMessage(from, copy));
      },
      sample: () => undefined,
      retryNow: () => undefined,
      close: () => {
        const gone = own;
        own = undefined;
        if (gone === undefined || !this.#present.delete(gone)) return;
        for (const other of this.#present.values()) queueMicrotask(() => other.onAbsent(gone));
      },
    };
  }

  createTransport(): Transport {
    const transport = this.#network.createTransport();
    return {
      name: 'tabs',
      connect: (self, peer) => {
        if (this.failNext > 0) {
          this.failNext--;
          return failedDial(false, () => undefined);
        }
        const pending = transport.connect(self, peer, (signal) => {
          this.#unheard.push({ from: self, to: peer, signal });
          this.#deliver();
        });
        this.#dialling.add({ self, peer, pending });
        queueMicrotask(() => this.#deliver());
        return pending;
      },
      close: () => transport.close(),
    };
  }

  #deliver(): void {
    for (const call of this.#unheard.splice(0)) {
      const end = [...this.#dialling].find(
        ({ self, peer }) => self === call.to && peer === call.from,
      );
      if (!end) this.#unheard.push(call);
      else {
        this.#dialling.delete(end);
        end.pending.receive(call.signal);
      }
    }
  }
}
