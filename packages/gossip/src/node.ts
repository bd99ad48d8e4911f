import { DecodeError, GrapevineError, limits } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import type { Config } from './config.ts';
import { Core } from './core.ts';
import type { Feed, InEvent, LinkId, OutEvent, Run, Stats, Timer } from './event.ts';
import { Fetch } from './fetch.ts';
import { decodeFrame } from './frame.ts';
import { Intake } from './intake.ts';
import { Links } from './links.ts';
import { Liveness } from './liveness.ts';
import type { Member } from './liveness.ts';
import type { Head, Message } from './message.ts';
import type { Neighbour } from './neighbour.ts';
import { Parked } from './parked.ts';
import { Peers } from './peers.ts';
import { Push } from './push.ts';
import { Repair } from './repair.ts';
import { Rounds } from './round.ts';
import { Server } from './serve.ts';
import { Values } from './values.ts';

const helloCode = 1;

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
  readonly #peers: Peers;
  readonly #links: Links;
  #sync = { inSyncWith: 0, neighbours: 0, pending: 0 };

  constructor(config: Config) {
    const core = new Core(config);
    this.#core = core;
    this.#parked = new Parked(core.settings);
    this.#fetch = new Fetch(core, this.#parked);
    this.#server = new Server(core);
    this.#push = new Push(core, this.#server);
    this.#intake = new Intake(core, this.#parked, this.#fetch, this.#push);
    this.#repair = new Repair(core, this.#fetch);
    this.#values = new Values(core);
    this.#rounds = new Rounds(core, this.#fetch, this.#repair, this.#values);
    this.#liveness = new Liveness(core);
    this.#peers = new Peers(core);
    this.#links = new Links(core, {
      fetch: this.#fetch,
      liveness: this.#liveness,
      peers: this.#peers,
      repair: this.#repair,
      rounds: this.#rounds,
      server: this.#server,
      values: this.#values,
    });
  }

  /**
   * A `schedule` effect replaces an earlier one of the same timer; a stale one does no harm.
   * Throws GrapevineError (`signal-too-large`, `ephemeral-too-large`, `too-many-values`) for an
   * event of the caller's that is over a limit.
   */
  handle(event: InEvent, nowMs: number): readonly OutEvent[] {
    this.#core.now = Math.max(this.#core.now, nowMs);
    const due = this.#core.dueAt('round');
    const late = due !== undefined && this.#core.now > due + this.#core.settings.lateMs;
    if (late) this.#liveness.excuse();
    this.#apply(event, late);
    this.#links.sweep();
    this.#rounds.watch();
    this.#tellSync();
    this.#values.pump(this.#intake.lastSource);
    this.#server.pump();
    this.#flush();
    return this.#core.takeEffects();
  }

  stats(): Stats {
    return { ...this.#core.stats, links: this.#core.active.size };
  }

  /** Everybody ever linked that is still remembered, this node not included. */
  members(): Member[] {
    return this.#liveness.members();
  }

  /** The root of PROTOCOL.md L14 as it travels: 8 bytes. */
  digest(): Uint8Array {
    return this.#core.feeds.digest;
  }

  /**
   * What is held beyond the log now, against the limits of section 9; bytes of links are those of
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
        return this.#rounds.start();
      case 'linkUp':
        return this.#links.up(event.link, event.member);
      case 'linkDown':
        return this.#links.down(event.link);
      case 'frame':
        return this.#frame(event.link, event.bytes);
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
        return this.#ephemeral(event.channel, event.bytes);
      case 'signal':
        return this.#peers.signal(event.to, event.bytes);
      case 'hidden':
        return this.#hidden(event.hidden);
      case 'info':
        return this.#info(event.bytes);
      case 'asleep':
        return this.#tellAll({ type: 'asleep' });
      case 'leave':
        return this.#leave();
      case 'timer':
        if (this.#core.fired(event.timer)) this.#timer(event.timer, late);
    }
  }

  #timer(timer: Timer, late: boolean): void {
    if (timer === 'round') this.#rounds.run(late);
    if (timer === 'liveness') this.#liveness.tick();
    if (timer === 'retry') {
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
    for (const neighbour of this.#core.active.values()) this.#rounds.tell(neighbour);
    // What was promised holds from now on, not from the next round.
    if (this.#core.dueAt('round') !== undefined) this.#rounds.plan();
  }

  #info(bytes: Uint8Array): void {
    if (bytes.length > limits.infoBytes) throw tooLarge('info', bytes.length, limits.infoBytes);
    this.#core.info = bytes;
    this.#tellAll({ type: 'info', bytes });
  }

  #ephemeral(channel: string, bytes: Uint8Array): void {
    if (bytes.length > limits.ephemeralBytes) {
      throw tooLarge('ephemeral', bytes.length, limits.ephemeralBytes);
    }
    for (const { link } of this.#core.active.values()) {
      link.ephemeral({ type: 'ephemeral', channel, bytes });
    }
  }

  #leave(): void {
    this.#core.unschedule('round');
    this.#liveness.forgetAll();
    this.#tellAll({ type: 'bye' });
    this.#flush();
    for (const neighbour of this.#core.links.values()) this.#core.close(neighbour, 'leave');
  }

  #tellAll(message: Message): void {
    for (const { link } of this.#core.links.values()) link.urgent(message);
  }

  #frame(id: LinkId, bytes: Uint8Array): void {
    const neighbour = this.#core.links.get(id);
    if (neighbour === undefined) return;
    this.#core.stats.framesReceived++;
    this.#core.stats.bytesReceived += bytes.length;
    const opened = neighbour.hello || bytes[0] === helloCode;
    const messages = opened ? decodeFrame(bytes, neighbour.names) : new DecodeError('no hello');
    if (messages instanceof DecodeError) {
      this.#core.close(neighbour, 'protocol');
      return;
    }
    neighbour.link.consume(bytes.length);
    this.#liveness.heard(neighbour);
    for (const message of messages) {
      this.#message(neighbour, message);
      if (neighbour.gone) return;
    }
    // Urgent messages may exceed the window, but not by another window.
    if (neighbour.validatingBytes > 2 * this.#core.settings.linkUnackedBytes) {
      this.#core.close(neighbour, 'protocol');
    }
  }

  #message(neighbour: Neighbour, message: Message): void {
    switch (message.type) {
      case 'hello':
        return this.#links.hello(neighbour, message);
      case 'round':
        this.#liveness.round(neighbour, message);
        return this.#rounds.heard(neighbour, message.digest);
      case 'ack':
        if (!neighbour.link.acknowledge(message.bytes)) this.#core.close(neighbour, 'protocol');
        return;
      case 'echo':
        return neighbour.link.urgent({ type: 'echoReply', nonce: message.nonce });
      case 'echoReply':
        return this.#liveness.echoReply(neighbour, message.nonce);
      case 'run':
        return this.#intake.run(neighbour, message);
      case 'have':
        return message.heads.forEach((head) => this.#have(neighbour, head));
      case 'want':
        return message.ranges.forEach((range) => this.#server.want(neighbour, range));
      case 'tree':
        return this.#repair.tree(neighbour, message);
      case 'leaves':
        return this.#repair.leaves(neighbour, message);
      case 'end':
        return this.#intake.end(neighbour, message);
      case 'peers':
        return this.#peers.heard(neighbour, message.members);
      case 'signal':
        return this.#peers.signalled(neighbour, message);
      case 'ephemeral':
        return this.#ephemeralFrom(neighbour.member, message.channel, message.bytes);
      case 'valueWant':
        return this.#server.wantValue(neighbour, message.hash, message.offset, message.length);
      case 'valueChunk':
        return this.#values.chunk(neighbour, message);
      case 'valueMissing':
        return this.#values.missing(neighbour, message.hash);
      case 'info':
        return this.#liveness.info(neighbour, message.bytes);
      case 'asleep':
        return this.#liveness.asleep(neighbour);
      case 'bye':
        this.#liveness.left(neighbour);
        this.#core.close(neighbour, 'leave');
    }
  }

  #have(neighbour: Neighbour, head: Head): void {
    neighbour.offer(head.session, head.seq);
    // Its own deltas it would have sent: it says so because its queue collapsed (F3).
    const eager = head.session === neighbour.member;
    this.#fetch.claim(neighbour, head, { eager, ended: false });
  }

  #ephemeralFrom(from: SessionId, channel: string, bytes: Uint8Array): void {
    this.#core.emit({ type: 'ephemeral', from, channel, bytes });
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

  #flush(): void {
    const { links, stats } = this.#core;
    for (const neighbour of links.values()) {
      if (neighbour.gone) continue;
      for (const bytes of neighbour.link.flush()) {
        stats.framesSent++;
        stats.bytesSent += bytes.length;
        this.#core.emit({ type: 'send', link: neighbour.id, bytes });
      }
    }
  }
}

function tooLarge(what: string, bytes: number, limit: number): GrapevineError {
  return new GrapevineError(
    `${what}-too-large`,
    `${what} of ${bytes} bytes was to be sent; ${limit} are allowed.`,
    'Send less at once; what is large belongs into the memory.',
  );
}
