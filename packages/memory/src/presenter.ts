import { concat, limits } from '@grapevine/wire';
import { defaultKind } from './attributes.ts';
import type { MemoryHost } from './host.ts';
import { memoryLimits } from './memory-limits.ts';
import { inlineBytes, sizeOf, type EntryState, type Part } from './merge.ts';
import type { Actor, Entry, Value } from './types.ts';
import { decodeValue } from './values.ts';
import { attributesOf, isoTimeOf, type EntryNode, type VersionNode } from './version.ts';
import type { View } from './view.ts';

/**
 * Bytes that may still be read for one answer. Counts detached values only: inline ones are in
 * memory anyway.
 */
export class ReadBudget {
  #left: number = memoryLimits.pageValueBytes;
  #isUntouched = true;

  /** The first value fits always, or a large one could never be read. */
  take(bytes: number): boolean {
    if (bytes > this.#left && !this.#isUntouched) return false;
    this.#left -= bytes;
    if (bytes > 0) this.#isUntouched = false;
    return true;
  }
}

/** Turns what the view holds into what callers see; reads detached values on the way. */
export class Presenter {
  readonly #view: View;
  readonly #host: MemoryHost;

  constructor(view: View, host: MemoryHost) {
    this.#view = view;
    this.#host = host;
  }

  /** The value's bytes; undefined where there is none or not all of it is here. */
  async read(parts: readonly Part[] | undefined): Promise<Uint8Array | undefined> {
    if (parts === undefined) return undefined;
    const inline = inlineBytes(parts);
    if (inline) return inline;
    const pieces: Uint8Array[] = [];
    for (const { bytes, hash } of parts) {
      const piece = bytes ?? (hash === undefined ? undefined : await this.#host.readValue(hash));
      if (piece === undefined) return undefined;
      pieces.push(piece);
    }
    return concat(...pieces);
  }

  /** The entry as far as it is in memory. Many small pieces are not joined to a large value. */
  glance(node: EntryNode): Entry {
    const state = this.#view.state(node);
    const { parts } = state;
    const isSmall = parts !== undefined && sizeOf(parts) <= limits.inlineValueBytes;
    return this.describe(node, state, isSmall ? inlineBytes(parts) : undefined);
  }

  async entry(node: EntryNode): Promise<Entry> {
    const state = this.#view.state(node);
    return this.describe(node, state, await this.read(state.parts));
  }

  describe(node: EntryNode, state: EntryState, bytes: Uint8Array | undefined): Entry {
    const { attributes, mimeType, shown, conflict } = state;
    const first = node.first ?? shown;
    return {
      id: node.id,
      namespace: node.namespace,
      key: node.key,
      ...valueOf(bytes, mimeType),
      mime_type: mimeType,
      kind: attributes.kind ?? defaultKind,
      tags: [...(attributes.tags ?? [])],
      metadata: attributes.metadata ? structuredClone(attributes.metadata) : {},
      pinned: attributes.pinned ?? false,
      refs: attributes.refs ? structuredClone(attributes.refs) : [],
      created_at: isoTimeOf(first.hlc),
      created_by: this.actorOf(first),
      updated_at: isoTimeOf(shown.hlc),
      updated_by: this.actorOf(shown),
      ...(attributes.expires_at !== undefined && { expires_at: attributes.expires_at }),
      version: shown.id,
      heads: state.heads.map(({ id }) => id),
      conflict,
      size: sizeOf(state.parts),
      ...(attributes.origin && { origin: structuredClone(attributes.origin) }),
    };
  }

  /** Its signer; under the name the export gave and marked as import where it was imported. */
  actorOf(version: VersionNode): Actor {
    const { origin } = attributesOf(version);
    if (origin) return { id: version.author, name: origin.author.name, kind: 'import' };
    return this.#view.profiles.actor(version.author);
  }
}

/** Bytes of a value that are not in memory. */
export function detachedBytes(parts: readonly Part[] | undefined): number {
  let bytes = 0;
  for (const part of parts ?? []) if (part.bytes === undefined) bytes += part.size;
  return bytes;
}

export function valueOf(
  bytes: Uint8Array | undefined,
  mimeType: string,
): { value: Value | undefined; available: boolean } {
  const available = bytes !== undefined;
  return { value: available ? decodeValue(bytes, mimeType) : undefined, available };
}
