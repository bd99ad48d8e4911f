import { GrapevineError, limits } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import type { Config } from './config.ts';
import { Core } from './core.ts';
import type { Feed, InEvent, OutEvent, RoomSettings, Run, Stats, Timer } from './event.ts';
import { Fetch } from './log/fetch.ts';
import { Intake } from './log/intake.ts';
import { Links } from './links/links.ts';
import { Liveness } from './membership/liveness.ts';
import type { Member } from './membership/liveness.ts';
import { Parked } from './log/parked.ts';
import { Bridge } from './overlay/bridge.ts';
import { Overlay } from './overlay/overlay.ts';
import { Trees } from './broadcast/trees.ts';
import { Ephemerals } from './broadcast/ephemerals.ts';
import { Aggregates } from './aggregate/aggregates.ts';
import { Attest } from './attest.ts';
import { Push } from './broadcast/push.ts';
import { Receiver } from './receiver.ts';
import { Repair } from './repair/repair.ts';
import { Rounds } from './round.ts';
import { Server } from './log/serve.ts';
import { Values } from './log/values.ts';

/**
 * One member's side of the gossip protocol as a pure state machine: `handle` takes what happened
 * and the time (milliseconds that never
 * run backwards) and returns what is to be done, in order. It holds no clock, no timer and no
 * chance of its own.
 */
export class GossipNode {
  readonly #core: Core;
  readonly #parked: Parked;
  readonly #fetch: Fetch;
  readonly #server: Server;
  readonly #push: Push;
  readonly #intake: Intake;
  readonly #repair: Repair;
  readonly #values: Values;
  readonly #rounds: Rounds;
  readonly #liveness: Liveness;
  readonly #attest: Attest;
  readonly #bridge: Bridge;
  readonly #overlay: Overlay;
  readonly #trees: Trees;
  readonly #ephemerals: Ephemerals;
  readonly #aggregates: Aggregates;
  readonly #links: Links;
  readonly #receiver: Receiver;
  #sync = { inSyncWith: 0, neighbours: 0, pending: 0 };

  constructor(config: Config) {
    const core = new Core(config);
    this.#core = core;
    this.#parked = new Parked(core.settings);
    this.#fetch = new Fetch(core, this.#parked);
    this.#server = new Server(core);
    this.#values = new Values(core);
    this.#attest = new Attest(core);
    this.#liveness = new Liveness(core, this.#attest);
    this.#trees = new Trees(core, this.#liveness);
    this.#push = new Push(core, this.#server, this.#trees, this.#liveness);
    this.#intake = new Intake(core, this.#parked, this.#fetch, this.#push);
    this.#fetch.onOverdue = (neighbour, session) => this.#trees.overdue(neighbour, session);
    this.#repair = new Repair(core, this.#fetch, this.#liveness);
    this.#rounds = new Rounds(core, this.#fetch, this.#repair, this.#values, this.#liveness);
    this.#bridge = new Bridge(core, this.#liveness);
    this.#overlay = new Overlay(core, this.#liveness);
    this.#ephemerals = new Ephemerals(core, this.#attest, this.#trees, this.#liveness);
    this.#aggregates = new Aggregates(core, this.#liveness);
    core.onFrame = (neighbour) => {
      this.#push.ride(neighbour);
      this.#liveness.spread.ride(neighbour);
    };
    this.#rounds.onRun = () => this.#aggregates.ride();
    this.#liveness.spread.edges = () => this.#trees.shared.all();
    this.#overlay.leaving = (neighbour) => this.#trees.leaving(neighbour);
    this.#liveness.onChange = (member) => {
      this.#overlay.memberChanged(member);
      this.#trees.memberChanged(member);
      this.#aggregates.changed();
    };
    const users = {
      fetch: this.#fetch,
      liveness: this.#liveness,
      bridge: this.#bridge,
      overlay: this.#overlay,
      trees: this.#trees,
      ephemerals: this.#ephemerals,
      rounds: this.#rounds,
      server: this.#server,
      values: this.#values,
    };
    this.#links = new Links(core, users);
    this.#receiver = new Receiver(core, {
      ...users,
      links: this.#links,
      intake: this.#intake,
      repair: this.#repair,
      aggregates: this.#aggregates,
    });
  }

  /**
   * A `schedule` effect replaces an earlier one of the same timer; a stale one does no harm.
   * Throws GrapevineError (`signal-too-large`, `ephemeral-too-large`, `info-too-large`,
   * `too-many-values`, `too-many-metrics`, `too-many-aggregates`, `metric-invalid`, `setting-invalid`) for an event of the
   * caller's that is over a limit.
   */
  handle(event: InEvent, nowMs: number): readonly OutEvent[] {
    this.#core.now = Math.max(this.#core.now, nowMs);
    const { late } = this.#core;
    if (late) this.#liveness.excuse();
    this.#apply(event, late);
    this.#links.sweep();
    this.#rounds.watch();
    this.#tellSync();
    this.#values.pump(this.#intake.lastSource);
    this.#server.pump();
    this.#core.flushAll();
    return this.#core.takeEffects();
  }

  stats(): Stats {
    return { ...this.#core.stats, links: this.#core.active.size };
  }

  /** Whether a dial from `member` is to be taken up (O4). */
  accepts(member: SessionId, urgent: boolean): boolean {
    return this.#overlay.accepts(member, urgent);
  }

  /** Members not linked whose addresses are kept (O2). */
  passive(): SessionId[] {
    return this.#overlay.passive;
  }

  /** Everybody ever heard of that is still remembered, this node not included. */
  members(): Member[] {
    return this.#liveness.members();
  }

  /** Names of aggregates that others known here give values to: at most 64, most members first. */
  aggregateNames(): string[] {
    return this.#aggregates.names();
  }

  /** The root of PROTOCOL.md L14 as it travels: 8 bytes. */
  digest(): Uint8Array {
    return this.#core.feeds.digest;
  }

  /**
   * What is held beyond the log now, against the limits of section 14; bytes of links are those of
   * the fullest one.
   */
  load(): { queuedBytes: number; unackedBytes: number; parkedBytes: number; requests: number } {
    let queuedBytes = 0;
    let unackedBytes = 0;
    for (const { link } of this.#core.links.values()) {
      queuedBytes = Math.max(queuedBytes, link.queuedBytes);
      unackedBytes = Math.max(unackedBytes, link.unackedBytes);
    }
    const requests = this.#server.pending;
    return { queuedBytes, unackedBytes, parkedBytes: this.#parked.bytes, requests };
  }

  #apply(event: InEvent, late: boolean): void {
    switch (event.type) {
      case 'start':
        return this.#start();
      case 'linkUp':
        return this.#links.up(event.link, event.member);
      case 'linkDown':
        return this.#links.down(event.link, event.reason);
      case 'frame':
        return this.#receiver.frame(event.link, event.bytes);
      case 'append':
        return this.#append(event.feed, event.runs);
      case 'feeds':
        return event.feeds.forEach((feed) => this.#feed(feed));
      case 'validated':
        return this.#intake.verdict(event.id, event);
      case 'runsRead':
        return this.#server.runsRead(event.id, event.runs, event.end);
      case 'valueRead':
        return this.#server.valueRead(event.id, event.bytes, event.size);
      case 'wantValue':
        return this.#values.want(event.hash, event.bytes);
      case 'dropValue':
        return this.#values.drop(event.hash);
      case 'ephemeral':
        return this.#ephemerals.say(event.channel, event.bytes);
      case 'signal':
        return this.#bridge.signal(event.to, event.bytes);
      case 'introduced':
        return this.#overlay.introduced(event.members, event.by);
      case 'dialFailed':
        return this.#overlay.dialFailed(event.member, event.reason);
      case 'signed':
        return this.#attest.signed(event.id, event.signature);
      case 'verified':
        return this.#attest.verified(event.id, event.ok);
      case 'settings':
        return this.#settings(event.settings);
      case 'metric':
        return this.#aggregates.set(event.name, event.value);
      case 'watchAggregate':
        return this.#aggregates.watch(event.name, event.watch);
      case 'hidden':
        return this.#hidden(event.hidden);
      case 'info':
        return this.#info(event.bytes);
      case 'asleep':
        return this.#liveness.sleep();
      case 'leave':
        return this.#leave();
      case 'timer':
        return this.#timer(event.timer, late);
    }
  }

  #start(): void {
    this.#liveness.start();
    this.#rounds.start();
    this.#overlay.start();
    this.#trees.start();
  }

  #timer(timer: Timer, late: boolean): void {
    const due = this.#core.dueAt(timer) ?? this.#core.now;
    if (!this.#core.fired(timer)) return;
    switch (timer) {
      case 'round':
        this.#liveness.beat(this.#core.now - due);
        return this.#rounds.run(late);
      case 'liveness':
        return this.#liveness.due();
      case 'membership':
        return this.#liveness.tick();
      case 'overlay':
        return this.#overlay.tick();
      case 'tree':
        return this.#trees.tick();
      case 'lazy':
        return this.#push.tick();
      case 'aggregate':
        return this.#aggregates.tick();
      case 'retry':
        this.#fetch.tick();
        this.#values.tick();
        this.#rounds.settle();
    }
  }

  #append(feed: Feed, runs: readonly Run[]): void {
    this.#feed(feed);
    this.#push.own(runs);
  }

  #feed(feed: Feed): void {
    if (this.#core.feeds.set(feed)) this.#fetch.changed(feed.session);
  }

  #hidden(hidden: boolean): void {
    this.#core.hidden = hidden;
    this.#trees.hidden();
    this.#rounds.renew();
  }

  #settings(settings: RoomSettings): void {
    const before = this.#core.settings.intervalMs;
    this.#core.set(settings);
    if (this.#core.settings.intervalMs !== before) this.#rounds.renew();
  }

  #info(bytes: Uint8Array): void {
    if (bytes.length > limits.infoBytes) throw tooLarge('info', bytes.length, limits.infoBytes);
    this.#core.info = bytes;
    this.#liveness.info();
  }

  #leave(): void {
    this.#core.unschedule('round');
    this.#overlay.stop();
    this.#trees.stop();
    this.#liveness.leave();
    for (const { link } of this.#core.links.values()) link.urgent({ type: 'bye' });
    this.#core.flushAll();
    for (const neighbour of this.#core.links.values()) this.#core.close(neighbour, 'leave');
  }

  #tellSync(): void {
    const { inSyncWith, pending } = this.#rounds;
    const neighbours = this.#core.active.size;
    const before = this.#sync;
    const same = before.inSyncWith === inSyncWith && before.neighbours === neighbours;
    if (same && before.pending === pending) return;
    this.#sync = { inSyncWith, neighbours, pending };
    this.#core.emit({ type: 'sync', ...this.#sync });
  }
}

function tooLarge(what: string, bytes: number, limit: number): GrapevineError {
  return new GrapevineError(
    `${what}-too-large`,
    `${what} of ${bytes} bytes was to be sent; ${limit} are allowed.`,
    'Send less at once; what is large belongs into the memory.',
  );
}
