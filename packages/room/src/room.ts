import type { GossipNode } from '@grapevine/gossip';
import type { Memory } from '@grapevine/memory';
import { formatRoomLink, type RoomKeys } from '@grapevine/replica';
import { GrapevineError } from '@grapevine/wire';
import type { Core } from './core.ts';
import type { RoomEmitter } from './emitter.ts';
import { checkName } from './members.ts';
import { watchPage } from './page-lifecycle.ts';
import type { Problems } from './problems.ts';
import { statusState } from './status.ts';
import type {
  Member,
  Ports,
  Room,
  RoomAggregate,
  RoomEvents,
  RoomSetting,
  RoomStats,
  SettingName,
  Status,
} from './types.ts';

interface OpenRoomOptions {
  core: Core;
  keys: RoomKeys;
  ports: Ports;
  problems: Problems;
  emitter: RoomEmitter;
  self: Room['self'];
  /** What stands before `#` in the room's links. */
  base: string;
  peerConnections: () => number;
}

type Verbs = Pick<
  Memory,
  | 'append'
  | 'batch'
  | 'changes'
  | 'delete'
  | 'exportFolder'
  | 'exportJsonl'
  | 'get'
  | 'history'
  | 'importFolder'
  | 'importJsonl'
  | 'list'
  | 'listNamespaces'
  | 'put'
  | 'resolve'
  | 'search'
  | 'watch'
>;

/** What an application holds: the verbs of memory, documents, who is here and how it goes. The work is done by `Core`. */
export class OpenRoom implements Room {
  readonly link: string;
  readonly readOnlyLink: string;
  readonly readOnly: boolean;
  readonly #core: Core;
  readonly #options: OpenRoomOptions;
  readonly #stopWatching: () => void;
  #left = false;
  #leaving: Promise<void> | undefined;

  constructor(options: OpenRoomOptions) {
    this.#options = options;
    this.#core = options.core;
    const { keys, base, core } = options;
    this.readOnlyLink = `${base}#${formatRoomLink(keys.readLink)}`;
    this.link = keys.writeLink ? `${base}#${formatRoomLink(keys.writeLink)}` : this.readOnlyLink;
    this.readOnly = keys.writeLink === undefined;
    this.#stopWatching = watchPage({
      onHide: () => core.suspend(),
      onShow: () => core.start(),
      onHidden: (hidden) => core.hide(hidden),
      onFreeze: () => core.freeze(),
      onOnline: () => core.hurry(),
    });
  }

  get self(): Room['self'] {
    return { ...this.#options.self, ...this.#core.profile };
  }

  async setName(name: string): Promise<void> {
    this.#assertOpen();
    const profile = { ...this.#core.profile, name: checkName(name) };
    this.#core.setProfile(profile);
    await this.#options.ports.storage.writeSetting('profile', profile);
    if (!this.readOnly) await this.#core.memory.setProfile(profile);
  }

  // Asynchronous, so that a promise is the only way in which these fail.
  put: Room['put'] = async (...args) => this.#verbs.put(...args);
  append: Room['append'] = async (...args) => this.#verbs.append(...args);
  delete: Room['delete'] = async (...args) => this.#verbs.delete(...args);
  resolve: Room['resolve'] = async (...args) => this.#verbs.resolve(...args);
  batch: Room['batch'] = async (...args) => this.#verbs.batch(...args);
  get: Room['get'] = async (...args) => this.#verbs.get(...args);
  history: Room['history'] = async (...args) => this.#verbs.history(...args);
  list: Room['list'] = async (...args) => this.#verbs.list(...args);
  listNamespaces: Room['listNamespaces'] = async (...args) => this.#verbs.listNamespaces(...args);
  search: Room['search'] = async (...args) => this.#verbs.search(...args);
  changes: Room['changes'] = async (...args) => this.#verbs.changes(...args);
  watch: Room['watch'] = (...args) => this.#verbs.watch(...args);
  importFolder: Room['importFolder'] = async (...args) => this.#verbs.importFolder(...args);
  importJsonl: Room['importJsonl'] = async (...args) => this.#verbs.importJsonl(...args);
  exportFolder: Room['exportFolder'] = (...args) => this.#verbs.exportFolder(...args);
  exportJsonl: Room['exportJsonl'] = (...args) => this.#verbs.exportJsonl(...args);

  aggregate(name: string, read?: () => number): RoomAggregate {
    this.#assertOpen();
    return this.#core.aggregates.open(name, read);
  }

  aggregates(): RoomAggregate[] {
    return this.#core.aggregates.list();
  }

  aggregateNames(): string[] {
    return this.#core.driver.node.aggregateNames();
  }

  settings(): RoomSetting[] {
    return this.#core.settings.list();
  }

  async setSetting(name: SettingName, value: number | undefined): Promise<void> {
    this.#assertOpen();
    await this.#core.settings.set(name, value);
  }

  doc(name: string): ReturnType<Room['doc']> {
    this.#assertOpen();
    return this.#core.documents.open(name);
  }

  get awareness(): Room['awareness'] {
    return this.#core.presence.awareness;
  }

  members(): Member[] {
    return this.#core.members.list(this.#core.transports());
  }

  status(): Status {
    const { core, problems } = { core: this.#core, problems: this.#options.problems };
    const links = core.sync.neighbours;
    const { pending } = core;
    return {
      state: statusState({
        left: this.#left,
        links,
        // Somebody who is known, or tried again, is not nobody.
        dialling: core.connector.wanting + core.members.alive - 1,
        inSyncWith: core.sync.inSyncWith,
        pending,
        signaling: core.introductions.state,
        signalingOverdue: core.introductions.overdue,
      }),
      members: core.members.alive,
      inSyncWith: core.sync.inSyncWith,
      pending,
      problems: problems.list(),
    };
  }

  stats(): RoomStats {
    const stats: ReturnType<GossipNode['stats']> = this.#core.driver.node.stats();
    return {
      ...stats,
      peerConnections: this.#options.peerConnections(),
      entries: this.#core.memory.size,
    };
  }

  on<E extends keyof RoomEvents>(event: E, listener: RoomEvents[E]): void {
    this.#options.emitter.on(event, listener);
  }

  off<E extends keyof RoomEvents>(event: E, listener: RoomEvents[E]): void {
    this.#options.emitter.off(event, listener);
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async #leave(): Promise<void> {
    this.#left = true;
    this.#stopWatching();
    // What was written but not waited for still goes to the others and to storage.
    await this.#core.ledger.sealed();
    this.#core.stop();
    this.#core.memory.close();
    try {
      await this.#options.ports.storage.close();
    } finally {
      this.#options.emitter.emit('status');
      this.#options.emitter.emit('left');
    }
  }

  get #verbs(): Verbs {
    this.#assertOpen();
    return this.#core.memory;
  }

  #assertOpen(): void {
    if (!this.#left) return;
    throw new GrapevineError('room-left', 'This room has been left.', 'Join it again.');
  }
}
