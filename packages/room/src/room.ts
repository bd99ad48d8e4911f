import type { GossipNode } from '@grapevine/gossip';
import type { Memory } from '@grapevine/memory';
import { formatRoomLink, type RoomKeys } from '@grapevine/replica';
import { GrapevineError, limits } from '@grapevine/wire';
import type { Core } from './core.ts';
import type { RoomEmitter } from './emitter.ts';
import { watchPage } from './page-lifecycle.ts';
import type { Problems } from './problems.ts';
import { statusState } from './status.ts';
import type { Member, Ports, Room, RoomEvents, RoomStats, Status } from './types.ts';

export interface OpenRoomOptions {
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
      onHidden: (hidden) => core.driver.handle({ type: 'hidden', hidden }),
      onFreeze: () => core.driver.handle({ type: 'asleep' }),
      onOnline: () => core.introductions.hurry(),
    });
  }

  get self(): Room['self'] {
    return { ...this.#options.self, ...this.#core.profile };
  }

  async setName(name: string): Promise<void> {
    const trimmed = name.trim();
    if (trimmed === '' || [...trimmed].length > limits.nameCharacters) {
      throw new GrapevineError(
        'name-invalid',
        `A name has 1 to ${limits.nameCharacters} characters.`,
        'Choose another name.',
      );
    }
    const profile = { ...this.#core.profile, name: trimmed };
    this.#core.setProfile(profile);
    await this.#options.ports.storage.writeSetting('profile', profile);
    if (!this.readOnly) await this.#core.memory.setProfile(profile);
  }

  put: Room['put'] = (...args) => this.#verbs.put(...args);
  append: Room['append'] = (...args) => this.#verbs.append(...args);
  delete: Room['delete'] = (...args) => this.#verbs.delete(...args);
  resolve: Room['resolve'] = (...args) => this.#verbs.resolve(...args);
  batch: Room['batch'] = (...args) => this.#verbs.batch(...args);
  get: Room['get'] = (...args) => this.#verbs.get(...args);
  history: Room['history'] = (...args) => this.#verbs.history(...args);
  list: Room['list'] = (...args) => this.#verbs.list(...args);
  listNamespaces: Room['listNamespaces'] = (...args) => this.#verbs.listNamespaces(...args);
  search: Room['search'] = (...args) => this.#verbs.search(...args);
  changes: Room['changes'] = (...args) => this.#verbs.changes(...args);
  watch: Room['watch'] = (...args) => this.#verbs.watch(...args);
  importFolder: Room['importFolder'] = (...args) => this.#verbs.importFolder(...args);
  importJsonl: Room['importJsonl'] = (...args) => this.#verbs.importJsonl(...args);
  exportFolder: Room['exportFolder'] = (...args) => this.#verbs.exportFolder(...args);
  exportJsonl: Room['exportJsonl'] = (...args) => this.#verbs.exportJsonl(...args);

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
        dialling: core.connector.dialling,
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

  async leave(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    this.#stopWatching();
    this.#core.stop();
    this.#core.memory.close();
    await this.#options.ports.storage.close();
    this.#options.emitter.emit('status');
    this.#options.emitter.emit('left');
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
