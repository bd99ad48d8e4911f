import { GossipNode, type RoomSettings } from '@grapevine/gossip';
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
  proofOf,
} from '@grapevine/replica';
import { limits, type AuthorId, type SessionId, type ValueHash } from '@grapevine/wire';
import { Aggregates } from './aggregates.ts';
import { AuthorKeys } from './author-keys.ts';
import { fraction } from './browser-host.ts';
import { contain } from './contain.ts';
import { createEffects } from './effects.ts';
import { GossipDriver } from './gossip-driver.ts';
import { Introductions } from './introductions.ts';
import { Ledger } from './ledger.ts';
import { Connector } from './links/connector.ts';
import { encodeProfile, Members, type Profile } from './members.ts';
import { PresenceSender } from './presence-sender.ts';
import type { Problems } from './problems.ts';
import { Settings } from './settings.ts';
import type { Ports } from './types.ts';
import { ValueRequests } from './value-requests.ts';
import { Values } from './values.ts';
import { documentsView, memoryView } from './views.ts';

interface CoreOptions {
  keys: RoomKeys;
  session: Session;
  crypto: Crypto;
  ports: Ports;
  problems: Problems;
  profile: Profile;
  /** What this member goes by where the room says nothing. */
  settings: RoomSettings;
  search: ConstructorParameters<typeof Memory>[1];
  onFirstWrite(): Promise<void>;
  /** Members, links, sync, entries or settings changed. */
  onChange(this: void, what: 'members' | 'status' | 'memory' | 'settings'): void;
}

interface Sync {
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
  readonly authorKeys: AuthorKeys;
  readonly aggregates: Aggregates;
  readonly settings: Settings;
  readonly presence: AwarenessBridge;
  readonly #options: CoreOptions;
  readonly #requests: ValueRequests;
  readonly #transportOf = new Map<SessionId, 'webrtc' | 'tabs'>();
  #presenceSender: PresenceSender | undefined;
  #running = false;
  #profile: Profile;
  #cancelMeasure: (() => void) | undefined;
  sync: Sync = { inSyncWith: 0, neighbours: 0, pending: 0 };

  constructor(options: CoreOptions) {
    this.#options = options;
    this.#profile = options.profile;
    const { keys, session, crypto, ports, problems, onChange } = options;
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
    this.settings = this.#createSettings();
    this.authorKeys = new AuthorKeys({ topic, crypto, log: this.log });
    this.members = this.#createMembers();
    this.aggregates = new Aggregates({
      clock: ports.clock,
      problems,
      handle: (event) => this.driver.handle(event),
    });
    const effects = createEffects(this, {
      requests: this.#requests,
      session,
      onSync: (sync) => this.#synced(sync),
      onMembers: () => options.onChange('members'),
      onCameIn: () => this.#presenceSender?.cameIn(),
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
      views: [memoryView(this.memory, onChange), documentsView(this.documents, onChange)],
      onSealed: (feed, runs) => this.driver.handle({ type: 'append', feed, runs }),
      onUnwanted: (hash) => this.#requests.done(hash),
      onFirstWrite: () => this.#firstWrite(),
    });
    this.presence = new AwarenessBridge({
      session: session.id,
      // The state it begins with is empty: nobody needs to be told.
      send: (bytes) => this.#presenceSender?.say(bytes),
    });
    this.#presenceSender = this.#createPresenceSender();
    this.connector = this.#createConnector();
    this.introductions = new Introductions({
      topic: keys.topicText,
      self: session.id,
      ports,
      problems,
      connector: this.connector,
      onIntroduced: (members, by) => this.driver.handle({ type: 'introduced', members, by }),
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
    if (this.#running) return;
    this.#running = true;
    // Who left while we were away was not told to us; those here are met anew.
    for (const member of this.members.clear()) contain(() => this.presence.remove(member));
    this.connector.start();
    this.driver.handle({ type: 'start' });
    this.aggregates.start();
    this.#presenceSender?.start();
    this.introductions.open();
    this.#measure();
  }

  /** Goodbye to all; `start` begins again. */
  suspend(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#cancelMeasure?.();
    this.ledger.flush();
    this.#presenceSender?.stop();
    this.aggregates.pause();
    this.driver.leave();
    this.connector.stop();
    this.introductions.close();
  }

  /** The page is about to be frozen. One that has said goodbye is, too, and there is nobody to tell. */
  freeze(): void {
    if (this.#running) this.driver.handle({ type: 'asleep' });
  }

  /** The network is back, or the page runs again: nothing waits for its next try. */
  hurry(): void {
    if (!this.#running) return;
    this.driver.handle({ type: 'start' });
    this.introductions.hurry();
  }

  hide(hidden: boolean): void {
    this.driver.handle({ type: 'hidden', hidden });
    if (!hidden) this.aggregates.refresh();
  }

  stop(): void {
    this.suspend();
    this.aggregates.stop();
    this.settings.stop();
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
    const { session, ports, settings } = this.#options;
    return new GossipNode({
      self: session.id,
      // A session is one page load, so its first card is the first of that id.
      incarnation: 0,
      proof: proofOf(session),
      info: encodeProfile(this.#profile),
      random: () => fraction(ports.random),
      hash: sha256,
      ...settings,
    });
  }

  #createMembers(): Members {
    const { session, ports } = this.#options;
    const { id, author } = session;
    const since = ports.clock.now();
    return new Members({
      self: () => ({ id, author, ...this.#profile, state: 'alive', since, self: true }),
      authorOf: (member) => this.authorKeys.author(member),
      nameOf: (member) => this.profileOf(member),
      now: () => ports.clock.now(),
    });
  }

  #createSettings(): Settings {
    const { problems, ports, settings, onChange } = this.#options;
    return new Settings({
      memory: this.memory,
      problems,
      clock: ports.clock,
      own: settings,
      apply: (all) => {
        this.driver.handle({ type: 'settings', settings: all });
        onChange('settings');
      },
    });
  }

  #createPresenceSender(): PresenceSender {
    const { clock, random } = this.#options.ports;
    return new PresenceSender({
      clock,
      random,
      send: (bytes) => this.driver.handle({ type: 'ephemeral', channel: 'awareness', bytes }),
      roomSize: () => this.members.alive,
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
      routes: (member) => ['mesh', ...this.introductions.routes(member)],
      send: (route, to, sealed) => {
        if (route === 'mesh') this.driver.handle({ type: 'signal', to, bytes: sealed });
        else this.introductions.send(route, to, sealed);
      },
      accepts: (member, urgent) => this.driver.node.accepts(member, urgent),
      isLinked: (member) => this.driver.linkTo(member) !== undefined,
      onLink: ({ member, authorKey, link, transport, early }) => {
        this.authorKeys.learn(member, authorKey);
        this.#transportOf.set(member, transport);
        this.driver.attach(member, link, early);
        this.#options.onChange('status');
      },
      onDialFailed: (member, reason) => this.driver.handle({ type: 'dialFailed', member, reason }),
      onChange: () => this.#options.onChange('status'),
    });
  }

  #synced(sync: Sync): void {
    const { inSyncWith, neighbours, pending } = sync;
    this.sync = sync;
    if (neighbours > 0 && inSyncWith === neighbours && pending === 0) this.ledger.mended();
    this.#options.onChange('status');
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
