import type { Clock, Link, PendingLink, Random, Transport } from '@grapevine/ports';
import type { Crypto, RoomKeys, Session, SignalKind } from '@grapevine/replica';
import { Handshake, ReplayCheck, openSignal, sealSignal, signalKind } from '@grapevine/replica';
import { equalBytes, GrapevineError, limits, type AuthorId, type SessionId } from '@grapevine/wire';
import { fraction } from '../browser-host.ts';
import type { Problems } from '../problems.ts';
import { authenticate } from './authenticate.ts';

/** How an introduction travels: through a common neighbour, between tabs of this profile, through the server. */
export type Route = 'mesh' | 'tabs' | 'server';

export interface ConnectorOptions {
  session: Session;
  keys: RoomKeys;
  crypto: Crypto;
  clock: Clock;
  random: Random;
  problems: Problems;
  webrtc: Transport | undefined;
  tabs: Transport | undefined;
  /** @returns false where that route leads nowhere just now */
  send(route: Route, to: SessionId, sealed: Uint8Array): boolean;
  isLinked(member: SessionId): boolean;
  /** Members linked now. */
  linkCount(): number;
  onLink(linked: {
    member: SessionId;
    author: AuthorId;
    link: Link;
    transport: Transport['name'];
    early: readonly Uint8Array[];
  }): void;
  onChange(): void;
}

interface Dial {
  attempt: Uint8Array;
  sequence: number;
  route: Route;
  /** Undefined while we have only knocked. */
  pending: PendingLink | undefined;
  /** Orders what is sealed: encryption is asynchronous, signals are a sequence. */
  outbound: Promise<void>;
  startedAtMs: number;
}

interface Peer {
  id: SessionId;
  routes: Set<Route>;
  dial: Dial | undefined;
  /** The dial that became the link in use: its signals restart ICE when the path changes. */
  opened: Dial | undefined;
  failures: number;
  cancelRetry: (() => void) | undefined;
  cancelTabs: (() => void) | undefined;
  inbound: Promise<void>;
}

/** DESIGN section 4: a tab that WebRTC does not reach within this is linked over BroadcastChannel itself. */
const tabsFallbackMs = 2_000;
/** An unanswered knock. Source: guess, four round trips of a slow mobile network. */
const knockTimeoutMs = 4_000;
/** research/peers.md 6.3: backoff per peer 1 to 60 s, jittered; the first retry is quick because most losses are passing. */
const retryMinMs = 500;
const retryMaxMs = 60_000;
/** Peers worth remembering; the server is not trusted to be modest. */
const peersMax = 256;
const refusedRetryMs = 20_000;

/**
 * Decides whom to link to and carries introductions: the lower session id dials, the higher knocks (S2); what either says is sealed (S1). Full mesh up to
 * `limits.linkedMembers` (G9).
 */
export class Connector {
  readonly #options: ConnectorOptions;
  readonly #peers = new Map<SessionId, Peer>();
  readonly #replays = new ReplayCheck();
  #running = false;

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    for (const peer of this.#peers.values()) this.#consider(peer);
  }

  /** Aborts what is being dialled. Links stay: they are the driver's. */
  stop(): void {
    this.#running = false;
    for (const peer of this.#peers.values()) this.#settle(peer);
  }

  /** Links being made. */
  get dialling(): number {
    let count = 0;
    for (const { dial } of this.#peers.values()) if (dial) count++;
    return count;
  }

  /** Somebody says that `member` is here. */
  introduce(member: SessionId, route: Route): void {
    if (member === this.#options.session.id) return;
    const peer = this.#peer(member);
    if (!peer) return;
    peer.routes.add(route);
    this.#consider(peer);
  }

  /** That route does not lead there (any more). */
  absent(member: SessionId, route: Route): void {
    const peer = this.#peers.get(member);
    if (!peer) return;
    peer.routes.delete(route);
    if (peer.dial?.route === route) this.#failed(peer);
    if (peer.routes.size === 0 && !peer.dial) this.#peers.delete(member);
  }

  /** It said goodbye: whoever greets us under that name again is introduced again. */
  forget(member: SessionId): void {
    const peer = this.#peers.get(member);
    if (!peer) return;
    this.#settle(peer);
    this.#peers.delete(member);
    this.reconsider();
  }

  /** A link went: a place is free, and the member may still be there. */
  lost(member: SessionId): void {
    const peer = this.#peers.get(member);
    if (peer) {
      peer.opened = undefined;
      this.#retryLater(peer);
    }
    this.reconsider();
  }

  /** Tries everybody again that could not be linked (a place is free, the network is back). */
  reconsider(hurry = false): void {
    for (const peer of this.#peers.values()) {
      if (hurry) {
        peer.cancelRetry?.();
        peer.cancelRetry = undefined;
        peer.failures = 0;
      }
      this.#consider(peer);
    }
  }

  /** A sealed introduction arrived. What does not open was not meant for this room: it is dropped. */
  receive(from: SessionId, sealed: Uint8Array, route: Route): void {
    if (!this.#running || from === this.#options.session.id) return;
    const peer = this.#peer(from);
    if (!peer) return;
    const { crypto, keys, session } = this.#options;
    peer.inbound = peer.inbound.then(async () => {
      const signal = await openSignal({ crypto, keys, from, to: session.id }, sealed);
      if (!signal || !this.#running || !this.#replays.isNew(from, signal)) return;
      peer.routes.add(route);
      switch (signal.kind) {
        case signalKind.knock:
          return this.#knocked(peer, route);
        case signalKind.signal:
          return this.#signalled(peer, route, signal.attempt, signal.content);
        case signalKind.refuse:
          return this.#refused(peer);
      }
    });
  }

  #peer(id: SessionId): Peer | undefined {
    const known = this.#peers.get(id);
    if (known) return known;
    if (this.#peers.size >= peersMax) return undefined;
    const peer: Peer = {
      id,
      routes: new Set(),
      dial: undefined,
      opened: undefined,
      failures: 0,
      cancelRetry: undefined,
      cancelTabs: undefined,
      inbound: Promise.resolve(),
    };
    this.#peers.set(id, peer);
    return peer;
  }

  get #full(): boolean {
    return this.#options.linkCount() + this.dialling >= limits.linkedMembers - 1;
  }

  #initiates(peer: Peer): boolean {
    return this.#options.session.id < peer.id;
  }

  #consider(peer: Peer): void {
    if (!this.#running || peer.dial || peer.cancelRetry || peer.routes.size === 0) return;
    if (this.#options.isLinked(peer.id) || this.#full) return;
    this.#planTabs(peer);
    if (!this.#options.webrtc) return;
    const route = this.#route(peer);
    if (this.#initiates(peer)) this.#open(peer, route, this.#options.random.bytes(8));
    else this.#knock(peer, route);
  }

  /** The nearest route first (S3); after a failure the next one. */
  #route(peer: Peer): Route {
    const order: readonly Route[] = ['mesh', 'tabs', 'server'];
    const known = order.filter((route) => peer.routes.has(route));
    return known[peer.failures % known.length] ?? 'server';
  }

  #knock(peer: Peer, route: Route): void {
    const dial = this.#begin(peer, route, this.#options.random.bytes(8));
    this.#say(peer, dial, signalKind.knock, new Uint8Array());
    this.#expire(peer, dial);
  }

  #open(peer: Peer, route: Route, attempt: Uint8Array): void {
    const { webrtc, session } = this.#options;
    if (!webrtc) return;
    const dial = this.#begin(peer, route, attempt);
    const pending = webrtc.connect(session.id, peer.id, (bytes) =>
      this.#say(peer, dial, signalKind.signal, bytes),
    );
    dial.pending = pending;
    void this.#finish(peer, dial, pending, webrtc.name);
  }

  #begin(peer: Peer, route: Route, attempt: Uint8Array): Dial {
    peer.dial?.pending?.abort();
    const startedAtMs = this.#options.clock.monotonic();
    const outbound = Promise.resolve();
    peer.dial = { attempt, sequence: 0, route, pending: undefined, outbound, startedAtMs };
    this.#options.onChange();
    return peer.dial;
  }

  #expire(peer: Peer, dial: Dial): void {
    this.#options.clock.after(knockTimeoutMs, () => {
      if (peer.dial === dial && !dial.pending) this.#failed(peer);
    });
  }

  async #finish(peer: Peer, dial: Dial | undefined, pending: PendingLink, name: Transport['name']) {
    const { session, keys, crypto, random, clock, problems } = this.#options;
    try {
      const link = await pending.opened;
      const { binding } = link;
      const handshake = new Handshake({ session, keys, crypto, random, peer: peer.id, binding });
      const { author, early } = await authenticate(link, handshake, clock);
      problems.clear('link-failed', peer.id);
      problems.clear('room-full');
      if (peer.dial === dial) peer.dial = undefined;
      this.#settle(peer);
      peer.opened = dial;
      peer.failures = 0;
      this.#options.onLink({ member: peer.id, author, link, transport: name, early });
    } catch (error) {
      if (dial && peer.dial !== dial) return;
      if (error instanceof GrapevineError && error.code === 'link-failed' && peer.failures > 0) {
        const { message, action } = error;
        problems.raise({ code: 'link-failed', message, action }, peer.id);
      }
      if (dial) this.#failed(peer);
    }
  }

  /** DESIGN section 4: BroadcastChannel carries the link itself where WebRTC does not form one. */
  #planTabs(peer: Peer): void {
    const { tabs, webrtc, session, clock } = this.#options;
    if (!tabs || peer.cancelTabs || !peer.routes.has('tabs')) return;
    peer.cancelTabs = clock.after(webrtc ? tabsFallbackMs : 0, () => {
      peer.cancelTabs = undefined;
      if (!this.#running || this.#options.isLinked(peer.id)) return;
      const pending = tabs.connect(session.id, peer.id, () => undefined);
      void this.#finish(peer, undefined, pending, tabs.name);
    });
  }

  #knocked(peer: Peer, route: Route): void {
    if (!this.#initiates(peer)) return;
    if (peer.dial && this.#options.clock.monotonic() - peer.dial.startedAtMs < knockTimeoutMs)
      return;
    if (this.#full && !peer.dial) return this.#refuse(peer, route);
    peer.cancelRetry?.();
    peer.cancelRetry = undefined;
    this.#planTabs(peer);
    this.#open(peer, route, this.#options.random.bytes(8));
  }

  #signalled(peer: Peer, route: Route, attempt: Uint8Array, content: Uint8Array): void {
    const belongs = (dial: Dial | undefined) => dial && equalBytes(dial.attempt, attempt);
    if (belongs(peer.opened)) return peer.opened?.pending?.receive(content);
    if (!peer.dial?.pending || !belongs(peer.dial)) {
      // Only the initiator starts an attempt; anything else belongs to one that is over.
      if (this.#initiates(peer)) return;
      if (this.#full && !peer.dial) return this.#refuse(peer, route);
      peer.cancelRetry?.();
      peer.cancelRetry = undefined;
      this.#planTabs(peer);
      this.#open(peer, route, attempt);
    }
    peer.dial?.pending?.receive(content);
  }

  #refuse(peer: Peer, route: Route): void {
    const attempt = this.#options.random.bytes(8);
    const outbound = Promise.resolve();
    const dial = { attempt, sequence: 0, route, pending: undefined, outbound, startedAtMs: 0 };
    this.#say(peer, dial, signalKind.refuse, Uint8Array.of(1));
  }

  #refused(peer: Peer): void {
    this.#settle(peer);
    if (this.#options.linkCount() === 0) {
      this.#options.problems.raise({
        code: 'room-full',
        message: `The room is full: ${limits.linkedMembers} members are linked already.`,
        action: 'Keep the page open: it joins when somebody leaves.',
      });
    }
    this.#retryAfter(peer, refusedRetryMs * (1 + fraction(this.#options.random)));
  }

  #say(peer: Peer, dial: Dial, kind: SignalKind, content: Uint8Array): void {
    const { crypto, keys, session, random } = this.#options;
    const sequence = dial.sequence++;
    dial.outbound = dial.outbound.then(async () => {
      const { attempt, route } = dial;
      const how = { crypto, keys, random, from: session.id, to: peer.id };
      const sealed = await sealSignal(how, { kind, attempt, sequence, content });
      if (!this.#options.send(route, peer.id, sealed)) this.absent(peer.id, route);
    });
  }

  #failed(peer: Peer): void {
    this.#settle(peer);
    peer.failures++;
    this.#retryLater(peer);
  }

  #retryLater(peer: Peer): void {
    const ceiling = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(peer.failures, 10));
    this.#retryAfter(peer, ceiling * (0.2 + 0.8 * fraction(this.#options.random)));
  }

  #retryAfter(peer: Peer, delayMs: number): void {
    peer.cancelRetry?.();
    peer.cancelRetry = this.#options.clock.after(delayMs, () => {
      peer.cancelRetry = undefined;
      this.#consider(peer);
    });
    this.#options.onChange();
  }

  /** Nothing is under way to `peer` any more. */
  #settle(peer: Peer): void {
    const { dial } = peer;
    peer.dial = undefined;
    dial?.pending?.abort();
    peer.cancelTabs?.();
    peer.cancelTabs = undefined;
    peer.cancelRetry?.();
    peer.cancelRetry = undefined;
    this.#options.onChange();
  }
}
