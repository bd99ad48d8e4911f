import type { ValueHash } from '@grapevine/wire';
import { isBelow, isHidden } from './names.ts';
import type { Part } from './merge.ts';
import type { WatchEvent } from './types.ts';
import type { EntryNode } from './version.ts';
import type { View } from './view.ts';
import { Watcher } from './watch.ts';
import { isVisible } from './writes.ts';

/** Tells watchers what changed, and of a detached value once it can be read. */
export class Watchers {
  readonly #view: View;
  readonly #now: () => number;
  readonly #isHere: (hash: ValueHash) => Promise<boolean>;
  readonly #watchers = new Map<Watcher, string>();
  /** Detached values known to be on this device. */
  readonly #here = new Set<ValueHash>();
  /** Changed entries whose value is still on its way, and whether this session wrote them. */
  readonly #held = new Map<EntryNode, boolean>();

  /** @param isHere asks the device about a value nobody has announced */
  constructor(view: View, now: () => number, isHere: (hash: ValueHash) => Promise<boolean>) {
    this.#view = view;
    this.#now = now;
    this.#isHere = isHere;
  }

  watch(prefix: string, signal: AbortSignal | undefined): Watcher {
    const abort = (): void => watcher.close();
    const watcher = new Watcher(
      (entry, local) => this.#describe(entry, local),
      () => {
        this.#watchers.delete(watcher);
        signal?.removeEventListener('abort', abort);
      },
    );
    this.#watchers.set(watcher, prefix);
    if (signal?.aborted) watcher.close();
    else signal?.addEventListener('abort', abort);
    return watcher;
  }

  changed(entries: Iterable<EntryNode>, local: boolean): void {
    for (const entry of entries) {
      const missing = this.#missing(entry);
      if (local || missing.length === 0) {
        for (const { hash } of missing) if (hash !== undefined) this.#here.add(hash);
        this.#tell(entry, local);
        continue;
      }
      this.#held.set(entry, local);
      if (this.#watchers.size === 0) continue;
      for (const { hash } of missing) if (hash !== undefined) void this.#ask(hash, entry);
    }
  }

  valueArrived(hash: ValueHash, entry: EntryNode | undefined): void {
    this.#here.add(hash);
    if (entry === undefined || !this.#held.has(entry)) return;
    if (this.#missing(entry).length === 0) this.#tell(entry, this.#held.get(entry) ?? false);
  }

  close(): void {
    for (const watcher of [...this.#watchers.keys()]) watcher.close();
  }

  /** What storage fails to give is as good as not here; what is wrong with it, storage says itself. */
  async #ask(hash: ValueHash, entry: EntryNode): Promise<void> {
    const isHere = await this.#isHere(hash).catch(() => false);
    if (isHere) this.valueArrived(hash, entry);
  }

  #tell(entry: EntryNode, local: boolean): void {
    this.#held.delete(entry);
    for (const [watcher, prefix] of this.#watchers) {
      if (!isBelow(entry.namespace, prefix) || isHidden(entry.namespace, prefix)) continue;
      watcher.changed(entry, local);
    }
  }

  #missing(entry: EntryNode): Part[] {
    if (entry.versions.length === 0) return [];
    const { parts = [] } = this.#view.state(entry);
    return parts.filter(
      ({ bytes, hash }) => bytes === undefined && hash !== undefined && !this.#here.has(hash),
    );
  }

  #describe(entry: EntryNode, local: boolean): WatchEvent {
    const { id, namespace, key } = entry;
    // All of it was retracted: there is no version to name.
    if (entry.versions.length === 0) {
      return { type: 'delete', namespace, key, id, version: '', local };
    }
    const state = this.#view.state(entry);
    const isGone = !isVisible(state, this.#now());
    const type = isGone ? 'delete' : state.conflict ? 'conflict' : 'put';
    return { type, namespace, key, id, version: state.shown.id, local };
  }
}
