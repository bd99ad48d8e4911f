import { GossipNode } from '@grapevine/gossip';
import { Memory, recordsRule } from '@grapevine/memory';
import {
  AwarenessBridge,
  deltaKind,
  detachedBody,
  Documents,
  inlineBody,
  Log,
  sha256,
  yjsRule,
  type Crypto,
  type DocumentsOptions,
  type RoomKeys,
  type Session,
} from '@grapevine/replica';
import { limits, type AuthorId, type SessionId, type ValueHash } from '@grapevine/wire';
import { fraction } from './browser-host.ts';
import { contain } from './contain.ts';
import { createEffects } from './effects.ts';
import { GossipDriver } from './gossip-driver.ts';
import { Introductions } from './introductions.ts';
import { Ledger } from './ledger.ts';
import { Connector } from './links/connector.ts';
import { encodeProfile, Members, type Profile } from './members.ts';
import type { Problems } from './problems.ts';
import type { Ports } from './types.ts';
import { ValueRequests } from './value-requests.ts';
import { Values } from './values.ts';

export interface CoreOptions {
  keys: RoomKeys;
  session: Session;
  crypto: Crypto;
  ports: Ports;
  problems: Problems;
  profile: Profile;
  intervalMs: number | undefined;
  fanout: number | undefined;
  search: ConstructorParameters<typeof Memory>[1];
  onFirstWrite(): Promise<void>;
  /** Members, links, sync or entries changed. */
  onChange(what: 'members' | 'status' | 'memory'): void;
}

export interface Sync {
  inSyncWith: number;
  neighbours: number;
  pending: number;
}

/** How often links are asked for their path and round trip. Source: guess; a person looks at it. */
const measureMs = 2_000;

/** The parts of one open room, wired together. Knows no page and no address bar. */
export class Core {
  readonly log: Log;
  readonly values: Values;
  readonly ledger: Ledger;
  readonly memory: Memory;
  readonly documents: Documents;
  readonly driver: GossipDriver;
  readonly connector: Connector;
  readonly introductions: Introductions;
  readonly members: Members;
  readonly presence: AwarenessBridge;
  readonly #options: CoreOptions;
  readonly #requests: ValueRequests;
  readonly #transportOf = new Map<SessionId, 'webrtc' | 'tabs'>();
  #profile: Profile;
  #cancelMeasure: (() => void) | undefined;
  sync: Sync = { inSyncWith: 0, neighbours: 0, pending: 0 };

  constructor(options: CoreOptions) {
    this.#options = options;
    this.#profile = options.profile;
    const { keys, session, crypto, ports, problems } = options;
    const { topic, writePublicKey } = keys;
    const rules = new Map([
      [deltaKind.records, recordsRule],
      [deltaKind.yjs, yjsRule],
    ]);
    this.log = new Log({ topic, writePublicKey, crypto, rules });
    this.#requests = new ValueRequests((event) => this.driver.handle(event));
    this.values = new Values(ports.storage, (hash, bytes) => this.#requests.ask(hash, bytes));
    this.memory = this.#createMemory();
    this.documents = this.#createDocuments();
    const since = ports.clock.now();
    this.members = new Members(
      () => ({
        id: session.id,
        author: session.author,
        ...this.#profile,
        state: 'alive',
        since,
        self: true,
      }),
      (author) => this.profileOf(author),
      () => ports.clock.now(),
    );
    const effects = createEffects(this, {
      requests: this.#requests,
      onSync: (sync) => this.#synced(sync),
      onMembers: () => options.onChange('members'),
    });
    this.driver = new GossipDriver(this.#createNode(), ports.clock, effects, (member) =>
      this.#gone(member),
    );
    this.ledger = new Ledger({
      log: this.log,
      storage: ports.storage,
      values: this.values,
      session,
      clock: ports.clock,
      random: ports.random,
      problems,
      views: [this.#memoryView(), this.#documentsView()],
      onSealed: (feed, runs) => this.driver.handle({ type: 'append', feed, runs }),
      onUnwanted: (hash) => this.#requests.done(hash),
      onFirstWrite: () => this.#firstWrite(),
    });
    this.presence = new AwarenessBridge({
      session: session.id,
      send: (bytes) => this.driver.handle({ type: 'ephemeral', channel: 'awareness', bytes }),
    });
    this.connector = this.#createConnector();
    this.introductions = new Introductions({
      topic: keys.topicText,
      self: session.id,
      ports,
      problems,
      connector: this.connector,
      links: () => this.sync.neighbours,
      onChange: () => options.onChange('status'),
    });
  }

  get profile(): Profile {
    return this.#profile;
  }

  setProfile(profile: Profile): void {
    this.#profile = profile;
    this.driver.handle({ type: 'info', bytes: encodeProfile(profile) });
    this.#options.onChange('members');
  }

  /** What an author calls itself in the log, else a friendly name made of its id. */
  profileOf(author: AuthorId): Profile {
    const { name, kind } = this.memory.actor(author);
    return { name, kind };
  }

  start(): void {
    this.driver.handle({ type: 'start' });
    this.connector.start();
    this.introductions.open();
    this.#measure();
  }

  /** Goodbye to all; `start` begins again. */
  suspend(): void {
    this.#cancelMeasure?.();
    this.ledger.flush();
    this.connector.stop();
    this.driver.leave();
    this.introductions.close();
  }

  stop(): void {
    this.suspend();
    this.driver.stop();
    this.ledger.stop();
    this.presence.destroy();
    this.documents.destroy();
    for (const transport of this.#options.ports.transports) transport.close();
  }

  *transports(): Iterable<{ member: SessionId; transport: 'webrtc' | 'tabs' }> {
    for (const { member } of this.driver.links()) {
      const transport = this.#transportOf.get(member);
      if (transport) yield { member, transport };
    }
  }

  /** Everything known to be missing here. */
  get pending(): number {
    return this.sync.pending + this.#requests.waiting + this.documents.pending();
  }

  #createNode(): GossipNode {
    const { session, ports, intervalMs, fanout } = this.#options;
    return new GossipNode({
      self: session.id,
      incarnation: 0,
      info: encodeProfile(this.#profile),
      random: () => fraction(ports.random),
      hash: sha256,
      ...(intervalMs === undefined ? {} : { intervalMs }),
      ...(fanout === undefined ? {} : { fanout }),
    });
  }

  #createMemory(): Memory {
    const { session, ports, search } = this.#options;
    return new Memory(
      {
        self: { author: session.author, session: session.id },
        append: (body, values) =>
          this.ledger.append({ kind: deltaKind.records, document: '', body }, values),
        readValue: (hash) => this.values.readValue(hash),
        now: () => ports.clock.now(),
      },
      search,
    );
  }

  #createDocuments(): Documents {
    const { session, problems } = this.#options;
    return new Documents({
      session: session.id,
      author: (...change) => this.#authorUpdate(...change),
      readDetached: (hash) => this.#readDetached(hash),
      onProblem: (document) =>
        problems.raise(
          {
            code: 'clientid-clash',
            message: `Two members got the same number in the document "${document}".`,
            action: 'Reload the page to go on writing in it.',
          },
          document,
        ),
      log: (document) => this.#deltasOf(document),
    });
  }

  *#deltasOf(document: string) {
    for (const { session } of this.log.feeds()) {
      for (const delta of this.log.deltas(session)) {
        const isOf = delta.kind === deltaKind.yjs && delta.document === document;
        if (isOf && !this.ledger.isWithheld(delta)) yield delta;
      }
    }
  }

  async #readDetached(hash: ValueHash): Promise<Uint8Array | undefined> {
    const message = await this.values.readValue(hash);
    // Read, it is applied, which nobody else says.
    this.#options.ports.clock.after(0, () => this.#options.onChange('status'));
    return message;
  }

  /** Throws what the log throws, into the very call that changed the document. */
  readonly #authorUpdate: DocumentsOptions['author'] = (document, message, clocks) => {
    const inline = message.length <= limits.inlineValueBytes;
    const body = inline ? inlineBody(message) : detachedBody(clocks);
    this.ledger.author({ kind: deltaKind.yjs, document, body }, inline ? [] : [message]);
  };

  #memoryView() {
    return {
      apply: (deltas: Parameters<Memory['apply']>[0], local: boolean) => {
        const records = deltas.filter((delta) => delta.kind === deltaKind.records);
        if (records.length === 0) return;
        this.memory.apply(records, local);
        this.#options.onChange('memory');
      },
      retract: (session: SessionId, fromSeq: number) => {
        this.memory.retract(session, fromSeq);
        this.#options.onChange('memory');
      },
      valueArrived: (hash: string) => {
        this.memory.valueArrived(hash);
        this.#options.onChange('memory');
      },
    };
  }

  #documentsView() {
    return {
      apply: (deltas: Parameters<Memory['apply']>[0]) => {
        for (const delta of deltas) if (delta.kind === deltaKind.yjs) this.documents.apply(delta);
        this.#options.onChange('status');
      },
      retract: (session: SessionId, fromSeq: number) => this.documents.retract(session, fromSeq),
      valueArrived: (hash: string) => this.documents.valueArrived(hash),
    };
  }

  #createConnector(): Connector {
    const { session, keys, crypto, ports, problems } = this.#options;
    return new Connector({
      session,
      keys,
      crypto,
      problems,
      clock: ports.clock,
      random: ports.random,
      webrtc: ports.transports.find(({ name }) => name === 'webrtc'),
      tabs: ports.transports.find(({ name }) => name === 'tabs'),
      send: (route, to, sealed) => {
        if (route === 'mesh') this.driver.handle({ type: 'signal', to, bytes: sealed });
        else return this.introductions.send(route, to, sealed);
        return true;
      },
      isLinked: (member) => this.driver.linkTo(member) !== undefined,
      linkCount: () => [...this.driver.links()].length,
      onLink: ({ member, author, link, transport, early }) => {
        this.members.authenticated(member, author);
        this.#transportOf.set(member, transport);
        this.driver.attach(member, link, early);
        this.#resendPresence();
        this.#options.onChange('status');
      },
      onChange: () => this.#options.onChange('status'),
    });
  }

  #synced(sync: Sync): void {
    const { inSyncWith, neighbours, pending } = sync;
    this.sync = sync;
    if (neighbours > 0 && inSyncWith === neighbours && pending === 0) this.ledger.mended();
    this.#options.onChange('status');
  }

  #resendPresence(): void {
    try {
      this.presence.resend();
    } catch {
      // Too large: whoever set it was told.
    }
  }

  #gone(member: SessionId): void {
    if (this.driver.linkTo(member)) return;
    this.#transportOf.delete(member);
    this.connector.lost(member);
  }

  /** Who writes says who it is, unless the others know: they see the name also when the member has gone. */
  #firstWrite(): Promise<void> {
    const { session } = this.#options;
    const sayName = () => {
      const { name, kind } = this.profileOf(session.author);
      if (name === this.#profile.name && kind === this.#profile.kind) return;
      // It shares the fate of the first write, whose author hears of it.
      this.memory.setProfile(this.#profile).catch(() => undefined);
    };
    // Not before the first write itself has been applied.
    queueMicrotask(() => contain(sayName));
    return this.#options.onFirstWrite();
  }

  #measure(): void {
    void this.members.measure(this.driver.links()).then(() => this.#options.onChange('members'));
    this.#cancelMeasure = this.#options.ports.clock.after(measureMs, () => this.#measure());
  }
}
