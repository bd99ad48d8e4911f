import type { Clock, Link, PendingLink, Random, Transport } from '@grapevine/ports';
import type { Crypto, RoomKeys, Session, SignalKind } from '@grapevine/replica';
import { Handshake, signalKind } from '@grapevine/replica';
import { equalBytes, GrapevineError, limits, type AuthorId, type SessionId } from '@grapevine/wire';
import { contain, report } from '../contain.ts';
import type { Problems } from '../problems.ts';
import { authenticate } from './authenticate.ts';
import { failuresAfter, refusedDelayMs, retryDelayMs } from './backoff.ts';
import { LinkProblems } from './link-problems.ts';
import { isDialling, newDial, Peers, type Dial, type Peer, type Route } from './peer.ts';
import { SealedExchange } from './sealed-exchange.ts';

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

/** A tab that WebRTC does not reach within this is linked over BroadcastChannel itself. Source: measured, without a network interface Chromium gathers no candidates and never says so. */
const tabsFallbackMs = 2_000;
/** An unanswered knock. Source: guess, four round trips of a slow mobile network. */
const knockTimeoutMs = 4_000;

/**
 * Decides whom to link to and carries introductions: the lower session id dials, the higher knocks (S2); what either says is sealed (S1). Full mesh up to
 * `limits.linkedMembers` (G9).
 */
export class Connector {
  readonly #options: ConnectorOptions;
  readonly #peers: Peers;
  readonly #problems: LinkProblems;
  readonly #exchange: SealedExchange;
  #running = false;

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#exchange = new SealedExchange(options);
    this.#problems = new LinkProblems(options.problems);
    this.#peers = new Peers(
      (peer) => isDialling(peer) || options.isLinked(peer.id),
      (peer) => this.#drop(peer),
    );
  }

  start(): void {
    this.#running = true;
    for (const peer of this.#peers.all()) this.#consider(peer);
  }

  /** Aborts what is being dialled. Links stay: they are the driver's. */
  stop(): void {
    this.#running = false;
    for (const peer of this.#peers.all()) this.#settle(peer);
  }

  /** Members to whom a link is being made. */
  get dialling(): number {
    return this.#peers.dialling;
  }

  /** Members to whom a link will be tried again. */
  get waiting(): number {
    return this.#peers.waiting;
  }

  /** Somebody says that `member` is here. */
  introduce(member: SessionId, route: Route): void {
    if (member === this.#options.session.id) return;
    const peer = this.#peers.open(member);
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
    this.#dropIdle(peer);
  }

  /** It said goodbye: whoever greets us under that name again is introduced again. */
  forget(member: SessionId): void {
    const peer = this.#peers.get(member);
    if (!peer) return;
    this.#drop(peer);
    this.reconsider();
  }

  /** The last link to it went: a place is free, and the member may still be there. */
  lost(member: SessionId): void {
    if (!this.#running) return;
    const peer = this.#peers.get(member);
    if (peer) {
      const lastedMs = this.#options.clock.monotonic() - peer.linkedAtMs;
      peer.opened = undefined;
      peer.failures = failuresAfter(lastedMs, peer.failures);
      this.#retryLater(peer);
      this.#dropIdle(peer);
    }
    this.reconsider();
  }

  /** Tries everybody again that could not be linked (a place is free, the network is back). */
  reconsider(hurry = false): void {
    for (const peer of this.#peers.all()) {
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
    const peer = this.#peers.open(from);
    if (!peer) return;
    // One signal that cannot be dealt with must not be the last.
    peer.inbound = peer.inbound.then(() => this.#received(peer, sealed, route)).catch(report);
  }

  async #received(peer: Peer, sealed: Uint8Array, route: Route): Promise<void> {
    const signal = await this.#exchange.open(peer.id, sealed);
    if (!signal || !this.#running) return this.#dropIdle(peer);
    // Forgotten while it was being opened: it is here all the same.
    const known = this.#peers.get(peer.id);
    if (!known) this.#peers.keep(peer);
    else if (known !== peer) return;
    peer.routes.add(route);
    peer.heard = true;
    switch (signal.kind) {
      case signalKind.knock:
        return this.#knocked(peer, route);
      case signalKind.signal:
        return this.#signalled(peer, route, signal.attempt, signal.content);
      case signalKind.refuse:
        return this.#refused(peer);
    }
  }

  /** No place is left but one that `peer` has itself. */
  #isFull(peer: Peer): boolean {
    const dialling = this.dialling - (isDialling(peer) ? 1 : 0);
    return this.#options.linkCount() + dialling >= limits.linkedMembers - 1;
  }

  /** Whoever speaks goes before those that are dialled because somebody named them. */
  #makePlace(peer: Peer): boolean {
    for (const other of this.#peers.all()) {
      if (!this.#isFull(peer)) return true;
      if (other !== peer && other.dial && !other.heard) this.#giveUp(other);
    }
    return !this.#isFull(peer);
  }

  #initiates(peer: Peer): boolean {
    return this.#options.session.id < peer.id;
  }

  #consider(peer: Peer): void {
    if (!this.#running || peer.dial || peer.cancelRetry || peer.routes.size === 0) return;
    if (this.#options.isLinked(peer.id) || this.#isFull(peer)) return;
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
    // It deals with what fails.
    void this.#finish(peer, dial, pending, webrtc.name);
  }

  #begin(peer: Peer, route: Route, attempt: Uint8Array): Dial {
    this.#endDial(peer);
    const dial = newDial(attempt, route, this.#options.clock.monotonic());
    peer.dial = dial;
    this.#options.onChange();
    return dial;
  }

  #expire(peer: Peer, dial: Dial): void {
    dial.cancelExpiry = this.#options.clock.after(knockTimeoutMs, () => {
      if (peer.dial === dial && !dial.pending) this.#failed(peer);
    });
  }

  async #finish(peer: Peer, dial: Dial | undefined, pending: PendingLink, name: Transport['name']) {
    const { session, keys, crypto, random, clock } = this.#options;
    try {
      const link = await pending.opened;
      const { binding } = link;
      const handshake = new Handshake({ session, keys, crypto, random, peer: peer.id, binding });
      const { author, early, hasEnded } = await authenticate(link, handshake, clock);
      if (!this.#running) return link.close();
      if (hasEnded()) throw new GrapevineError('link-lost', 'The link broke at once.', 'Wait.');
      this.#linked(peer, dial);
      const linked = { member: peer.id, author, link, transport: name, early };
      contain(() => this.#options.onLink(linked));
    } catch (error) {
      if (dial ? peer.dial !== dial : peer.tabs !== pending) return;
      if (dial) this.#problems.failed(peer.id, error, peer.failures > 0);
      else peer.tabs = undefined;
      if (dial ?? !(peer.dial ?? peer.cancelRetry)) this.#failed(peer);
    }
  }

  #linked(peer: Peer, dial: Dial | undefined): void {
    // Its signals go on for as long as the link lives.
    if (dial && peer.dial === dial) peer.dial = undefined;
    dial?.cancelExpiry?.();
    this.#settle(peer);
    this.#peers.keep(peer);
    peer.opened = dial ?? peer.opened;
    peer.linkedAtMs = this.#options.clock.monotonic();
    this.#problems.over(peer.id);
    this.#problems.notFull();
  }

  /** BroadcastChannel carries the link itself where WebRTC does not form one. */
  #planTabs(peer: Peer): void {
    const { tabs, webrtc, session, clock } = this.#options;
    if (!tabs || peer.cancelTabs || peer.tabs || !peer.routes.has('tabs')) return;
    peer.cancelTabs = clock.after(webrtc ? tabsFallbackMs : 0, () => {
      peer.cancelTabs = undefined;
      if (!this.#running || this.#options.isLinked(peer.id) || this.#isFull(peer)) return;
      const pending = tabs.connect(session.id, peer.id, () => undefined);
      peer.tabs = pending;
      // It deals with what fails.
      void this.#finish(peer, undefined, pending, tabs.name);
      this.#options.onChange();
    });
  }

  #knocked(peer: Peer, route: Route): void {
    if (!this.#initiates(peer)) return;
    const { clock } = this.#options;
    const linkedAtMs = this.#options.isLinked(peer.id) ? peer.linkedAtMs : -Infinity;
    const since = peer.dial?.startedAtMs ?? linkedAtMs;
    if (clock.monotonic() - since < knockTimeoutMs) return;
    if (!this.#makePlace(peer)) return this.#refuse(peer, route);
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
      if (!this.#makePlace(peer)) return this.#refuse(peer, route);
      peer.cancelRetry?.();
      peer.cancelRetry = undefined;
      this.#planTabs(peer);
      this.#open(peer, route, attempt);
    }
    peer.dial?.pending?.receive(content);
  }

  #refuse(peer: Peer, route: Route): void {
    const dial = newDial(this.#options.random.bytes(8), route, 0);
    this.#say(peer, dial, signalKind.refuse, Uint8Array.of(1));
  }

  #refused(peer: Peer): void {
    if (!peer.dial || this.#options.isLinked(peer.id)) return;
    this.#endDial(peer);
    peer.refused = true;
    if (this.#options.linkCount() === 0) this.#problems.full();
    this.#retryAfter(peer, refusedDelayMs(this.#options.random));
    this.reconsider();
  }

  #say(peer: Peer, dial: Dial, kind: SignalKind, content: Uint8Array): void {
    const { attempt, route } = dial;
    const signal = { kind, attempt, sequence: dial.sequence++, content };
    dial.outbound = dial.outbound
      .then(async () => {
        const sealed = await this.#exchange.seal(peer.id, signal);
        if (!this.#running) return;
        if (!this.#options.send(route, peer.id, sealed)) this.absent(peer.id, route);
      })
      .catch(() => {
        // Too large for that route, or nobody to carry it: another may do.
        if (peer.dial === dial) this.#failed(peer);
      });
  }

  /** A place is free: somebody else may have it while this one waits. */
  #failed(peer: Peer): void {
    this.#giveUp(peer);
    this.reconsider();
  }

  #giveUp(peer: Peer): void {
    this.#endDial(peer);
    peer.failures++;
    peer.refused = false;
    if (this.#peers.refusals === 0) this.#problems.notFull();
    this.#retryLater(peer);
  }

  #retryLater(peer: Peer): void {
    this.#retryAfter(peer, retryDelayMs(peer.failures, this.#options.random));
  }

  #retryAfter(peer: Peer, delayMs: number): void {
    peer.cancelRetry?.();
    peer.cancelRetry = undefined;
    if (!this.#running) return;
    peer.cancelRetry = this.#options.clock.after(delayMs, () => {
      peer.cancelRetry = undefined;
      this.#consider(peer);
    });
    this.#options.onChange();
  }

  #endDial(peer: Peer): void {
    const { dial } = peer;
    peer.dial = undefined;
    dial?.pending?.abort();
    dial?.cancelExpiry?.();
  }

  /** Nothing is under way to `peer` any more. */
  #settle(peer: Peer): void {
    this.#endDial(peer);
    const { tabs } = peer;
    peer.tabs = undefined;
    tabs?.abort();
    peer.refused = false;
    peer.cancelTabs?.();
    peer.cancelTabs = undefined;
    peer.cancelRetry?.();
    peer.cancelRetry = undefined;
    this.#options.onChange();
  }

  /** No way leads there, nothing is under way, and no link needs its signals. */
  #dropIdle(peer: Peer): void {
    if (peer.routes.size > 0 || peer.dial || this.#options.isLinked(peer.id)) return;
    if (this.#peers.get(peer.id) === peer) this.#drop(peer);
  }

  #drop(peer: Peer): void {
    this.#settle(peer);
    this.#peers.delete(peer);
    this.#problems.over(peer.id);
    if (this.#peers.refusals === 0) this.#problems.notFull();
  }
}
