import type { AuthorId, SessionId } from '@grapevine/wire';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Text and JSON as themselves; anything else as bytes. */
export type Value = Json | Uint8Array;

export type ActorKind = 'person' | 'agent' | 'tool' | 'import';

export interface Actor {
  id: AuthorId;
  name: string;
  kind: ActorKind;
}

export type Operation =
  | 'created'
  | 'modified'
  | 'appended'
  | 'moved'
  | 'deleted'
  | 'restored'
  | 'merged'
  | 'redacted';

/** Where an imported value comes from, as the export said it: nobody signed for it in this room. */
export interface Origin {
  author: { id: string; name: string; kind: ActorKind };
  created_at: string;
  updated_at: string;
}

/**
 * One write. Times are ISO 8601 strings. The value of an `appended` version is the text it added.
 */
export interface Version {
  /** `session.seq.index`, PROTOCOL.md R4. */
  id: string;
  entry_id: string;
  parents: string[];
  operation: Operation;
  /** Undefined for a deletion, and where `available` is false. */
  value: Value | undefined;
  /**
   * False while a detached value is still on its way (or has been pruned), and where one answer
   * would hold more than 16 MiB of them.
   */
  available: boolean;
  mime_type: string;
  size: number;
  actor: Actor;
  session: SessionId;
  hlc: number;
  at: string;
  reason?: string;
}

export interface Entry {
  id: string;
  /** `/` path, empty for the top. */
  namespace: string;
  key: string;
  value: Value | undefined;
  /** False while a detached value is still on its way (or has been pruned). */
  available: boolean;
  mime_type: string;
  kind: string;
  tags: string[];
  metadata: Record<string, Json>;
  pinned: boolean;
  refs: { rel: string; to: string }[];
  created_at: string;
  created_by: Actor;
  updated_at: string;
  updated_by: Actor;
  expires_at?: string;
  /** Id of the version shown. */
  version: string;
  /** More than one: written to at once by several. */
  heads: string[];
  /**
   * The heads do not merge cleanly: `value` is the newest, all candidates are in `history`, nothing
   * is lost.
   */
  conflict: boolean;
  /** Bytes of the value. */
  size: number;
  /** Where the value was imported from. */
  origin?: Origin;
}

/**
 * What is left out stays as the entry has it, but for expiry: a put without one never expires.
 * Attributes have 8,192 bytes as JSON.
 */
export interface PutOptions {
  mime_type?: string;
  kind?: string;
  tags?: string[];
  metadata?: Record<string, Json>;
  pinned?: boolean;
  refs?: { rel: string; to: string }[];
  /** Seconds from now. */
  expires_in?: number;
  expires_at?: string;
  reason?: string;
  /** Advisory: refuses with `version-changed` where this replica already knows a newer version. */
  expected_version?: string;
}

export interface Written {
  id: string;
  version: string;
}

export interface Page<T> {
  items: T[];
  /**
   * Give it back to go on; undefined at the end (for `changes`: always there, also to poll later).
   */
  cursor: string | undefined;
}

export interface ListOptions {
  limit?: number;
  cursor?: string;
  /** Only this namespace itself, not those below it. */
  exact?: boolean;
  include_expired?: boolean;
  conflicts?: boolean;
}

export interface SearchOptions {
  namespace?: string | readonly string[];
  limit?: number;
  cursor?: string;
}

export type SearchHit = Entry & { score: number; match: string[] };

export interface WatchEvent {
  type: 'put' | 'delete' | 'conflict';
  namespace: string;
  key: string;
  id: string;
  version: string;
  /** Written by this very session. */
  local: boolean;
}

export interface NamespaceSummary {
  namespace: string;
  /** Entries in it and below it. */
  entries: number;
}

/** One file of a Markdown folder; `path` is relative, `/`-separated. */
export interface FolderFile {
  path: string;
  bytes: Uint8Array;
}

export interface ImportProblem {
  /** Path of the file, or `line N`. */
  where: string;
  message: string;
}

export interface ImportReport {
  added: number;
  changed: number;
  unchanged: number;
  problems: ImportProblem[];
  cancelled: boolean;
}

export interface Progress {
  done: number;
  total: number;
}

export interface LongTaskOptions {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

export interface ImportOptions extends LongTaskOptions {
  /** Where the files go; default the top. */
  namespace?: string;
}
