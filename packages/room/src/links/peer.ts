import type { PendingLink } from '@grapevine/ports';
import type { SignalKind } from '@grapevine/replica';
import type { SessionId } from '@grapevine/wire';

/** How an introduction travels: through neighbours, between tabs of this profile, through the server. */
export type Route = 'mesh' | 'tabs' | 'server';

/** One try to link to somebody by WebRTC, or a knock. */
export interface Dial {
  attempt: Uint8Array;
  route: Route;
  /** Those to be tried yet, the nearest first. */
  routes: Route[];
  sequence: number;
  /** All that was said, to be said again over the next route; the other side drops what it knows. */
  said: { kind: SignalKind; sequence: number; content: Uint8Array }[];
  /** The other side has spoken in this attempt. */
  answered: boolean;
  /** The server, or the tabs, say that it is not here. */
  isAbsent: boolean;
  /** Undefined while we have only knocked. */
  pending: PendingLink | undefined;
  /** Orders what is sealed: encryption is asynchronous, signals are a sequence. */
  outbound: Promise<void>;
  startedAtMs: number;
  cancelExpiry: (() => void) | undefined;
}

/** A member a link is made to, or that is linked. */
export interface Peer {
  id: SessionId;
  /** The core waits to hear what became of its dial. */
  wanted: boolean;
  dial: Dial | undefined;
  /** The dial over BroadcastChannel. */
  tabs: PendingLink | undefined;
  cancelTabs: (() => void) | undefined;
  /** The dial that became the link in use: its signals restart ICE when the path changes. */
  opened: Dial | undefined;
  /** When the link in use opened. */
  linkedAtMs: number;
  inbound: Promise<void>;
}

/** Peers at a time; whoever has the link can knock under any number of names. Source: guess. */
const peersMax = 256;

export class Peers {
  readonly #peers = new Map<SessionId, Peer>();
  readonly #isBusy: (peer: Peer) => boolean;

  /** @param isBusy it may not be forgotten */
  constructor(isBusy: (peer: Peer) => boolean) {
    this.#isBusy = isBusy;
  }

  /** Members to whom a link is being made. */
  get dialling(): number {
    let count = 0;
    for (const peer of this.#peers.values()) if (isDialling(peer)) count++;
    return count;
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

  #makeRoom(): boolean {
    for (const peer of this.#peers.values()) {
      if (!this.#isBusy(peer)) return this.#peers.delete(peer.id);
    }
    return false;
  }
}

export function isDialling({ dial, tabs, cancelTabs }: Peer): boolean {
  return dial !== undefined || tabs !== undefined || cancelTabs !== undefined;
}

/** @param routes to be tried in this order; there is at least one */
export function newDial(
  attempt: Uint8Array,
  [route = 'server', ...routes]: readonly Route[],
  startedAtMs: number,
): Dial {
  return {
    attempt,
    route,
    routes,
    sequence: 0,
    said: [],
    answered: false,
    isAbsent: false,
    pending: undefined,
    outbound: Promise.resolve(),
    startedAtMs,
    cancelExpiry: undefined,
  };
}

function newPeer(id: SessionId): Peer {
  return {
    id,
    wanted: false,
    dial: undefined,
    tabs: undefined,
    cancelTabs: undefined,
    opened: undefined,
    linkedAtMs: 0,
    inbound: Promise.resolve(),
  };
}
