import { equalBytes } from '@grapevine/wire';
import type { SessionId, ValueHash } from '@grapevine/wire';
import type { Aggregate, InEvent, LinkId, MemberState, OutEvent, Timer } from '../event.ts';
import { GossipNode } from '../node.ts';
import { FakeLog } from './log.ts';
import { proofOf, sign } from './signatures.ts';
import type { Delivery, FakeLink, FakeNetwork } from './network.ts';

/** One node with its stand-in log and driver; checks what every run must satisfy as it goes. */
export class FakeMember {
  readonly id: SessionId;
  readonly node: GossipNode;
  readonly log: FakeLog;
  readonly links = new Map<LinkId, FakeLink>();
  readonly up = new Map<LinkId, SessionId>();
  readonly states = new Map<SessionId, MemberState>();
  /** As told last, by name. */
  readonly aggregates = new Map<string, Aggregate>();
  readonly accused: SessionId[] = [];
  readonly dialled: SessionId[] = [];
  readonly received = new Map<ValueHash, { bytes: number; at: number }>();
  sync = { inSyncWith: 0, neighbours: 0, pending: 0 };
  /** Sync claims that the neighbours' own words did not bear out. */
  falseSyncs = 0;
  mostUnacked = 0;
  mostQueued = 0;
  mostParked = 0;
  acceptedDeltas = 0;
  alive = true;
  readonly #network: FakeNetwork;
  readonly #tokens = new Map<Timer, number>();
  /** What the other end of a link last said it holds. */
  readonly #saidOn = new Map<LinkId, string>();
  readonly #early = new Map<LinkId, Delivery[]>();
  #vector: string | undefined;
  #frozenUntil = 0;
  #token = 0;

  constructor(network: FakeNetwork, id: SessionId) {
    const { hash, settings } = network.options;
    this.#network = network;
    this.id = id;
    this.log = new FakeLog(hash);
    this.node = new GossipNode({
      self: id,
      incarnation: 1,
      proof: proofOf(id),
      info: new Uint8Array(0),
      random: network.random,
      hash,
      ...settings,
    });
  }

  /** What is held, as text. */
  get vector(): string {
    this.#vector ??= this.log.vector();
    return this.#vector;
  }

  handle(event: InEvent): readonly OutEvent[] {
    if (!this.alive) return [];
    const effects = this.node.handle(event, this.#network.now);
    const load = this.node.load();
    this.mostUnacked = Math.max(this.mostUnacked, load.unackedBytes);
    this.mostQueued = Math.max(this.mostQueued, load.queuedBytes);
    this.mostParked = Math.max(this.mostParked, load.parkedBytes);
    for (const effect of effects) this.#execute(effect);
    return effects;
  }

  /** Runs `job` after `ms`, later where the member is frozen, never where it has crashed. */
  later(ms: number, job: () => void): void {
    this.#network.schedule.at(Math.max(this.#network.now + ms, this.#frozenUntil), () => {
      if (!this.alive) return;
      if (this.#network.now < this.#frozenUntil) this.later(0, job);
      else job();
    });
  }

  freeze(ms: number): void {
    this.#frozenUntil = this.#network.now + ms;
  }

  /** Falls silent; its links stay open, as when a process hangs. */
  crash(): void {
    this.alive = false;
  }

  append(...sizes: number[]): readonly OutEvent[] {
    const { random } = this.#network;
    const deltas = sizes.map((size) =>
      Uint8Array.from({ length: size }, () => Math.floor(random() * 256)),
    );
    const run = this.log.append(this.id, deltas);
    return this.appended([run]);
  }

  appended(runs: readonly ReturnType<FakeLog['append']>[]): readonly OutEvent[] {
    this.#vector = undefined;
    return this.handle({ type: 'append', feed: this.log.feed(this.id), runs });
  }

  /** What storage would have held. */
  load(deltas: readonly [SessionId, number, number][], random: () => number): void {
    for (const [session, count, size] of deltas) {
      for (let i = 0; i < count; i++) {
        const byte = Math.floor(random() * 256);
        this.log.append(session, [new Uint8Array(size).fill(byte)]);
      }
    }
    this.reload();
  }

  reload(): void {
    this.#vector = undefined;
    this.handle({ type: 'feeds', feeds: this.log.feeds() });
  }

  linkUp(link: FakeLink, member: SessionId): void {
    this.up.set(link.id, member);
    this.handle({ type: 'linkUp', link: link.id, member });
    const early = this.#early.get(link.id) ?? [];
    this.#early.delete(link.id);
    for (const delivery of early) this.receive(link, delivery);
  }

  /** A link of this member is being made. */
  expect(link: FakeLink): void {
    this.links.set(link.id, link);
    this.#early.set(link.id, []);
  }

  linkDown(link: FakeLink, reason: 'lost' | 'closed'): void {
    if (!this.up.delete(link.id)) return;
    this.handle({ type: 'linkDown', link: link.id, reason });
  }

  receive(link: FakeLink, { bytes, told }: Delivery): void {
    if (!this.up.has(link.id)) {
      // The handshake here is a moment behind: the transport keeps what came early, in order.
      this.#early.get(link.id)?.push({ bytes, told });
      return;
    }
    if (told !== undefined) this.#saidOn.set(link.id, told);
    this.handle({ type: 'frame', link: link.id, bytes });
  }

  #execute(effect: OutEvent): void {
    const network = this.#network;
    switch (effect.type) {
      case 'send':
        network.send(this, effect.link, effect.bytes);
        return;
      case 'close':
        this.#close(effect.link);
        return;
      case 'validate':
        this.later(network.between(network.options.validationMs), () => this.#validate(effect));
        return;
      case 'readRuns': {
        const { id, session, from, to, maxBytes } = effect;
        const runs = from === 0 ? [] : this.log.readRuns(session, from, to, maxBytes);
        const end = from === 0 ? this.log.endMark(session) : undefined;
        this.later(0, () => this.handle({ type: 'runsRead', id, runs, end }));
        return;
      }
      case 'readValue': {
        const value = this.log.values.get(effect.hash);
        const bytes = value?.subarray(effect.offset, effect.offset + effect.length);
        const size = value?.length ?? 0;
        this.later(0, () => this.handle({ type: 'valueRead', id: effect.id, bytes, size }));
        return;
      }
      case 'sign': {
        const signature = sign(network.options.hash, this.id, effect.bytes);
        this.later(0, () => this.handle({ type: 'signed', id: effect.id, signature }));
        return;
      }
      case 'verify': {
        const { id, member, bytes, signature } = effect;
        const ok = equalBytes(signature, sign(network.options.hash, member, bytes));
        this.later(0, () => this.handle({ type: 'verified', id, ok }));
        return;
      }
      case 'schedule':
        this.#arm(effect.timer, effect.delayMs);
        return;
      default:
        this.#note(effect);
    }
  }

  #note(effect: OutEvent): void {
    if (effect.type === 'member') {
      this.states.set(effect.member, effect.state);
      if (effect.state === 'suspect' || effect.state === 'dead') this.accused.push(effect.member);
    }
    if (effect.type === 'aggregate') {
      const { type: _type, name, ...aggregate } = effect;
      this.aggregates.set(name, aggregate);
    }
    if (effect.type === 'dial') {
      this.dialled.push(effect.member);
      this.#network.dial(this, effect.member, effect.urgent);
    }
    if (effect.type === 'rendezvous') this.#network.rendezvous(this);
    if (effect.type === 'valueChunk') {
      const bytes = effect.offset + effect.bytes.length;
      this.received.set(effect.hash, { bytes, at: this.#network.now });
    }
    if (effect.type === 'sync') {
      const { inSyncWith, neighbours, pending } = effect;
      this.sync = { inSyncWith, neighbours, pending };
      if (this.#saidSame() < inSyncWith) this.falseSyncs++;
    }
  }

  /** Members linked that last said they hold exactly what is held here. */
  #saidSame(): number {
    const same = new Set<SessionId>();
    for (const [link, member] of this.up) {
      if (this.#saidOn.get(link) === this.vector) same.add(member);
    }
    return same.size;
  }

  #validate({ id, what, session, bytes }: Extract<OutEvent, { type: 'validate' }>): void {
    const before = this.log.count();
    const verdict =
      what === 'run' ? this.log.validateRun(session, bytes) : this.log.validateEnd(session, bytes);
    this.acceptedDeltas += Math.max(0, this.log.count() - before);
    this.#vector = undefined;
    this.handle({ type: 'validated', id, ...verdict });
  }

  #arm(timer: Timer, delayMs: number): void {
    const token = ++this.#token;
    this.#tokens.set(timer, token);
    this.later(delayMs, () => {
      const stale = this.#tokens.get(timer) !== token;
      if (!stale || this.#network.options.staleTimers) this.handle({ type: 'timer', timer });
    });
  }

  #close(id: LinkId): void {
    const link = this.links.get(id);
    if (link !== undefined) this.#network.closeFrom(link, this);
  }
}
