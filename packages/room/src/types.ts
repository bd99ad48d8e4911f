import type { LinkQuality, Random, Clock, Signaling, Storage, Transport } from '@grapevine/ports';
import type {
  ActorKind,
  CreateIndex,
  Entry,
  FolderFile,
  ImportOptions,
  ImportReport,
  ListOptions,
  LongTaskOptions,
  NamespaceSummary,
  Page,
  PutOptions,
  SearchHit,
  SearchOptions,
  Value,
  Version,
  WatchEvent,
  Written,
} from '@grapevine/memory';
import type { Aggregate, RoomSettings, Stats } from '@grapevine/gossip';
import type { AuthorId, SessionId } from '@grapevine/wire';
import type { Awareness } from 'y-protocols/awareness';
import type * as Y from 'yjs';

export interface Member {
  /** Session id: one page load is one member. */
  id: SessionId;
  author: AuthorId;
  name: string;
  kind: ActorKind;
  state: 'alive' | 'suspect' | 'asleep' | 'dead' | 'left';
  /** When it entered that state, unix milliseconds on this device. */
  since: number;
  self: boolean;
  /** How well its page keeps up, as it says itself: 0 well to 7; undefined for ourselves. */
  health?: number;
  /** Its page is hidden, so its timers are slow; undefined for ourselves. */
  hidden?: boolean;
  /** How we reach it now, as last measured; undefined for ourselves and where there is no link: in a large room there is none to most. */
  link?: {
    transport: 'webrtc' | 'tabs';
    path: LinkQuality['path'] | undefined;
    rttMs: number | undefined;
  };
}

export type ProblemCode =
  | 'signaling-unreachable'
  | 'signaling-refused'
  | 'link-failed'
  | 'link-budget'
  | 'storage-full'
  | 'storage-blocked'
  | 'storage-lost'
  | 'storage-newer'
  | 'storage-unavailable'
  | 'storage-damaged'
  | 'clock-ahead'
  | 'feed-ended'
  | 'clientid-clash'
  | 'setting-invalid'
  | 'aggregate-value';

/** Something is wrong and stays listed until it is over. */
export interface Problem {
  code: ProblemCode;
  message: string;
  action: string;
}

export interface Status {
  /**
   * `alone`: nobody else is here; `connecting`: no link yet and somebody or the server may answer; `in-sync`: equal digests with every neighbour and nothing waits;
   * `catching-up`: something known is still missing; `offline`: no link and no server.
   */
  state: 'alone' | 'connecting' | 'in-sync' | 'catching-up' | 'offline' | 'left';
  /** Members here, this one included; those asleep are not. */
  members: number;
  inSyncWith: number;
  /** Deltas, values and buffered updates known to be missing here. */
  pending: number;
  problems: Problem[];
}

export interface RoomStats extends Stats {
  /** Constructed since the page was loaded. */
  peerConnections: number;
  /** Gauge. */
  entries: number;
}

export interface RoomEvents {
  members: () => void;
  status: () => void;
  /** Entries changed; coalesced to one call a task. */
  memory: () => void;
  settings: () => void;
  left: () => void;
}

/** `intervalMs`: how often a member tells others what it holds, 200 to 60,000 ms; `fanout`: how many others each time, 1 to 16; `frameBytes`: the most it sends at once, 4,096 to 65,536 bytes. */
export type SettingName = keyof RoomSettings;

/** One setting of the room, as it holds for all its members. */
export interface RoomSetting {
  name: SettingName;
  value: number;
  /** What holds for this member where the room has set nothing. */
  default: number;
  /** The least and the most it can be set to; whole numbers alone. */
  range: readonly [least: number, most: number];
  /** Who set it, and when by their clock, unix milliseconds; undefined where the default holds. */
  setBy?: { author: AuthorId; name: string };
  setAt?: number;
}

/** What one number of every member that gives it adds up to, live. Iterating gives what is known now, then the latest of what it becomes, until `stop`. */
export interface RoomAggregate extends AsyncIterable<Aggregate> {
  readonly name: string;
  /** As known now: over those members here that give it a number, ourselves included where we do. */
  value(): Aggregate;
  /** @returns ends it */
  onChange(listener: (value: Aggregate) => void): () => void;
  /** Takes our number back, where it was this one that gave it, and ends all listening. */
  stop(): void;
}

/** A namespace is a `/` path or the list of its segments. */
export type NamespaceInput = string | readonly string[];

export interface Room {
  /** Fragment-carrying links to this room, absolute where there is a page. `link` equals `readOnlyLink` for a reader. */
  readonly link: string;
  readonly readOnlyLink: string;
  readonly readOnly: boolean;
  readonly self: { id: SessionId; author: AuthorId; name: string; kind: ActorKind };
  setName(name: string): Promise<void>;

  put(namespace: NamespaceInput, key: string, value: Value, options?: PutOptions): Promise<Written>;
  append(namespace: NamespaceInput, key: string, text: string): Promise<Written>;
  delete(namespace: NamespaceInput, key: string): Promise<Written | undefined>;
  resolve(
    namespace: NamespaceInput,
    key: string,
    keep: { version: string } | { value: Value },
  ): Promise<Written>;
  batch(
    operations: readonly (
      | { put: { namespace: NamespaceInput; key: string; value: Value; options?: PutOptions } }
      | { delete: { namespace: NamespaceInput; key: string } }
    )[],
  ): Promise<Written[]>;

  get(namespace: NamespaceInput, key: string): Promise<Entry | undefined>;
  history(namespace: NamespaceInput, key: string): Promise<Version[]>;
  list(namespace?: NamespaceInput, options?: ListOptions): Promise<Page<Entry>>;
  listNamespaces(prefix?: NamespaceInput): Promise<NamespaceSummary[]>;
  search(query: string, options?: SearchOptions): Promise<Page<SearchHit>>;
  changes(options?: {
    since?: string;
    limit?: number;
  }): Promise<Page<Version & { namespace: string; key: string }>>;
  watch(prefix?: NamespaceInput, options?: { signal?: AbortSignal }): AsyncIterable<WatchEvent>;

  importFolder(
    files: Iterable<FolderFile> | AsyncIterable<FolderFile>,
    total: number,
    options?: ImportOptions,
  ): Promise<ImportReport>;
  importJsonl(text: string, options?: ImportOptions): Promise<ImportReport>;
  /** Markdown folder: one file an entry. */
  exportFolder(namespace?: NamespaceInput, options?: LongTaskOptions): AsyncIterable<FolderFile>;
  exportJsonl(namespace?: NamespaceInput, options?: LongTaskOptions): AsyncIterable<string>;

  doc(name: string): Y.Doc;
  readonly awareness: Awareness;

  /**
   * Adds this member's number to those of the others under one name, and says what they come to. `read` is called every second, and
   * when the page is shown; while it gives no finite number this member is left out, which is a problem of `status()`.
   * Throws GrapevineError `aggregate-value` (no finite number at first), `aggregate-name` (1 to 64 bytes), `aggregate-open` (that
   * name is in use here) or `aggregate-limit` (16 at once).
   *
   * Without `read` it gives no number and only says what those of the others, and ours if there is one, come to: as often under one
   * name as is wanted, `aggregate-limit` (48 at once).
   */
  aggregate(name: string, read?: () => number): RoomAggregate;
  /** Those this member gives a number to, in the order of opening. */
  aggregates(): RoomAggregate[];
  /** Names of those that others known here give a number to, whoever else does: at most 64, most members first. */
  aggregateNames(): string[];

  settings(): RoomSetting[];
  /**
   * For all members; undefined gives the default back. Rejects with `setting-invalid`, and nothing is written, for a name or value
   * there is not; with `read-only` for a reader. Of two who set one at once all see the same win; whoever sets it knowing both wins over both.
   */
  setSetting(name: SettingName, value: number | undefined): Promise<void>;

  /** Ourselves first, then everybody here, then those who went lately. */
  members(): Member[];
  status(): Status;
  stats(): RoomStats;
  on<E extends keyof RoomEvents>(event: E, listener: RoomEvents[E]): void;
  off<E extends keyof RoomEvents>(event: E, listener: RoomEvents[E]): void;
  leave(): Promise<void>;
}

export interface JoinOptions {
  /** Shown to others; default a friendly random one, remembered on this device. */
  name?: string;
  kind?: ActorKind;
  /** WebSocket URL of a signaling server, or false for none. Default: `/config.json` of the link's origin, else its `/signal`. */
  signaling?: string | false;
  /** STUN and TURN; a function is asked before every dial (short-lived credentials). */
  iceServers?: RTCIceServer[] | (() => Promise<RTCIceServer[]>);
  /** Of this member alone, where the room has not set it (`setSetting`); ranges as there. */
  intervalMs?: number;
  fanout?: number;
  /** Where search runs; default in this thread. */
  search?: CreateIndex;
  /** Other implementations of the ports; the browser's by default. */
  ports?: Partial<Ports>;
  signal?: AbortSignal;
}

export interface Ports {
  transports: readonly Transport[];
  /** Introduces members over a server. */
  signaling: Signaling | undefined;
  /** Introduces tabs of one profile to each other. */
  tabs: Signaling | undefined;
  storage: Storage;
  clock: Clock;
  random: Random;
}
