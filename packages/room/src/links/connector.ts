import type { Clock, Link, PendingLink, Random, Transport } from '@grapevine/ports';
import type { Crypto, RoomKeys, Session, Signal, SignalKind } from '@grapevine/replica';
import { Handshake, signalKind } from '@grapevine/replica';
import { equalBytes, GrapevineError, type SessionId } from '@grapevine/wire';
import { contain, report } from '../contain.ts';
import type { Problems } from '../problems.ts';
import { authenticate } from './authenticate.ts';
import { LinkProblems } from './link-problems.ts';
import { isDialling, newDial, Peers, type Dial, type Peer, type Route } from './peer.ts';
import { SealedExchange } from './sealed-exchange.ts';

interface ConnectorOptions {
  session: Session;
  keys: RoomKeys;
  crypto: Crypto;
  clock: Clock;
  random: Random;
  problems: Problems;
  webrtc: Transport | undefined;
  tabs: Transport | undefined;
  /** Those that may lead to `member`, the nearest first; `tabs` only where it is a tab of this profile. */
  routes(this: void, member: SessionId): readonly Route[];
  send(route: Route, to: SessionId, sealed: Uint8Array): void;
  /** Whether a dial from `member` is to be taken up (O4). */
  accepts(this: void, member: SessionId, urgent: boolean): boolean;
  isLinked(this: void, member: SessionId): boolean;
  onLink(linked: {
    member: SessionId;
    authorKey: Uint8Array;
    link: Link;
    transport: Transport['name'];
    early: readonly Uint8Array[];
  }): void;
  /** The answer to `dial` where no link is. */
  onDialFailed(member: SessionId, reason: 'absent' | 'refused' | 'failed'): void;
  onChange(): void;
}

/** A tab that WebRTC does not reach within this is linked over BroadcastChannel itself. Source: measured, without a network interface Chromium gathers no candidates and never says so. */
const tabsFallbackMs = 2_000;
/** An unanswered knock. Source: guess, four round trips of a slow mobile network. */
const knockTimeoutMs = 4_000;
/** What was not answered is said over the next route too. Source: guess; saying it twice does no harm. */
const nextRouteMs = 2_000;

/**
 * Makes the links the core asks for and takes up those of others as it allows, and carries introductions: the lower session id dials,
 * the higher knocks (S2); what either says is sealed (S1).
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
    this.#problems = new LinkProblems(options.problems, options.clock);
    this.#peers = new Peers((peer) => isDialling(peer) || options.isLinked(peer.id));
  }

  start(): void {
    this.#running = true;
  }

  /** Aborts what is being dialled. Links stay: they are the driver's. */
  stop(): void {
    this.#running = false;
    for (const peer of this.#peers.all()) {
      this.#settle(peer);
      this.#ended(peer, 'failed');
    }
    this.#problems.stop();
  }

  /** Members to whom a link is being made, or could not be made lately. */
  get wanting(): number {
    return this.#peers.dialling + this.#problems.size;
  }

  /** Links to `member`; the answer is `onLink` or `onDialFailed`. @param urgent it is not to refuse */
  dial(member: SessionId, urgent: boolean): void {
    const { webrtc, tabs, random } = this.#options;
    const peer = this.#running ? this.#peers.open(member) : undefined;
    const routes = this.#routes(member);
    const canLink = webrtc !== undefined || (tabs !== undefined && routes.includes('tabs'));
    if (!peer || !canLink || routes.length === 0) {
      return this.#options.onDialFailed(member, 'failed');
    }
    peer.wanted = true;
    if (isDialling(peer)) return;
    this.#planTabs(peer);
    const attempt = random.bytes(8);
    if (webrtc && this.#initiates(peer)) this.#open(peer, routes, attempt, urgent);
    else this.#knock(peer, routes, attempt, urgent);
  }

  /** That route does not lead there (any more). */
  absent(member: SessionId, route: Route): void {
    const peer = this.#peers.get(member);
    if (!peer?.dial && route !== 'mesh') this.#problems.over(member);
    if (peer?.dial?.route !== route) return;
    const { dial } = peer;
    // The server and the tabs know who is with them; neighbours only whom they reach.
    if (route !== 'mesh') dial.isAbsent = true;
    if (!this.#nextRoute(peer, dial)) this.#failed(peer, dial);
  }

  /** It has gone: that it cannot be linked is no problem. */
  forget(member: SessionId): void {
    this.#problems.over(member);
  }

  /** The last link to it went. */
  lost(member: SessionId): void {
    const peer = this.#peers.get(member);
    if (!peer) return;
    if (peer.opened) this.#exchange.end(member, peer.opened.attempt);
    peer.opened = undefined;
    this.#dropIdle(peer);
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
    switch (signal.kind) {
      case signalKind.knock:
        this.#knocked(peer, route, signal);
        break;
      case signalKind.signal:
      case signalKind.urgentSignal:
        this.#signalled(peer, route, signal);
        break;
      case signalKind.refuse:
        this.#refused(peer, signal);
    }
    this.#dropIdle(peer);
  }

  #initiates(peer: Peer): boolean {
    return this.#options.session.id < peer.id;
  }

  /** The nearest first (S3), after a failure another one. */
  #routes(member: SessionId): Route[] {
    const routes = [...this.#options.routes(member)];
    const first = this.#problems.failures(member) % Math.max(1, routes.length);
    return [...routes.slice(first), ...routes.slice(0, first)];
  }

  /** Answers go the way the question came while that leads there. */
  #routesBack(peer: Peer, route: Route): Route[] {
    return [route, ...this.#options.routes(peer.id).filter((other) => other !== route)];
  }

  #knock(peer: Peer, routes: readonly Route[], attempt: Uint8Array, urgent: boolean): void {
    const dial = this.#begin(peer, routes, attempt);
    this.#say(peer, dial, signalKind.knock, Uint8Array.of(urgent ? 1 : 0));
    this.#awaitAnswer(peer, dial);
  }

  #open(
    peer: Peer,
    routes: readonly Route[],
    attempt: Uint8Array,
    urgent: boolean,
  ): Dial | undefined {
    const { webrtc, session } = this.#options;
    if (!webrtc) return undefined;
    const dial = this.#begin(peer, routes, attempt);
    const isUrgent = urgent && this.#initiates(peer);
    const kind = isUrgent ? signalKind.urgentSignal : signalKind.signal;
    const pending = webrtc.connect(session.id, peer.id, (bytes) =>
      this.#say(peer, dial, kind, bytes),
    );
    dial.pending = pending;
    // It deals with what fails.
    void this.#finish(peer, dial, pending, webrtc.name);
    if (this.#initiates(peer)) this.#awaitAnswer(peer, dial);
    return dial;
  }

  #begin(peer: Peer, routes: readonly Route[], attempt: Uint8Array): Dial {
    this.#endDial(peer);
    const dial = newDial(attempt, routes, this.#options.clock.monotonic());
    peer.dial = dial;
    this.#options.onChange();
    return dial;
  }

  /** A WebRTC dial ends by itself, a knock does not. */
  #awaitAnswer(peer: Peer, dial: Dial): void {
    dial.cancelExpiry?.();
    const delayMs = dial.routes.length > 0 ? nextRouteMs : knockTimeoutMs;
    dial.cancelExpiry = this.#options.clock.after(delayMs, () => {
      if (peer.dial !== dial || dial.answered || this.#nextRoute(peer, dial)) return;
      if (!dial.pending) this.#failed(peer, dial);
    });
  }

  /** All that was said is said again over the next route. @returns false where there is none */
  #nextRoute(peer: Peer, dial: Dial): boolean {
    const next = dial.routes.shift();
    if (next === undefined) return false;
    dial.route = next;
    for (const said of dial.said) this.#send(peer, dial, said);
    if (!dial.answered) this.#awaitAnswer(peer, dial);
    return true;
  }

  async #finish(peer: Peer, dial: Dial | undefined, pending: PendingLink, name: Transport['name']) {
    const { session, keys, crypto, random, clock } = this.#options;
    try {
      const link = await pending.opened;
      if (dial) dial.answered = true;
      const { binding } = link;
      const handshake = new Handshake({ session, keys, crypto, random, peer: peer.id, binding });
      const { authorKey, early, hasEnded } = await authenticate(link, handshake, clock);
      if (!this.#running) return link.close();
      if (hasEnded()) throw new GrapevineError('link-lost', 'The link broke at once.', 'Wait.');
      this.#linked(peer, dial);
      const linked = { member: peer.id, authorKey, link, transport: name, early };
      contain(() => this.#options.onLink(linked));
    } catch (error) {
      if (dial ? peer.dial !== dial : peer.tabs !== pending) return;
      if (dial) return this.#failed(peer, dial, error);
      peer.tabs = undefined;
      this.#ended(peer, 'failed');
    }
  }

  #linked(peer: Peer, dial: Dial | undefined): void {
    if (dial) {
      if (peer.dial === dial) peer.dial = undefined;
      dial.cancelExpiry?.();
      // Its signals go on for as long as the link lives; they are needed when the mesh may not lead there.
      dial.route = this.#options.routes(peer.id).find((route) => route !== 'mesh') ?? dial.route;
      dial.said = [];
      peer.opened = dial;
    }
    peer.wanted = false;
    this.#settle(peer);
    this.#peers.keep(peer);
    peer.linkedAtMs = this.#options.clock.monotonic();
    this.#problems.over(peer.id);
  }

  /** BroadcastChannel carries the link itself where WebRTC does not form one. */
  #planTabs(peer: Peer): void {
    const { tabs, webrtc, session, clock, routes } = this.#options;
    if (!tabs || peer.cancelTabs || peer.tabs || !routes(peer.id).includes('tabs')) return;
    peer.cancelTabs = clock.after(webrtc ? tabsFallbackMs : 0, () => {
      peer.cancelTabs = undefined;
      const pending = tabs.connect(session.id, peer.id, () => undefined);
      peer.tabs = pending;
      // It deals with what fails.
      void this.#finish(peer, undefined, pending, tabs.name);
    });
  }

  /** It is one of ours too, replaces a link that broke, or the core has a place for it. */
  #admits(peer: Peer, urgent: boolean): boolean {
    const { accepts, isLinked } = this.#options;
    return isDialling(peer) || isLinked(peer.id) || accepts(peer.id, urgent);
  }

  #knocked(peer: Peer, route: Route, { attempt, content }: Signal): void {
    const { clock, random, isLinked } = this.#options;
    const urgent = content[0] === 1;
    const linkedAtMs = isLinked(peer.id) ? peer.linkedAtMs : -Infinity;
    const since = peer.dial?.startedAtMs ?? linkedAtMs;
    if (clock.monotonic() - since < knockTimeoutMs) return;
    if (!this.#admits(peer, urgent)) return this.#refuse(peer, route, attempt);
    this.#planTabs(peer);
    // Whoever knocks although it is the lower has no WebRTC.
    if (!this.#initiates(peer)) return;
    this.#open(peer, this.#routesBack(peer, route), random.bytes(8), urgent);
  }

  #signalled(peer: Peer, route: Route, { kind, attempt, content }: Signal): void {
    const belongs = (dial: Dial | undefined) => dial && equalBytes(dial.attempt, attempt);
    if (belongs(peer.opened)) return peer.opened?.pending?.receive(content);
    let { dial } = peer;
    if (!dial?.pending || !belongs(dial)) {
      // Only the initiator starts an attempt; anything else belongs to one that is over.
      if (this.#initiates(peer)) return;
      const urgent = kind === signalKind.urgentSignal;
      if (!this.#admits(peer, urgent)) return this.#refuse(peer, route, attempt);
      this.#planTabs(peer);
      dial = this.#open(peer, this.#routesBack(peer, route), attempt, urgent);
    }
    if (!dial) return;
    dial.answered = true;
    dial.pending?.receive(content);
  }

  #refuse(peer: Peer, route: Route, attempt: Uint8Array): void {
    this.#exchange.end(peer.id, attempt);
    const dial = newDial(attempt, [route], 0);
    this.#say(peer, dial, signalKind.refuse, Uint8Array.of(1));
  }

  #refused(peer: Peer, { attempt }: Signal): void {
    if (!peer.dial || !equalBytes(peer.dial.attempt, attempt)) return;
    this.#problems.failed(peer.id);
    this.#settle(peer);
    this.#ended(peer, 'refused');
  }

  #say(peer: Peer, dial: Dial, kind: SignalKind, content: Uint8Array): void {
    const said = { kind, sequence: dial.sequence++, content };
    if (peer.opened !== dial) dial.said.push(said);
    this.#send(peer, dial, said);
  }

  #send(peer: Peer, dial: Dial, said: Dial['said'][number]): void {
    const { attempt, route } = dial;
    dial.outbound = dial.outbound
      .then(async () => {
        if (dial.route !== route) return;
        const sealed = await this.#exchange.seal(peer.id, { attempt, ...said });
        if (!this.#running || dial.route !== route) return;
        this.#options.send(route, peer.id, sealed);
      })
      .catch(() => {
        // Too large for that route, or nobody to carry it: another may do.
        if (peer.dial !== dial || dial.route !== route || this.#nextRoute(peer, dial)) return;
        this.#failed(peer, dial);
      });
  }

  /** The WebRTC dial or the knock came to nothing; BroadcastChannel may still do. */
  #failed(peer: Peer, dial: Dial, error?: unknown): void {
    const isAbsent = dial.isAbsent && !dial.answered;
    if (isAbsent) this.#problems.over(peer.id);
    else this.#problems.failed(peer.id, error);
    this.#endDial(peer);
    this.#ended(peer, isAbsent ? 'absent' : 'failed');
  }

  #ended(peer: Peer, reason: 'absent' | 'refused' | 'failed'): void {
    if (isDialling(peer)) return;
    const { wanted } = peer;
    peer.wanted = false;
    this.#dropIdle(peer);
    if (wanted) this.#options.onDialFailed(peer.id, reason);
    this.#options.onChange();
  }

  #endDial(peer: Peer): void {
    const { dial } = peer;
    if (!dial) return;
    peer.dial = undefined;
    this.#exchange.end(peer.id, dial.attempt);
    dial.pending?.abort();
    dial.cancelExpiry?.();
  }

  /** Nothing is under way to `peer` any more. */
  #settle(peer: Peer): void {
    this.#endDial(peer);
    const { tabs } = peer;
    peer.tabs = undefined;
    tabs?.abort();
    peer.cancelTabs?.();
    peer.cancelTabs = undefined;
    this.#options.onChange();
  }

  /** Nothing is under way, and no link needs its signals. */
  #dropIdle(peer: Peer): void {
    if (!isDialling(peer) && !this.#options.isLinked(peer.id)) this.#peers.delete(peer);
  }
}
