import { GossipNode } from '@grapevine/gossip';
import type { InEvent, OutEvent, Timer } from '@grapevine/gossip';
import { utf8 } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import { fastHash } from './hash.ts';
import type { SimLink } from './link.ts';
import type { Heads } from './log.ts';
import type { Random } from './random.ts';
import { Ongoing } from './ongoing.ts';
import { proofOf, sign, verify } from './signatures.ts';
import { eventKind } from './kinds.ts';
import type { World } from './world.ts';

/** Timers by number. */
export const timers: readonly Timer[] = [
  'round',
  'liveness',
  'retry',
  'overlay',
  'tree',
  'lazy',
  'membership',
  'aggregate',
];
const timerNumbers = new Map(timers.map((timer, number) => [timer, number]));

/** Hidden pages get their timers at whole seconds only. */
const hiddenTimerMs = 1000;

/** Something that happens to a member while it is frozen, kept for its awakening. */
export interface Held {
  kind: number;
  b: number;
  ref: unknown;
}

/** One session: a node, its copy of the log, its clock, and the driver that does what it says. */
export class SimMember {
  readonly index: number;
  readonly id: SessionId;
  readonly node: GossipNode;
  readonly heads: Heads;
  /** That this end knows and has not let go. */
  readonly links = new Map<number, SimLink>();
  readonly startedAt: number;
  alive = true;
  /** It went with a goodbye. */
  left = false;
  diedAt = Infinity;
  frozen = false;
  /** It has said that it falls asleep: who heard that and nothing since waits for it (M9). */
  saidAsleep = false;
  /** It once had a link. */
  wasLinked = false;
  readonly hiding = new Ongoing();
  /** As its node knows it. */
  hidden = false;
  /** Of the aggregates it watches, as told last. */
  readonly averages = new Map<string, number | undefined>();
  held: Held[] = [];
  readonly #world: World;
  readonly #random: Random;
  readonly #skewMs: number;
  readonly #rate: number;
  /** By timer: the number of the request that counts. */
  readonly #tokens = new Int32Array(timers.length);
  #waiting: InEvent[] = [];
  #busy = false;

  constructor(world: World, index: number, id: SessionId, heads: Heads) {
    const { clockDriftPpm, clockSkewMs, settings } = world.options;
    this.#world = world;
    this.#random = world.streams.of('member', index);
    this.index = index;
    this.id = id;
    this.heads = heads;
    this.startedAt = world.now;
    this.#skewMs = this.#random() * clockSkewMs;
    this.#rate = 1 + ((this.#random() * 2 - 1) * clockDriftPpm) / 1e6;
    this.node = new GossipNode({
      self: id,
      incarnation: 1,
      proof: proofOf(id),
      info: utf8(`{"name":"member ${index}","kind":"person"}`),
      random: world.streams.of('node', index),
      hash: fastHash,
      ...settings,
    });
  }

  /** Its own clock, milliseconds. */
  get clock(): number {
    return this.#skewMs + this.#world.now * this.#rate;
  }

  handle(event: InEvent): void {
    if (!this.alive) return;
    this.#waiting.push(event);
    if (this.#busy) return;
    this.#busy = true;
    const waiting = this.#waiting;
    // Answers are handled after the effects that came with their questions, in order.
    for (let next = 0; next < waiting.length; next++) {
      const effects = this.node.handle(waiting[next] as InEvent, this.clock);
      for (let at = 0; at < effects.length; at++) this.#perform(effects[at] as OutEvent);
    }
    waiting.length = 0;
    this.#busy = false;
  }

  /** A timer goes off. */
  fire(timer: number, token: unknown): void {
    const { now, queue } = this.#world;
    const name = timers[timer];
    if (name === undefined || this.#tokens[timer] !== token) return;
    const allowedAt = Math.ceil(now / hiddenTimerMs) * hiddenTimerMs;
    if (this.hidden && now < allowedAt) {
      queue.push(allowedAt, eventKind.timer, this.index, timer, token);
      return;
    }
    this.handle({ type: 'timer', timer: name });
  }

  validate(effect: Extract<OutEvent, { type: 'validate' }>): void {
    if (!this.alive) return;
    const { id, link, session, bytes } = effect;
    const { log, observer } = this.#world;
    const shared = log.feed(session);
    const held = shared === undefined ? 0 : this.heads.get(shared.index);
    const verdict = log.validate(session, bytes, held);
    if (verdict.verdict === 'accept' && shared !== undefined) {
      this.heads.set(shared.index, verdict.feed.seq);
      observer.accepted(this, shared, held + 1, verdict.feed.seq, link);
    }
    if (verdict.verdict === 'reject') observer.rejected(this, verdict.reason);
    this.handle({ type: 'validated', id, ...verdict });
  }

  #perform(effect: OutEvent): void {
    const { dialling, log, network, observer, queue, rendezvous } = this.#world;
    switch (effect.type) {
      case 'send':
        return network.send(this.index, effect.link, effect.bytes);
      case 'schedule':
        return this.#arm(effect.timer, effect.delayMs);
      case 'validate': {
        const ms = this.#world.validationMs(this.#random);
        if (ms > 0) queue.push(queue.now + ms, eventKind.validate, this.index, 0, effect);
        else this.validate(effect);
        return;
      }
      case 'readRuns': {
        const { id, session, from, to, maxBytes } = effect;
        const shared = log.feed(session);
        const held = shared === undefined ? 0 : this.heads.get(shared.index);
        const runs = from === 0 ? [] : log.read(session, from, to, held, maxBytes);
        return this.handle({ type: 'runsRead', id, runs, end: undefined });
      }
      case 'readValue':
        return this.handle({ type: 'valueRead', id: effect.id, bytes: undefined, size: 0 });
      case 'sign':
        return this.handle({
          type: 'signed',
          id: effect.id,
          signature: sign(this.id, effect.bytes),
        });
      case 'verify': {
        const { id, member, bytes, signature } = effect;
        return this.handle({ type: 'verified', id, ok: verify(member, bytes, signature) });
      }
      case 'close':
        return this.#close(effect.link, effect.reason);
      case 'member':
        return observer.judged(this, effect.member, effect.state);
      case 'dial':
        return dialling.dial(this, effect.member, effect.urgent);
      case 'rendezvous':
        return rendezvous.ask(this.index);
      case 'aggregate':
        this.averages.set(effect.name, effect.average);
        return;
      case 'ephemeral':
      case 'signal':
      case 'sync':
      case 'unreachable':
      case 'valueChunk':
    }
  }

  #close(id: number, reason: Extract<OutEvent, { type: 'close' }>['reason']): void {
    this.#world.observer.closed(this, reason);
    this.#world.network.closeFrom(this.index, id);
    this.links.delete(id);
    this.handle({ type: 'linkDown', link: id, reason: 'closed' });
  }

  #arm(timer: Timer, delayMs: number): void {
    const { now, options, queue } = this.#world;
    const { meanMs, share } = options.lateTimers;
    const number = timerNumbers.get(timer) ?? 0;
    const token = (this.#tokens[number] as number) + 1;
    this.#tokens[number] = token;
    let at = now + delayMs / this.#rate;
    if (share > 0 && this.#random() < share) at -= Math.log(1 - this.#random()) * meanMs;
    queue.push(at, eventKind.timer, this.index, number, token);
  }
}
