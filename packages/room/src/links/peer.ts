import type { PendingLink } from '@grapevine/ports';
import type { SessionId } from '@grapevine/wire';

/** How an introduction travels: through a common neighbour, between tabs of this profile, through the server. */
export type Route = 'mesh' | 'tabs' | 'server';

/** One try to link to somebody by WebRTC, or a knock. */
export interface Dial {
  attempt: Uint8Array;
  sequence: number;
  route: Route;
  /** Undefined while we have only knocked. */
  pending: PendingLink | undefined;
  /** Orders what is sealed: encryption is asynchronous, signals are a sequence. */
  outbound: Promise<void>;
  startedAtMs: number;
  /** Of a knock. */
  cancelExpiry: (() => void) | undefined;
}

/** A member that may be linked to. */
export interface Peer {
  id: SessionId;
  routes: Set<Route>;
  dial: Dial | undefined;
  /** The dial over BroadcastChannel. */
  tabs: PendingLink | undefined;
  /** The dial that became the link in use: its signals restart ICE when the path changes. */
  opened: Dial | undefined;
  /** When the link in use opened. */
  linkedAtMs: number;
  failures: number;
  /** It had no place for us. */
  refused: boolean;
  /** It has spoken to us with the room's key: it is more than a name. */
  heard: boolean;
  cancelRetry: (() => void) | undefined;
  cancelTabs: (() => void) | undefined;
  inbound: Promise<void>;
}

/** Peers worth remembering; nobody who names members is trusted to be modest. Source: guess. */
const peersMax = 256;

/** Who may be linked to. Names cost nothing, so they must not keep out members that are here. */
export class Peers {
  readonly #peers = new Map<SessionId, Peer>();
  readonly #isBusy: (peer: Peer) => boolean;
  readonly #drop: (peer: Peer) => void;

  /**
   * @param isBusy it may not be forgotten
   * @param drop forgets it
   */
  constructor(isBusy: (peer: Peer) => boolean, drop: (peer: Peer) => void) {
    this.#isBusy = isBusy;
    this.#drop = drop;
  }

  /** Members to whom a link is being made. */
  get dialling(): number {
    return this.#count(isDialling);
  }

  /** Members to whom a link will be tried again. */
  get waiting(): number {
    return this.#count((peer) => !isDialling(peer) && peer.cancelRetry !== undefined);
  }

  /** Members that had no place for us. */
  get refusals(): number {
    return this.#count(({ refused }) => refused);
  }

  get(id: SessionId): Peer | undefined {
    return this.#peers.get(id);
  }

  all(): Iterable<Peer> {
    return this.#peers.values();
  }

  /** @returns undefined where there are too many */
  open(id: SessionId): Peer | undefined {
    const known = this.#peers.get(id);
    if (known) return known;
    if (this.#peers.size >= peersMax && !this.#makeRoom()) return undefined;
    const peer = newPeer(id);
    this.#peers.set(id, peer);
    return peer;
  }

  /** Takes back one that was forgotten meanwhile. */
  keep(peer: Peer): void {
    this.#peers.set(peer.id, peer);
  }

  delete(peer: Peer): void {
    if (this.#peers.get(peer.id) === peer) this.#peers.delete(peer.id);
  }

  /** Forgets whoever was dialled in vain most often. */
  #makeRoom(): boolean {
    let worst: Peer | undefined;
    for (const peer of this.#peers.values()) {
      if (this.#isBusy(peer)) continue;
      if (!worst || peer.failures > worst.failures) worst = peer;
    }
    if (worst) this.#drop(worst);
    return worst !== undefined;
  }

  #count(is: (peer: Peer) => boolean): number {
    let count = 0;
    for (const peer of this.#peers.values()) if (is(peer)) count++;
    return count;
  }
}

export function isDialling({ dial, tabs }: Peer): boolean {
  return dial !== undefined || tabs !== undefined;
}

export function newDial(attempt: Uint8Array, route: Route, startedAtMs: number): Dial {
  return {
    attempt,
    sequence: 0,
    route,
    pending: undefined,
    outbound: Promise.resolve(),
    startedAtMs,
    cancelExpiry: undefined,
  };
}

function newPeer(id: SessionId): Peer {
  return {
    id,
    routes: new Set(),
    dial: undefined,
    tabs: undefined,
    opened: undefined,
    linkedAtMs: 0,
    failures: 0,
    refused: false,
    heard: false,
    cancelRetry: undefined,
    cancelTabs: undefined,
    inbound: Promise.resolve(),
  };
}
